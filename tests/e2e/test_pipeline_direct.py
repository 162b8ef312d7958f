"""Direct feedback by the API and by SQS: counted once, closed with the day, replayed when it failed."""

from __future__ import annotations

import json
from collections import Counter

from tests.e2e.afternoon import direct
from tests.e2e.mailbox import Mailbox
from tests.e2e.world import World


def direct_counts(world: World) -> Counter[str]:
    rows = world.query(
        "SELECT f.status, COUNT(*) AS n FROM customer_feedback f JOIN execution e USING (execution_id)"
        " WHERE e.kind = 'direct' GROUP BY f.status"
    )
    return Counter({row["status"]: row["n"] for row in rows})


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


def test_a_wrong_request_names_each_wrong_field(world: World) -> None:
    answer = world.api("POST", "/feedback", [{"feedback": "fine"}, {"feedback": "", "stars": 9}])
    assert answer.status == 422
    assert "stars" in answer.body.decode()
    assert "feedback" in answer.body.decode()


def test_the_api_is_closed_to_those_who_do_not_sign(world: World) -> None:
    assert world.api("POST", "/feedback", [{"feedback": "x"}], signed=False).status == 403
    assert world.api("GET", "/executions/none", signed=False).status == 403
    assert world.api("GET", "/executions/none").status == 404
