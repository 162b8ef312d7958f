"""Events lost, published twice, before their time; a tracker that has given up, or was stopped."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.e2e.mailbox import Mailbox
from tests.faults import ledger
from tests.faults.faulty import Faulty
from tests.faults.plan import Rule
from tests.faults.scenario import Scenario

STALLED_SECONDS = 20
TRACKER_SECONDS = 15


def test_events_lost_published_twice_or_before_their_time_change_nothing(
    begin: Callable[[str], Scenario], mailbox: Mailbox
) -> None:
    scenario = begin("6 events too early, twice, and lost")
    faulty = scenario.faulty
    key = faulty.new_profile("events") + "events.csv"
    _wake_categorize(faulty)
    faulty.plan.set(
        Rule(id="hold", function="IngestFunction", point="SendMessageBatch:after", action="hold"),
        Rule(id="twice", function="", point="PutEvents:before", action="twice", times=1000),
    )
    with faulty.configured("Sweep", STALLED_AFTER_SECONDS=STALLED_SECONDS):
        with ExitStack() as hears:
            hears.callback(faulty.unhear("Notify"))
            with ExitStack() as hears_discovery:
                hears_discovery.callback(faulty.unhear("Categorize"))
                scenario.upload(key, rows=1000, texts=100)
                scenario.wait_until_fired("hold")
                (execution_id,) = scenario.ids(key)
                _tell_too_early(faulty, execution_id)
                assert _status(faulty, execution_id) == "receiving"
                faulty.plan.release("hold")
                _wait_until_repeated(faulty, execution_id, "classified", "ExecutionClassified")
            _wait_until_repeated(faulty, execution_id, "categorized", "ExecutionCategorized")
        scenario.mended()
        scenario.finish()
    assert faulty.plan.fired()["twice"] >= 4, "started, ingested, classified, categorized"
    assert mailbox.about("Standing still", execution_id)


@pytest.mark.short
def test_a_tracker_that_gave_up_or_was_stopped_keeps_nothing_from_its_end(
    begin: Callable[[str], Scenario],
) -> None:
    scenario = begin("6 a task token timed out, a tracker stopped")
    faulty = scenario.faulty
    late, stopped = "incoming/timed-out.csv", "incoming/stopped.csv"
    faulty.plan.set(
        Rule(id="late", function="NotifyFunction", point="SendTaskSuccess:before", action="hold",
             where="timed-out")
    )  # fmt: skip
    with _tracker_timeout(faulty, TRACKER_SECONDS):
        scenario.upload(late, rows=500, texts=50)
        scenario.upload(stopped, rows=500, texts=50)
        (arn,) = faulty.wait(lambda: _trackers(scenario, stopped), "the tracker to be stopped", 300)
        states = faulty.stack.client("stepfunctions")
        states.stop_execution(executionArn=arn)
        assert _status(faulty, scenario.ids(stopped)[0]) not in ("completed", "failed")

        # Whoever tells of the end has a token in hand whose time is over before it is used.
        scenario.wait_until_fired("late", seconds=900)
        (watching,) = _trackers(scenario, late)
        faulty.wait(lambda: _timed_out(faulty, watching), "the token's time to be over", 120)
        faulty.plan.release("late")
        scenario.mended()
        scenario.finish()
        faulty.wait(lambda: _tracker_status(faulty, watching) == "SUCCEEDED", "the tracker to end", 120)
    assert _tracker_status(faulty, arn) == "ABORTED"


def _wake_categorize(faulty: Faulty) -> None:
    """Has the function started: beside other stacks that may take longer than ingest can be held."""
    faulty.tell("Categorize", "ExecutionClassified", "nobody-0123456789abcdef")
    _wait_until_read(faulty, "CategorizeQueueUrl", seconds=360)


def _tell_too_early(faulty: Faulty, execution_id: str) -> None:
    """Delivers what announces the later stages, and waits until it was read."""
    faulty.tell("Categorize", "ExecutionClassified", execution_id)
    faulty.tell("Notify", "ExecutionCategorized", execution_id)
    faulty.tell("Notify", "ExecutionRevised", execution_id)
    _wait_until_read(faulty, "CategorizeQueueUrl", "NotifyQueueUrl", seconds=120)


def _wait_until_read(faulty: Faulty, *queues: str, seconds: float) -> None:
    """Waits until nothing is left in these queues."""
    faulty.wait(lambda: not ledger.left_in_queues(faulty).keys() & {*queues}, f"{queues} to be read", seconds)


def _wait_until_repeated(faulty: Faulty, execution_id: str, status: str, event_type: str) -> None:
    """Waits until the sweeper has repeated the event that tells of this stage, since nobody heard the first.

    That the first one is published does not mean that it is lost: rules pass events on some time after
    PutEvents has answered, and one that has its target back by then is heard.
    """
    query = "SELECT COUNT(*) AS events FROM outbox WHERE execution_id = %s AND event_type = %s"

    def repeated() -> bool:
        (row,) = faulty.query(query, execution_id, event_type)
        return int(row["events"]) >= 2 and not ledger.outbox_left(faulty)

    faulty.wait(repeated, f"{event_type} of {execution_id} to be repeated", 720)
    assert _status(faulty, execution_id) == status, "nobody may have heard of it yet"


def _status(faulty: Faulty, execution_id: str) -> str:
    (row,) = faulty.query("SELECT status FROM execution WHERE execution_id = %s", execution_id)
    return str(row["status"])


@contextmanager
def _tracker_timeout(faulty: Faulty, seconds: int) -> Iterator[None]:
    """Trackers that begin meanwhile wait so long for one token (the parameter TrackerTimeoutSeconds)."""
    states, arn = faulty.stack.client("stepfunctions"), faulty.output("TrackerArn")
    before = states.describe_state_machine(stateMachineArn=arn)["definition"]
    definition = json.loads(before)
    definition["States"]["Wait for the execution"]["TimeoutSeconds"] = seconds
    states.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))
    try:
        yield
    finally:
        states.update_state_machine(stateMachineArn=arn, definition=before)


def _trackers(scenario: Scenario, key: str) -> list[str]:
    """The running tracker of an upload: empty if it has not begun."""
    faulty = scenario.faulty
    running = faulty.stack.client("stepfunctions").list_executions(
        stateMachineArn=faulty.output("TrackerArn"), statusFilter="RUNNING"
    )["executions"]
    return [each["executionArn"] for each in running if each["name"] in scenario.ids(key)]


def _tracker_status(faulty: Faulty, arn: str) -> str:
    return str(faulty.stack.client("stepfunctions").describe_execution(executionArn=arn)["status"])


def _timed_out(faulty: Faulty, arn: str) -> bool:
    """Whether the tracker has told that a token's time was over, after the last fault struck."""
    history = faulty.stack.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)
    struck = faulty.plan.last_fired() or math.inf
    return any(
        event["timestamp"].timestamp() > struck
        and event.get("stateEnteredEventDetails", {}).get("name") == "Tell of the partial figures"
        for event in history["events"]
    )
