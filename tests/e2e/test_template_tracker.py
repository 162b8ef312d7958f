"""The deployed state machine that watches an execution."""

import json
from typing import Any

from local.setup import ROOT
from tests.e2e.world import World, wait_for


class Tracker:
    """The deployed definition as a state machine of its own: another queue, and little patience."""

    def __init__(self, world: World, name: str, patience: int) -> None:
        self.states = world.stack.client("stepfunctions")
        self.sqs = world.sqs
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        text = (ROOT / "statemachine" / "tracker.asl.json").read_text()
        for key, value in (("Partition", "aws"), ("NotifyQueueUrl", self.url), ("TimeoutSeconds", patience)):
            text = text.replace(f"${{{key}}}", str(value))
        role = world.stack.client("iam").get_role(RoleName=world.stack.deployment.resources["TrackerRole"])
        machine = self.states.create_state_machine(
            name=name, definition=json.dumps(json.loads(text)), roleArn=role["Role"]["Arn"]
        )
        started = self.states.start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps({"execution_id": "reviews-1"})
        )
        self.arn = started["executionArn"]

    def next_message(self) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            for message in self.sqs.receive_message(QueueUrl=self.url).get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                body: dict[str, Any] = json.loads(message["Body"])
                return body
            return None

        found: dict[str, Any] = wait_for(look)
        return found

    def ended(self) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            execution: dict[str, Any] = self.states.describe_execution(executionArn=self.arn)
            return None if execution["status"] == "RUNNING" else execution

        found: dict[str, Any] = wait_for(look)
        return found


def test_the_deployed_tracker_waits_for_a_number_of_seconds(world: World) -> None:
    states = world.stack.client("stepfunctions")

    deployed = states.describe_state_machine(stateMachineArn=world.output("TrackerArn"))

    definition = json.loads(deployed["definition"])
    assert definition["States"][definition["StartAt"]]["TimeoutSeconds"] == 21600


def test_the_tracker_tells_of_partial_figures_waits_again_and_ends_when_it_is_told(world: World) -> None:
    tracker = Tracker(world, "tracker-success", patience=1)

    first = tracker.next_message()
    assert (first["kind"], first["execution_id"]) == ("tracker_waiting", "reviews-1")
    assert tracker.next_message() == {"kind": "tracker_timed_out", "execution_id": "reviews-1"}
    again = tracker.next_message()
    assert again["task_token"] != first["task_token"]

    tracker.states.send_task_success(taskToken=again["task_token"], output="{}")

    assert tracker.ended()["status"] == "SUCCEEDED"


def test_the_tracker_of_a_failed_execution_fails_with_its_reason_and_is_not_tried_again(world: World) -> None:
    tracker = Tracker(world, "tracker-failure", patience=60)
    token = tracker.next_message()["task_token"]

    tracker.states.send_task_failure(taskToken=token, error="ExecutionFailed", cause="no column feedback")

    ended = tracker.ended()
    assert (ended["status"], ended["error"], ended["cause"]) == (
        "FAILED",
        "ExecutionFailed",
        "no column feedback",
    )
