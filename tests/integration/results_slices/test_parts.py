"""Results in slices, with a real database and S3 by moto: the parts make a whole file.

All with results.csv alone, and with the same rows as Parquet besides."""

import random
import string
from functools import partial
from itertools import count

import pytest
from moto import mock_aws

from services.notify import completion, handler, results_slices
from services.notify.inbox import ExecutionNews
from services.notify.storage import Storage
from shared.contracts import keys
from shared.contracts.events import Counts, ExecutionEvent
from shared.platform.consumer import Attempt
from shared.platform.database import Database
from shared.platform.received import Received
from shared.stores import feedback_store
from tests.integration.notify_case import ID, Office, an_office, an_outcome, categorized
from tests.integration.results_slices.slicing import (
    FILES,
    ROWS,
    after,
    begun,
    listed,
    results_of,
    saved,
    sent,
    to_the_end,
    uploads,
)
from tests.uploads_by_moto import as_s3_has_it


def test_a_file_that_takes_five_slices_is_whole(office: Office) -> None:
    begun(office)

    # Five, one that finds nothing more, and the figures have an invocation of their own.
    assert to_the_end(office, "goes on") == 6
    assert listed(office) == FILES
    assert [message.slice for message in sent(office)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "receives, deferrals, parts",
    [(1, 0, 8), (2, 0, 4), (3, 0, 2), (4, 0, 1), (5, 0, 1), (1, 1, 4), (2, 1, 2), (1, 400, 1)],
)
def test_a_slice_takes_a_third_of_an_invocation_and_less_when_that_was_too_much(
    office: Office, receives: int, deferrals: int, parts: int
) -> None:
    """The clock shows 13 seconds less each time that it is looked at."""
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])
    event = ExecutionEvent(execution_id=ID, profile="feedback", status="categorized", counts=Counts())
    news = ExecutionNews.model_validate({"detail-type": "ExecutionCategorized", "detail": event})
    left = count(300, -13)

    message = Received("m", "", "", receives=receives, deferrals=deferrals)

    handler.tell(office.deps, news, Attempt(lambda: next(left), message))

    upload = saved(office)
    assert upload is not None
    assert len(upload.parts) == parts
    left = count(300, -1)
    for _ in range(2):
        handler.tell(office.deps, sent(office)[-1], Attempt(lambda: next(left), Received("n", "", "")))
    assert listed(office) == FILES
    assert len(office.mails) == 1


def test_a_file_that_ends_in_its_first_slice_has_one_invocation_and_no_checkpoint(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])

    assert completion.report_ready(office.deps, ID) == "told"

    assert (listed(office), sent(office), uploads(office)) == (FILES, [], 0)


def test_a_file_of_less_than_one_part_is_one_put(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_slices, "part_bytes", lambda number: 1_000_000)
    monkeypatch.setattr(Storage, "begin", None)
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])

    assert completion.report_ready(office.deps, ID, time_is_up=lambda: True) == "told"

    assert listed(office) == FILES


def test_a_file_without_a_good_row_has_results_with_columns_and_no_row(office: Office) -> None:
    categorized(office.deps.database, [])

    assert completion.report_ready(office.deps, ID) == "told"

    assert listed(office) == []
    assert office.object(keys.results(ID)).startswith(b'\xef\xbb\xbf"id","record_id"')


def test_rows_that_end_with_a_part_need_no_empty_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies: list[int] = []
    put = Storage.put_part

    def noted(self: Storage, key: str, upload_id: str, number: int, body: bytes) -> str:
        if key == keys.results(ID):
            bodies.append(len(body))
        return put(self, key, upload_id, number, body)

    monkeypatch.setattr(Storage, "put_part", noted)
    begun(office, parts=3)
    to_the_end(office, "goes on")

    assert len(bodies) == ROWS / 4
    assert all(bodies)


@pytest.mark.parametrize(
    "results_format, letters",
    [("csv", "x"), ("csv+parquet", "x"), ("csv+parquet", string.printable)],
    ids=["csv", "filled up", "as large by itself"],
)
def test_parts_are_as_large_as_s3_wants_them(
    database: Database, monkeypatch: pytest.MonkeyPatch, results_format: str, letters: str
) -> None:
    """Moto refuses an upload with a part of less than 5 MiB that is not the last."""
    as_s3_has_it(monkeypatch)
    monkeypatch.setattr(results_slices, "_FULL_BYTES", 12 * 1024 * 1024)
    draw = random.Random(1)
    long = "".join(draw.choices(letters, k=200_000))
    with mock_aws():
        office = an_office(database, results_format=results_format)
        for start in (1, 101, 201):
            written = [
                an_outcome(row, feedback=f"{row} {long[row * 300 :][:99_000]}")
                for row in range(start, start + 100)
            ]
            if start == 1:
                categorized(database, written)
            else:
                write = partial(feedback_store.write_outcomes, execution_id=ID, outcomes=written)
                database.transact(write)

        assert completion.report_ready(office.deps, ID, time_is_up=lambda: True) == "goes on"
        to_the_end(office, "goes on")

        assert listed(office) == [str(row) for row in range(1, 301)]


def test_direct_feedback_goes_on_where_it_was(office: Office) -> None:
    outcomes = [an_outcome(row) for row in range(1, ROWS + 1)]
    unnumbered = [
        each.model_copy(update={"record": each.record.model_copy(update={"row_number": None})})
        for each in outcomes
    ]
    categorized(office.deps.database, unnumbered)

    to_the_end(office, completion.report_ready(office.deps, ID, time_is_up=after(3)))

    assert [row["record_id"] for row in results_of(office)] == [f"{ID}:{row}" for row in range(1, ROWS + 1)]
