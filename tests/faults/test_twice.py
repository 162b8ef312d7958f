"""Everything is delivered more than once: at once, late, and in the wrong order."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.e2e.mailbox import Mailbox
from tests.faults.plan import Rule
from tests.faults.scenario import Scenario

ALWAYS = 10_000
LATE_SECONDS = 60
"""How late half of the rows' messages come a second time."""


def test_what_is_delivered_twice_late_and_out_of_order_counts_once(
    begin: Callable[[str], Scenario], mailbox: Mailbox
) -> None:
    scenario = begin("1 every message and event twice, S3's three times")
    faulty = scenario.faulty
    faulty.listen()
    faulty.plan.set(
        Rule(id="batch", function="", point="SendMessageBatch:before", action="twice", times=60),
        _twice("late", "SendMessageBatch", seconds=LATE_SECONDS),
        _twice("message", "SendMessage"),
        _twice("event", "PutEvents"),
    )
    place = faulty.new_profile("twice")
    first, second = f"{place}twice-first.csv", f"{place}twice-second.csv"
    with faulty.events_twice():
        scenario.upload(first, rows=500, bad=10)
        scenario.upload(second, rows=500, bad=10)
        direct = [{"id": f"said-{n}", "feedback": f"The parcel came {n} days late."} for n in range(100)]
        scenario.direct += [str(each["id"]) for each in direct]
        faulty.send([*direct, *reversed(direct)])
        for key in (first, second):
            # What the tracker handed over comes again, too.
            faulty.wait(lambda: _token(scenario, key), f"the tracker of {key}", 300)  # noqa: B023
            message = {"kind": "tracker_waiting", "execution_id": scenario.ids(key)[0]}
            _notify(scenario, message | {"task_token": _token(scenario, key)})
        faulty.wait(lambda: _direct_rows(scenario) == 100, "the direct feedback's rows", 600)
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        for _ in range(2):
            faulty.order("close_day", before=tomorrow)
        for key in (first, second):
            faulty.ended(key, seconds=720)

        # Late, and the later upload's before the earlier one's.
        for key in (second, second, first, second, first, first):
            url = faulty.output("IngestQueueUrl")
            faulty.sqs.send_message(QueueUrl=url, MessageBody=faulty.s3_event(key))
        scenario.finish()

    fired = faulty.plan.fired()
    assert fired["batch"] == 60
    assert fired["late"] >= 40, "50 batches of each file and those of the direct feedback's deferrals"
    assert fired["message"] >= 1
    assert fired["event"] >= 8
    days = faulty.query(
        "SELECT DISTINCT e.status FROM execution e JOIN customer_feedback f USING (execution_id)"
        " WHERE f.ref_id LIKE 'said-%%'"
    )
    assert [day["status"] for day in days] == ["completed"]
    found = faulty.query("SELECT name FROM customer_feedback_category WHERE profile = 'twice'")
    names = [row["name"].casefold() for row in found]
    assert len(names) == len(set(names)), "no theme may be found twice"
    for key in (first, second):
        name = key.rpartition("/")[2]
        told = [
            mail for mail in mailbox.all() if "revised" not in mail["Subject"] and name in mail["Subject"]
        ]
        assert len(told) == 1, [mail["Subject"] for mail in told]
        assert _tracker(scenario, key) == "SUCCEEDED"


def _twice(name: str, operation: str, seconds: float = 0) -> Rule:
    point = f"{operation}:before"
    return Rule(id=name, function="", point=point, action="twice", times=ALWAYS, seconds=seconds)


def _token(scenario: Scenario, key: str) -> str | None:
    rows = scenario.faulty.query("SELECT task_token FROM execution WHERE source_key = %s", key)
    return str(rows[0]["task_token"]) if rows and rows[0]["task_token"] else None


def _notify(scenario: Scenario, message: dict[str, object]) -> None:
    faulty = scenario.faulty
    faulty.sqs.send_message(QueueUrl=faulty.output("NotifyQueueUrl"), MessageBody=json.dumps(message))


def _direct_rows(scenario: Scenario) -> int:
    rows = scenario.faulty.query("SELECT COUNT(*) AS n FROM customer_feedback WHERE ref_id LIKE 'said-%%'")
    return int(rows[0]["n"])


def _tracker(scenario: Scenario, key: str) -> str:
    """The state of the state machine's execution that watches this upload."""
    faulty = scenario.faulty
    (execution_id,) = scenario.ids(key)
    states = faulty.stack.client("stepfunctions")
    machine = faulty.output("TrackerArn")
    arn = machine.replace(":stateMachine:", ":execution:") + f":{execution_id}"
    return str(states.describe_execution(executionArn=arn)["status"])
