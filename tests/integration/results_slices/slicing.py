"""Results in slices: begun, gone on with, and what is there then."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.notify import completion
from shared.changes import lifecycle
from shared.contracts import keys
from shared.contracts.execution import ExecutionStatus
from shared.contracts.messages import ContinueReport
from shared.platform.database import Database, Transaction
from shared.stores import results_upload_store
from shared.stores.results_upload_store import ResultsUpload
from tests.integration.notify_case import BUCKET, ID, Office, an_outcome, categorized, find
from tests.parquet_readers import assert_same, rows_of_csv

ROWS = 40
FILES = [str(row) for row in range(1, ROWS + 1)]
PARQUET = keys.results_parquet("feedback", ID)


class Died(BaseException):
    """The process was killed here."""


def results_of(office: Office) -> list[dict[str, str]]:
    """The rows of results.csv, which are those of the other file if there is one."""
    data = office.object(keys.results(ID))
    if office.deps.settings.writes_parquet:
        assert_same(office.object(PARQUET), data)
    else:
        assert office.s3.list_objects_v2(Bucket=BUCKET, Prefix=keys.RESULTS)["KeyCount"] == 0
    return rows_of_csv(data)


def listed(office: Office) -> list[str]:
    return [row["row_number"] for row in results_of(office)]


def uploads(office: Office) -> int:
    """How many results are being written, each to as many files as there are to be."""
    under_way = office.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    count, rest = divmod(len(under_way), 2 if office.deps.settings.writes_parquet else 1)
    assert not rest
    return count


def saved(office: Office) -> ResultsUpload | None:
    return office.deps.database.transact(partial(results_upload_store.find, execution_id=ID))


def sent(office: Office) -> list[ContinueReport]:
    """What the outbox has for the notify queue, all of it so far."""

    def read(tx: Transaction) -> list[ContinueReport]:
        tx.execute("SELECT payload FROM outbox WHERE event_type = 'ContinueReport' ORDER BY id")
        return [ContinueReport.model_validate_json(row["payload"]) for row in tx.fetchall()]

    return office.deps.database.transact(read)


def after(parts: int) -> Callable[[], bool]:
    """Time is up after so many parts."""
    left = [parts]

    def is_up() -> bool:
        left[0] -= 1
        return left[0] <= 0

    return is_up


def go_on(office: Office, parts: int = 2) -> str:
    return completion.go_on(office.deps, sent(office)[-1], after(parts))


def to_the_end(office: Office, outcome: str) -> int:
    """Delivers what the report sends to itself until it is out; returns how many slices that took."""
    slices = 0
    while outcome == "goes on":
        slices += 1
        outcome = go_on(office)
    assert outcome == "told"
    assert find(office.deps.database).status is ExecutionStatus.COMPLETED
    assert len(office.mails) == 1
    assert (uploads(office), saved(office)) == (0, None)
    return slices


def begun(office: Office, parts: int = 2) -> None:
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])
    assert completion.report_ready(office.deps, ID, time_is_up=after(parts)) == "goes on"


def dies_at(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: int = 1, *, before: bool) -> None:
    """Has the `call`th call of this be the last that the process does, or nearly does."""
    work, calls = getattr(owner, name), [0]

    def once(*arguments: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] == call and before:
            raise Died
        answer = work(*arguments, **named)
        if calls[0] == call:
            raise Died
        return answer

    monkeypatch.setattr(owner, name, once)


def change_rows(database: Database, label: str = "Price") -> None:
    def work(tx: Transaction) -> None:
        tx.execute("UPDATE customer_feedback SET label_correction = %s", [label])
        lifecycle.revise(tx, ID, "a correction")

    database.transact(work)
