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
from shared.platform.database import Database
from tests.integration.notify_case import BUCKET, ID, Office, an_office, an_outcome, categorized
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
