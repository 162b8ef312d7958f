"""Rows that change while results are written in slices: what is there is of one revision."""

from collections.abc import Callable
from dataclasses import replace
from functools import partialmethod
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from services.notify import completion, results_slices
from services.notify.storage import Storage
from shared.contracts import keys
from shared.contracts.execution import ExecutionStatus
from shared.contracts.profiles import ProfileDocument
from shared.platform.database import Database, Transaction
from shared.stores import profile_store
from tests.integration.notify_case import BUCKET, ID, Office, an_office, an_outcome, categorized, find
from tests.integration.results_slices.slicing import (
    FILES,
    ROWS,
    after,
    begun,
    change_rows,
    go_on,
    listed,
    results_of,
    saved,
    sent,
    to_the_end,
    uploads,
)
from tests.uploads_by_moto import as_s3_has_it


def test_a_format_that_is_switched_on_between_two_slices_comes_with_the_next_revision(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_s3_has_it(monkeypatch, least_part=0)
    monkeypatch.setattr(results_slices, "part_bytes", lambda number: 1)
    monkeypatch.setattr(results_slices, "_LEAST_BYTES", 1)
    monkeypatch.setattr(results_slices, "_PAGE", 4)
    with mock_aws():
        office = an_office(database)
        begun(office)
        settings = office.deps.settings.model_copy(update={"results_format": "csv+parquet"})
        office = office._replace(deps=replace(office.deps, settings=settings))

        while go_on(office) == "goes on":
            pass
        assert office.s3.list_objects_v2(Bucket=BUCKET, Prefix=keys.RESULTS)["KeyCount"] == 0
        change_rows(database)
        assert completion.report_ready(office.deps, ID, "a correction") == "told"

        assert listed(office) == FILES


@pytest.mark.parametrize("revised", [False, True], ids=["the same revision", "another revision"])
def test_a_format_that_is_switched_off_between_two_slices_needs_no_right_to_its_file(
    database: Database, monkeypatch: pytest.MonkeyPatch, revised: bool
) -> None:
    as_s3_has_it(monkeypatch, least_part=0)
    monkeypatch.setattr(results_slices, "part_bytes", lambda number: 1)
    monkeypatch.setattr(results_slices, "_LEAST_BYTES", 1)
    monkeypatch.setattr(results_slices, "_PAGE", 4)
    with mock_aws():
        office = an_office(database, results_format="csv+parquet")
        begun(office)
        settings = office.deps.settings.model_copy(update={"results_format": "csv"})
        office = office._replace(deps=replace(office.deps, settings=settings))
        for name in ("put_part", "complete", "abort"):
            monkeypatch.setattr(Storage, name, partialmethod(denied, getattr(Storage, name)))
        if revised:
            change_rows(database)
            completion.report_ready(office.deps, ID, "a correction", after(2))

        while go_on(office) == "goes on":
            pass

        assert listed(office) == FILES


def denied(self: Storage, work: Callable[..., Any], key: str, *arguments: Any) -> Any:
    """As the stack's policy does once the format is csv."""
    if key == keys.results_parquet("feedback", ID):
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "S3")
    return work(self, key, *arguments)


def test_rows_that_change_between_two_slices_begin_another_upload_and_end_the_first(office: Office) -> None:
    begun(office)
    first = saved(office)
    change_rows(office.deps.database)

    assert go_on(office) == "goes on"

    second = saved(office)
    assert first
    assert second
    assert first.upload_id != second.upload_id
    assert (second.revision, uploads(office)) == (1, 1)
    to_the_end(office, "goes on")
    assert {row["label_final"] for row in results_of(office)} == {"Price"}


def test_rows_that_change_when_the_results_are_whole_have_them_written_again(office: Office) -> None:
    begun(office)
    go_on(office, parts=99)
    upload = saved(office)
    assert upload is not None
    assert (upload.place, uploads(office)) == (None, 0)
    change_rows(office.deps.database)

    assert to_the_end(office, go_on(office)) >= 1
    assert {row["label_final"] for row in results_of(office)} == {"Price"}


def test_a_revision_of_a_finished_report_replaces_its_results_at_once_or_not_at_all(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])
    completion.report_ready(office.deps, ID)
    before = office.object(keys.results(ID))
    change_rows(office.deps.database)

    assert completion.report_ready(office.deps, ID, "a correction", after(2)) == "goes on"
    assert office.object(keys.results(ID)) == before
    assert [message.reason for message in sent(office)] == ["a correction"]
    while go_on(office) == "goes on":
        pass

    assert office.object(keys.results(ID)) != before
    assert "a correction" in office.mails[1]["Message"]


@pytest.mark.parametrize("every", [1, 2, 3])
def test_rows_that_change_more_often_than_their_results_can_be_written_do_not_keep_the_report_for_ever(
    office: Office, every: int
) -> None:
    begun(office)
    slices, outcome = 0, "goes on"
    while outcome == "goes on":
        slices += 1
        assert slices < 30
        if slices % every == 0:
            change_rows(office.deps.database, f"Label {slices}")
        outcome = go_on(office)

    assert outcome == "told"
    revised = find(office.deps.database)
    assert revised.status is ExecutionStatus.COMPLETED
    assert len(office.mails) == 1
    assert listed(office) == FILES
    outcome = completion.report_ready(office.deps, ID, "rows changed", after(2))
    while outcome == "goes on":
        outcome = go_on(office)
    labels = {row["label_final"] for row in results_of(office)}
    assert labels == {f"Label {slices - slices % every}"}
    execution = find(office.deps.database)
    assert execution.notified_revision == execution.revision
    assert (uploads(office), saved(office)) == (0, None)


def a_profile(tx: Transaction, *attributes: str) -> int | None:
    """The next version of the execution's profile, with these attributes."""
    named = [{"name": name, "type": "text", "description": "-"} for name in attributes]
    return profile_store.store(tx, ProfileDocument.model_validate({"name": "feedback", "attributes": named}))


@pytest.mark.parametrize(
    "versions, columns",
    [
        ((("a",), ("a", "b")), ["a"]),
        ((("a", "b"), ()), ["a", "b"]),
        (((), ("a",)), []),
        ((("a",), ("b",)), ["a"]),
    ],
)
def test_a_row_that_is_labelled_by_another_profile_between_two_slices_changes_no_column(
    office: Office, versions: tuple[tuple[str, ...], ...], columns: list[str]
) -> None:
    database = office.deps.database
    first = database.transact(a_profile, *versions[0])
    outcomes = [an_outcome(row).model_copy(update={"profile_version": first}) for row in range(1, ROWS + 1)]
    categorized(database, outcomes)
    assert completion.report_ready(office.deps, ID, time_is_up=after(2)) == "goes on"

    def labelled_again(tx: Transaction) -> None:
        second = a_profile(tx, *versions[1])
        tx.execute("UPDATE customer_feedback SET profile_version = %s WHERE `row_number` = 1", [second])

    database.transact(labelled_again)
    to_the_end(office, go_on(office))

    assert listed(office) == FILES
    named = [f"attributes.{name}" for name in columns]
    assert all([key for key in row if key and "attributes." in key] == named for row in results_of(office))
    assert not any(None in row for row in results_of(office))


def test_an_upload_of_which_nobody_knows_the_columns_begins_anew(office: Office) -> None:
    begun(office)
    office.deps.database.transact(lambda tx: tx.execute("UPDATE results_upload SET profile_version = NULL"))

    assert to_the_end(office, go_on(office)) > 1
    assert listed(office) == FILES
