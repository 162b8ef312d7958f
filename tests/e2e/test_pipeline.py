"""One busy afternoon on the deployed template, with IAM enforced: what each user gets out of it.

Everything of `afternoon` goes on at once, as it would on AWS; the tests then look at what became of it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from local.setup import ROOT
from local.stack import Stack
from shared.contracts import keys
from tests.e2e.world import HEADER, Mailbox, World

SAMPLE = ROOT / "samples" / "feedback.csv"
SMALL = HEADER + "".join(
    f'Lamp,Online,{n},4,Fine,"Lamp {n} came quickly, and the courier was friendly.",2025-03-{n:02d}\n'
    for n in range(1, 31)
)
GERMAN = "Date;Feedback;Stars\r\n" + "".join(
    f"{n}.3.2025 9:15;Die Lieferung kam spät und das Gehäuse war beschädigt, Größe {n}.;2\r\n"
    for n in range(13, 23)
)
REFUSED = {
    "incoming/empty.csv": (b"", "empty"),
    "incoming/header-alone.csv": (HEADER.encode(), "rows"),
    "incoming/picture.csv": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200), "CSV"),
    "incoming/notes.docx": (b"PK\x03\x04 something", ".csv"),
    "incoming/columns.csv": (b"name,comment\na,b\n", "feedback"),
    "incoming/nobody/known.csv": (SMALL.encode(), "nobody"),
    "elsewhere/lost.csv": (SMALL.encode(), "incoming/"),
}

# Of samples/feedback.csv; its README says what is wrong with each.
REJECTED = [113, 268, 277, 333, 342, 353]


def direct(number: int, prefix: str) -> dict[str, object]:
    text = f"The staff of the support team ignored me, call {number}, and nobody listened or helped."
    return {"id": f"{prefix}-{number}", "product_name": "Lamp", "stars": 2, "feedback": text}


@pytest.fixture(scope="session")
def world(stack: Stack) -> World:
    return World(stack)


@pytest.fixture(scope="session")
def mailbox(world: World) -> Mailbox:
    return Mailbox(world)


@pytest.fixture(scope="session")
def afternoon(world: World, mailbox: Mailbox) -> World:
    """A file, more files while it runs, one of them twice, and direct feedback by both ways, all at once."""
    world.listen()
    world.upload("incoming/feedback.csv", SAMPLE.read_bytes())
    world.upload("incoming/small.csv", SMALL)
    for start in (0, 100):
        answer = world.api("POST", "/feedback", [direct(n, "api") for n in range(start, start + 100)])
        assert answer.status == 202, answer.body
    world.upload("incoming/small.csv", SMALL)
    world.send([direct(n, "sqs") for n in range(200)])
    world.send([direct(n, "sqs") for n in range(20)])  # a producer that repeats itself
    world.send(["not even JSON", {"id": "x", "fedback": "typo"}, direct(0, "x") | {"execution_id": "mine"}])
    world.upload(
        "german.csv", gzip.compress(GERMAN.encode("cp1252"))
    )  # at the root, and not as its name says
    for key, (body, _) in REFUSED.items():
        world.upload(key, body)
    return world


def direct_counts(world: World) -> Counter[str]:
    rows = world.query(
        "SELECT f.status, COUNT(*) AS n FROM customer_feedback f JOIN execution e USING (execution_id)"
        " WHERE e.kind = 'direct' GROUP BY f.status"
    )
    return Counter({row["status"]: row["n"] for row in rows})


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


def test_direct_feedback_by_both_ways_is_counted_once_each(afternoon: World) -> None:
    afternoon.wait(lambda: sum(direct_counts(afternoon).values()) >= 400, "direct feedback", 240)
    afternoon.wait(lambda: afternoon.depth("FeedbackQueueUrl") == 0, "the feedback queue to run empty", 120)
    assert sum(direct_counts(afternoon).values()) == 400
    assert direct_counts(afternoon)["failed"] == 0


def test_messages_that_are_no_feedback_are_kept_with_their_reasons(afternoon: World) -> None:
    sql = (
        "SELECT raw, reason FROM rejected_row r JOIN execution e USING (execution_id) WHERE e.kind = 'direct'"
    )
    rows = afternoon.wait(lambda: afternoon.query(sql), "rejected messages", 120)
    afternoon.wait(lambda: len(afternoon.query(sql)) == 3, "three rejected messages", 60)
    rows = afternoon.query(sql)
    assert any(row["raw"] == "not even JSON" for row in rows)
    assert any("fedback" in row["reason"] for row in rows)
    assert all(row["reason"] for row in rows)


def test_a_day_of_direct_feedback_is_closed_and_reported(afternoon: World, mailbox: Mailbox) -> None:
    test_direct_feedback_by_both_ways_is_counted_once_each(afternoon)
    test_messages_that_are_no_feedback_are_kept_with_their_reasons(afternoon)
    day = afternoon.query("SELECT execution_id FROM execution WHERE open_profile = 'feedback'")[0][
        "execution_id"
    ]
    afternoon.execute(
        "UPDATE execution SET started_at = started_at - INTERVAL 1 DAY WHERE execution_id = %s", day
    )
    afternoon.sweep("close_day")
    afternoon.wait(lambda: afternoon.figures(day).status == "completed", "the day's report", 120)
    figures = afternoon.figures(day)
    assert figures.rows_read == figures.settled == 403
    mailbox.about(day)
    answer = afternoon.api("GET", f"/executions/{day}")
    assert (answer.status, answer.json["status"]) == (200, "completed")


def test_a_dead_letter_is_a_failed_row_that_can_be_replayed(world: World) -> None:
    # GIVEN feedback that crashed the function each time, and so came to the dead-letter queue
    letter = json.dumps(direct(1, "letter"))
    world.sqs.send_message(QueueUrl=world.output("FeedbackDeadLetterQueueUrl"), MessageBody=letter)
    sql = "SELECT status, failure_reason, execution_id FROM customer_feedback WHERE ref_id = 'letter-1'"
    [row] = world.wait(lambda: world.query(sql), "the letter's row")
    assert row["status"] == "failed"

    # WHEN somebody has it tried again
    world.sweep("replay", reason=row["failure_reason"])

    # THEN it is labelled as any other, and the counters say so
    world.wait(lambda: world.query(sql)[0]["status"] != "failed", "the letter to wait")
    world.sweep("sweep")
    world.wait(lambda: world.query(sql)[0]["status"] in ("labelled", "unknown"), "its label")
    day = world.query("SELECT failed, parked FROM execution WHERE execution_id = %s", row["execution_id"])
    assert day == [{"failed": 0, "parked": 0}]


@pytest.mark.parametrize("key", REFUSED)
def test_a_file_that_cannot_be_read_is_answered_with_the_reason(
    afternoon: World, mailbox: Mailbox, key: str
) -> None:
    (figures,) = afternoon.ended(key, seconds=240)
    assert figures.status == "failed"
    assert figures.failure_reason
    assert REFUSED[key][1] in figures.failure_reason
    mailbox.about(Path(key).name, REFUSED[key][1])


def test_a_wrong_request_names_each_wrong_field(world: World) -> None:
    answer = world.api("POST", "/feedback", [{"feedback": "fine"}, {"feedback": "", "stars": 9}])
    assert answer.status == 422
    assert "stars" in answer.body.decode()
    assert "feedback" in answer.body.decode()


def test_the_api_is_closed_to_those_who_do_not_sign(world: World) -> None:
    assert world.api("POST", "/feedback", [{"feedback": "x"}], signed=False).status == 403
    assert world.api("GET", "/executions/none", signed=False).status == 403
    assert world.api("GET", "/executions/none").status == 404


def test_corrections_change_rows_counts_and_report(afternoon: World, mailbox: Mailbox) -> None:
    (figures, _) = afternoon.ended("incoming/small.csv", executions=2, seconds=240)
    row = afternoon.query(
        "SELECT id FROM customer_feedback WHERE record_id = %s", f"{figures.execution_id}:1"
    )[0]
    lines = "id,label_correction\n" + f"{row['id']},Price and value\n999999999,Price and value\n"
    afternoon.upload("corrections/mine.csv", lines)
    mailbox.about("mine.csv", "999999999")
    sql = "SELECT label_final FROM customer_feedback WHERE id = %s"
    assert afternoon.query(sql, row["id"])[0]["label_final"] == "Price and value"
    report = keys.results(figures.execution_id)
    afternoon.wait(lambda: "Price and value" in afternoon.text_of(report), "the report to be redrawn", 60)


def test_a_corrections_file_that_is_a_feedback_file_is_refused(afternoon: World, mailbox: Mailbox) -> None:
    afternoon.upload("corrections/wrong.csv", SMALL)
    mailbox.about("wrong.csv", "label_correction")


def test_an_uploaded_category_list_replaces_the_taxonomy_and_retires_nothing_for_ever(
    afternoon: World, mailbox: Mailbox
) -> None:
    afternoon.ended("incoming/feedback.csv", seconds=240)
    names = "SELECT name FROM customer_feedback_category WHERE profile = 'returns' AND status = 'active'"
    afternoon.upload("categories/returns/list.json", json.dumps({"1": "Too small", "2": "Broken"}))
    afternoon.wait(lambda: len(afternoon.query(names)) == 2, "the list")
    afternoon.upload(
        "categories/returns/list.json", json.dumps([{"name": "Broken", "description": "in pieces"}])
    )
    afternoon.wait(lambda: len(afternoon.query(names)) == 1, "the shorter list")
    kept = afternoon.query("SELECT status FROM customer_feedback_category WHERE name = 'Too small'")
    assert kept[0]["status"] == "retired"
    afternoon.upload("incoming/returns/back.csv", "feedback\nIt came in two pieces.\n")
    (figures,) = afternoon.ended("incoming/returns/back.csv")
    assert figures.settled == 1
    mailbox.about("list.json", "Too small")


def test_messages_that_sqs_lost_are_sent_again_from_the_file(world: World) -> None:
    # GIVEN a file whose messages were all lost before anybody received them
    with world.nobody_classifies():
        world.upload("incoming/lost.csv", SMALL)
        sql = "SELECT execution_id FROM execution WHERE source_key = %s AND status = 'classifying'"
        [row] = world.wait(lambda: world.query(sql, "incoming/lost.csv"), "the file to be sent", 120)
        world.sqs.purge_queue(QueueUrl=world.output("FeedbackQueueUrl"))
        world.wait(lambda: world.depth("FeedbackQueueUrl") == 0, "the queue to be empty")

    # WHEN the sweeper finds, a quarter of an hour later, that it stands still
    world.execute(
        "UPDATE execution SET last_progress_at = last_progress_at - INTERVAL 1 HOUR WHERE execution_id = %s",
        row["execution_id"],
    )
    world.sweep("sweep")

    # THEN its rows are sent once more, and it ends as if nothing had been
    (figures,) = world.ended("incoming/lost.csv", seconds=240)
    assert (figures.status, figures.rows_read, figures.settled, figures.failed) == ("completed", 30, 30, 0)


def test_nothing_is_left_in_any_queue_or_dead_letter_queue(afternoon: World) -> None:
    afternoon.ended("incoming/feedback.csv", seconds=240)
    urls = [key for key in afternoon.stack.deployment.outputs if key.endswith("QueueUrl")]
    assert len(urls) >= 16
    afternoon.wait(lambda: not any(afternoon.depth(key) for key in urls), "all queues to run empty", 120)
    assert afternoon.query("SELECT COUNT(*) AS n FROM outbox WHERE published_at IS NULL")[0]["n"] == 0
