"""What becomes of the files of a busy afternoon on the deployed template."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from shared.contracts import keys
from tests.e2e.afternoon import REFUSED
from tests.e2e.mailbox import Mailbox
from tests.e2e.world import World
from tests.parquet_readers import assert_same

# Of samples/feedback.csv; its README says what is wrong with each.
REJECTED = [113, 268, 277, 333, 342, 353]


def test_every_row_of_the_sample_is_accounted_for(afternoon: World) -> None:
    (figures,) = afternoon.ended("incoming/feedback.csv", seconds=240)
    assert figures.status == "completed"
    assert figures.rows_read == 475 == figures.settled
    assert (figures.rejected, figures.failed) == (len(REJECTED), 0)
    assert figures.labelled > figures.unknown
    execution = afternoon.query("SELECT * FROM execution WHERE execution_id = %s", figures.execution_id)[0]
    counted = (execution["labelled"], execution["unknown"], execution["failed"], execution["rejected"])
    assert counted == (figures.labelled, figures.unknown, figures.failed, figures.rejected)


def test_themes_that_no_category_covered_became_categories(afternoon: World) -> None:
    (figures,) = afternoon.ended("incoming/feedback.csv", seconds=240)
    found = afternoon.query(
        "SELECT name, examples FROM customer_feedback_category WHERE origin = 'discovered'"
    )
    assert figures.discovery == "done"
    assert found
    relabelled = afternoon.query(
        "SELECT COUNT(*) AS n FROM customer_feedback"
        " WHERE label_llm = 'unknown' AND label_post_processing IN %s",
        [row["name"] for row in found],
    )
    assert relabelled[0]["n"] > 0


def test_rejected_rows_are_listed_with_their_numbers_and_reasons(afternoon: World) -> None:
    (figures,) = afternoon.ended("incoming/feedback.csv", seconds=240)
    rows = list(csv.DictReader(io.StringIO(afternoon.text_of(keys.rejected(figures.execution_id)))))
    number = next(name for name in rows[0] if "row" in name)
    assert [int(row[number]) for row in rows] == REJECTED
    assert all(row["reason"] for row in rows)


def test_the_results_hold_every_good_row_with_its_final_label(afternoon: World) -> None:
    (figures,) = afternoon.ended("incoming/feedback.csv", seconds=240)
    text = afternoon.text_of(keys.results(figures.execution_id))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 475 - len(REJECTED)
    assert all(row["label_final"] for row in rows)
    assert not [value for row in rows for value in row.values() if value and value[0] in "=+@"]


def test_the_results_say_the_same_as_parquet(afternoon: World) -> None:
    (figures,) = afternoon.ended("incoming/feedback.csv", seconds=240)
    parquet = afternoon.bytes_of(keys.results_parquet("feedback", figures.execution_id))
    assert_same(parquet, afternoon.bytes_of(keys.results(figures.execution_id)))


def test_the_report_shows_the_customers_words_as_words(afternoon: World) -> None:
    (figures,) = afternoon.ended("incoming/feedback.csv", seconds=240)
    report = afternoon.text_of(keys.report(figures.execution_id))
    assert "<svg" in report
    assert "<script>alert" not in report


def test_the_mails_link_leads_to_the_report_without_signing_in(afternoon: World, mailbox: Mailbox) -> None:
    (figures,) = afternoon.ended("incoming/feedback.csv", seconds=240)
    mail = mailbox.about("feedback.csv", "/reports/", figures.execution_id)
    assert len(mail["Subject"]) <= 100
    token = re.search(r"/reports/([\w-]+)", mail["Message"])
    assert token
    answer = afternoon.api("GET", f"/reports/{token[1]}", signed=False)
    assert answer.status == 302
    assert figures.execution_id in answer.headers["Location"]
    assert afternoon.api("GET", "/reports/" + "x" * 43, signed=False).status == 404
    assert not afternoon.query(
        "SELECT 1 FROM report_link WHERE HEX(token_hash) = %s", token[1].encode().hex()
    )


def test_the_tracker_ends_with_its_execution(afternoon: World) -> None:
    (figures,) = afternoon.ended("incoming/feedback.csv", seconds=240)
    steps = afternoon.stack.client("stepfunctions")
    arn = afternoon.output("TrackerArn").replace(":stateMachine:", ":execution:") + ":" + figures.execution_id

    def status() -> bool:
        return str(steps.describe_execution(executionArn=arn)["status"]) == "SUCCEEDED"

    afternoon.wait(status, "the tracker to succeed")


def test_the_same_file_uploaded_twice_is_two_whole_executions(afternoon: World) -> None:
    first, second = afternoon.ended("incoming/small.csv", executions=2, seconds=240)
    assert (first.settled, second.settled) == (30, 30)
    assert first.execution_id != second.execution_id


def test_the_same_event_delivered_again_and_late_changes_nothing(afternoon: World) -> None:
    (figures,) = afternoon.ended("incoming/feedback.csv", seconds=240)
    before = afternoon.query("SELECT COUNT(*) AS n FROM execution")
    afternoon.deliver_again("incoming/feedback.csv", times=2)
    afternoon.wait(lambda: afternoon.depth("IngestQueueUrl") == 0, "ingest to answer")
    assert afternoon.query("SELECT COUNT(*) AS n FROM execution") == before
    assert afternoon.figures(figures.execution_id) == figures


def test_a_gzipped_german_export_at_the_root_is_read_as_it_was_meant(afternoon: World) -> None:
    (figures,) = afternoon.ended("german.csv", seconds=240)
    rows = afternoon.query(
        "SELECT feedback, create_date FROM customer_feedback WHERE execution_id = %s ORDER BY `row_number`",
        figures.execution_id,
    )
    assert len(rows) == 10
    assert "Größe 13" in rows[0]["feedback"]
    assert rows[0]["create_date"].strftime("%Y-%m-%d %H:%M") == "2025-03-13 09:15"


@pytest.mark.parametrize("key", REFUSED)
def test_a_file_that_cannot_be_read_is_answered_with_the_reason(
    afternoon: World, mailbox: Mailbox, key: str
) -> None:
    (figures,) = afternoon.ended(key, seconds=240)
    assert figures.status == "failed"
    assert figures.failure_reason
    assert REFUSED[key][1] in figures.failure_reason
    mailbox.about(Path(key).name, REFUSED[key][1])
