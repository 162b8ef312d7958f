"""Whatever dies, is away or forgets, results in slices are whole in the end."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.notify import completion
from services.notify.storage import Storage, UploadGone
from shared.changes import lifecycle
from shared.contracts import keys
from shared.stores import execution_store, results_upload_store
from tests.integration.notify_case import ID, Office, an_outcome, categorized, find
from tests.integration.results_slices.slicing import (
    FILES,
    ROWS,
    Died,
    begun,
    dies_at,
    go_on,
    listed,
    results_of,
    saved,
    sent,
    to_the_end,
    uploads,
)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(
    "owner, name, call",
    [
        (Storage, "put_part", 1),
        (Storage, "put_part", 2),
        (results_upload_store, "save", 1),
        (Storage, "complete", 1),
        (completion, "_write_report", 1),
        (completion, "_complete", 1),
    ],
    ids=["part", "second part", "save", "complete", "report", "completed"],
)
def test_a_slice_that_dies_anywhere_is_repeated(
    office: Office, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: int, before: bool
) -> None:
    begun(office)
    with monkeypatch.context() as patch:
        dies_at(patch, owner, name, call, before=before)
        with pytest.raises(Died):
            to_the_end(office, "goes on")

    try:
        outcome = go_on(office)
    except UploadGone:  # one of two files was whole already: both are begun anew with the next delivery
        assert (name, before) == ("complete", False)
        assert office.deps.settings.writes_parquet
        outcome = go_on(office)
    to_the_end(office, outcome)
    assert listed(office) == FILES


def test_an_upload_that_was_completed_while_nobody_could_say_so_is_begun_anew(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = Storage.complete

    def twice(self: Storage, key: str, upload_id: str, tags: Sequence[str]) -> None:
        complete(self, key, upload_id, tags)
        raise UploadGone("NoSuchUpload: it was aborted or completed")

    begun(office)
    with monkeypatch.context() as patch:
        patch.setattr(Storage, "complete", twice)
        with pytest.raises(UploadGone):
            to_the_end(office, "goes on")

    assert saved(office) is None
    to_the_end(office, go_on(office))
    assert listed(office) == FILES


@pytest.mark.parametrize("name, call", [("put_part", 1), ("put_part", 2), ("complete", 1)])
def test_what_fails_in_the_first_slice_leaves_nothing_behind(
    office: Office, monkeypatch: pytest.MonkeyPatch, name: str, call: int
) -> None:
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])
    with monkeypatch.context() as patch:
        dies_at(patch, Storage, name, call, before=True)
        with pytest.raises(Died):
            completion.report_ready(office.deps, ID)

    assert (uploads(office), saved(office), sent(office)) == (0, None, [])
    assert completion.report_ready(office.deps, ID) == "told"


def test_an_upload_that_s3_forgot_is_begun_anew(office: Office) -> None:
    """By the lifecycle rule, when nothing went on for a week."""
    begun(office)
    upload = saved(office)
    assert upload is not None
    office.deps.storage.abort(keys.results(ID), upload.upload_id)

    with pytest.raises(UploadGone):
        go_on(office)

    assert saved(office) is None
    to_the_end(office, go_on(office))
    assert listed(office) == FILES


def test_a_report_that_failed_and_is_asked_for_again_begins_anew(office: Office) -> None:
    """Its rows may have changed while it counted as failed, which makes no revision."""
    begun(office)
    database = office.deps.database
    database.transact(lambda tx: lifecycle.fail(tx, ID, "no report could be drawn"))
    assert go_on(office) == "nothing is due"
    database.transact(lambda tx: tx.execute("UPDATE customer_feedback SET label_correction = 'Price'"))
    database.transact(lambda tx: lifecycle.redraw(tx, ID))

    assert go_on(office, parts=99) == "told"

    assert {row["label_final"] for row in results_of(office)} == {"Price"}


def test_each_slice_is_progress_so_that_nobody_takes_it_for_standing_still(office: Office) -> None:
    begun(office)
    database = office.deps.database
    old = "UPDATE execution SET last_progress_at = NOW(3) - INTERVAL 1 DAY, stalled_at = NOW(3)"
    database.transact(lambda tx: tx.execute(old))

    go_on(office)

    read = partial(execution_store.watch.standing_still, after=None, seconds=900)
    assert database.transact(read) == []
    assert find(database).stalled_at is None


def test_s3_that_is_away_for_one_slice_costs_that_slice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(office)
    before = saved(office)

    def away(*_: Any) -> str:
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "later"}}, "UploadPart")

    with monkeypatch.context() as patch:
        patch.setattr(Storage, "put_part", away)
        with pytest.raises(ClientError):
            go_on(office)

    assert saved(office) == before
    to_the_end(office, "goes on")
    assert listed(office) == FILES
