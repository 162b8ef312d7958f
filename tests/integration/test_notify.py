"""The end of an execution, with a real database and S3 by moto: files, event and mail, each once."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from services.notify import completion, results_slices
from shared.changes import lifecycle
from shared.contracts import keys
from shared.contracts.execution import ExecutionStatus, Source
from shared.platform.database import Database, Transaction
from shared.stores import execution_store, feedback_store, report_link_store
from shared.stores.rejected_store import RejectedRow
from tests.integration.notify_case import (
    ID,
    Office,
    a_client_error,
    an_office,
    an_outcome,
    categorized,
    days_after,
    find,
)
from tests.parquet_readers import rows_of_csv


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    with mock_aws():
        yield an_office(database)


def results(office: Office) -> list[dict[str, str]]:
    return rows_of_csv(office.object(keys.results(ID)))


def test_a_categorized_execution_gets_its_files_its_event_and_one_mail(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1), an_outcome(2, "unknown")])

    completion.report_ready(office.deps, ID)

    assert office.object(keys.report(ID)).startswith(b"<!doctype html>")
    assert [row["record_id"] for row in results(office)] == [f"{ID}:1", f"{ID}:2"]
    assert find(office.deps.database).status is ExecutionStatus.COMPLETED
    [published] = office.bus.calls
    assert [entry["DetailType"] for entry in published.arguments["Entries"]] == ["ExecutionCompleted"]
    [mail] = office.mails
    assert mail["Subject"] == "Feedback report: 2 rows - reviews.csv"
    assert mail["Message"].startswith("SUCCESS")


def test_results_are_in_the_order_of_the_file_whatever_was_written_first(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results_slices, "_PAGE", 3)
    order = [7, 12, 1, 10, 3, 2, 9, 11, 5, 4, 8, 6]
    categorized(office.deps.database, [an_outcome(row) for row in order])

    completion.report_ready(office.deps, ID)

    assert [row["row_number"] for row in results(office)] == [str(row) for row in range(1, 13)]


def test_a_row_that_was_asked_again_stays_in_its_place(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(3, None), an_outcome(1), an_outcome(2)])
    completion.report_ready(office.deps, ID)

    def ask_again(tx: Transaction) -> None:
        execution_store.lock(tx, ID)
        feedback_store.replay.park_failed(tx, ID, feedback_store.replay.Failed(execution_id=ID))
        lifecycle.count_written(tx, ID, feedback_store.write_outcomes(tx, ID, [an_outcome(3)]))
        lifecycle.revise(tx, ID, "asked again")

    office.deps.database.transact(ask_again)
    completion.report_ready(office.deps, ID)

    assert [row["row_number"] for row in results(office)] == ["1", "2", "3"]
    assert {row["status"] for row in results(office)} == {"labelled"}


def test_direct_feedback_is_listed_as_it_came(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_slices, "_PAGE", 2)
    unnumbered = [
        outcome.model_copy(update={"record": outcome.record.model_copy(update={"row_number": None})})
        for outcome in map(an_outcome, (3, 1, 2, 5, 4))
    ]
    categorized(office.deps.database, unnumbered)

    completion.report_ready(office.deps, ID)

    assert [row["record_id"] for row in results(office)] == [f"{ID}:{row}" for row in (3, 1, 2, 5, 4)]


def test_the_same_message_again_sends_no_second_mail(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1)])

    completion.report_ready(office.deps, ID)
    completion.report_ready(office.deps, ID)

    assert len(office.mails) == 1
    assert len(office.bus.calls) == 1


def test_the_link_in_the_mail_is_known_by_its_hash_alone_and_expires(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1)])

    completion.report_ready(office.deps, ID)

    prefix = "https://api.example.com/v1/reports/"
    [link] = [line for line in office.mails[0]["Message"].splitlines() if line.startswith(prefix)]
    token = link.removeprefix(prefix)
    assert len(token) == 43  # 32 bytes, base64 for URLs
    digest = hashlib.sha256(token.encode()).digest()
    stored = office.deps.database.transact(lambda tx: report_link_store.find(tx, digest))
    assert stored is not None
    assert (stored.execution_id, stored.expires_at) == (ID, days_after(30))


def test_too_many_failed_and_rejected_rows_make_it_a_failure(office: Office) -> None:
    bad = RejectedRow(execution_id=ID, position="4", reason="the column feedback is empty", raw=",,")
    rows = [an_outcome(1), an_outcome(2), an_outcome(3, None)]
    categorized(office.deps.database, rows, [bad])

    completion.report_ready(office.deps, ID)

    [mail] = office.mails
    assert mail["Subject"] == "Needs attention: 50% of 4 rows could not be used - reviews.csv"
    assert mail["Message"].startswith("FAILURE")
    assert keys.rejected(ID) in mail["Message"]


def test_a_share_that_equals_the_threshold_is_still_a_success(database: Database) -> None:
    with mock_aws():
        office = an_office(database, error_threshold=0.5)
        categorized(database, [an_outcome(1), an_outcome(2, None)])

        completion.report_ready(office.deps, ID)

        assert office.mails[0]["Message"].startswith("SUCCESS")


def test_when_sns_fails_the_next_delivery_tells_people(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1)])
    office.topic.error = a_client_error("InternalError")
    with pytest.raises(ClientError):
        completion.report_ready(office.deps, ID)

    office.topic.error = None
    completion.report_ready(office.deps, ID)

    assert len(office.mails) == 1
    assert office.mails[0]["Message"].startswith("SUCCESS")


def test_when_the_report_cannot_be_written_the_execution_is_not_completed(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1)])
    office.s3.delete_bucket(Bucket="data")

    with pytest.raises(ClientError):
        completion.report_ready(office.deps, ID)

    assert find(office.deps.database).status is ExecutionStatus.CATEGORIZED
    assert office.mails == []


def test_an_execution_that_is_not_categorized_yet_is_left_alone(office: Office) -> None:
    database = office.deps.database
    database.transact(lambda tx: lifecycle.start_file(tx, ID, "feedback", Source(bucket="b", key="k")))

    completion.report_ready(office.deps, ID)

    assert office.mails == []
    assert "Contents" not in office.s3.list_objects_v2(Bucket="data")


def test_rows_that_change_while_the_report_is_drawn_have_it_drawn_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = office.deps.database
    categorized(database, [an_outcome(1)])
    write = completion._write_report
    drawn: list[str] = []

    def change_while_writing(*arguments: Any) -> Any:
        figures = write(*arguments)
        if not drawn:
            change = "UPDATE customer_feedback SET label_correction = 'Price'"
            database.transact(lambda tx: (tx.execute(change), lifecycle.revise(tx, ID, "a correction")))
        drawn.append("once more")
        return figures

    monkeypatch.setattr(completion, "_write_report", change_while_writing)
    completion.report_ready(office.deps, ID)

    assert len(drawn) == 2
    assert results(office)[0]["label_final"] == "Price"
    assert len(office.mails) == 1


def test_a_revision_is_drawn_and_told_shortly_once(office: Office) -> None:
    database = office.deps.database
    categorized(database, [an_outcome(1)])
    completion.report_ready(office.deps, ID)
    change = "UPDATE customer_feedback SET label_correction = 'Price'"
    database.transact(lambda tx: (tx.execute(change), lifecycle.revise(tx, ID, "1 label was corrected")))

    completion.report_ready(office.deps, ID, "1 label was corrected")
    completion.report_ready(office.deps, ID, "1 label was corrected")

    assert [mail["Subject"] for mail in office.mails] == [
        "Feedback report: 1 row - reviews.csv",
        "Feedback report revised: reviews.csv",
    ]
    assert "1 label was corrected" in office.mails[1]["Message"]
    assert results(office)[0]["label_final"] == "Price"


def test_a_revision_is_no_first_report_where_the_first_ones_teller_died(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = office.deps.database
    categorized(database, [an_outcome(1)])

    def die(*arguments: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(completion, "_set_told", die)
        with pytest.raises(SystemExit):
            completion.report_ready(office.deps, ID)
    database.transact(lambda tx: lifecycle.revise(tx, ID, "1 label was corrected"))
    completion.report_ready(office.deps, ID, "1 label was corrected")

    assert [mail["Subject"] for mail in office.mails] == [
        "Feedback report: 1 row - reviews.csv",
        "Feedback report revised: reviews.csv",
    ]


def test_a_failed_execution_is_told_once_with_what_to_do(office: Office) -> None:
    database = office.deps.database
    source = Source(bucket="data", key="incoming/broken.csv")
    database.transact(lambda tx: lifecycle.start_file(tx, ID, "feedback", source))
    database.transact(lambda tx: lifecycle.fail(tx, ID, "The required column 'feedback' is missing."))

    completion.failed(office.deps, ID, None)
    completion.failed(office.deps, ID, None)

    [mail] = office.mails
    assert mail["Subject"] == "Feedback file failed: broken.csv"
    assert "The required column 'feedback' is missing." in mail["Message"]
    assert "upload the file again" in mail["Message"]


def test_people_are_told_how_to_have_a_report_drawn_that_could_not_be(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1)])
    office.deps.database.transact(lambda tx: lifecycle.fail(tx, ID, "no report could be drawn"))

    completion.failed(office.deps, ID, None)
    office.deps.database.transact(lambda tx: lifecycle.redraw(tx, ID))
    completion.report_ready(office.deps, ID)

    failed, drawn = office.mails
    assert '{"kind": "redraw", "execution_id": "' + ID + '"}' in failed["Message"]
    assert failed["Subject"].startswith("No report could be drawn")
    assert drawn["Message"].startswith("SUCCESS")
    assert find(office.deps.database).status is ExecutionStatus.COMPLETED
