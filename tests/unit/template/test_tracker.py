"""The tracker's state machine."""

import json
from typing import Any

from tests.template import ROOT, properties


def tracker() -> dict[str, Any]:
    """The state machine's definition with its substitutions made, which are texts in a text."""
    machine = properties("AWS::Serverless::StateMachine")["Tracker"]
    text = (ROOT / machine["DefinitionUri"]).read_text()
    values = {"Partition": "aws", "NotifyQueueUrl": "https://sqs/notify", "TimeoutSeconds": "21600"}
    assert machine["DefinitionSubstitutions"].keys() == values.keys()
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    assert "${" not in text
    definition: dict[str, Any] = json.loads(text)
    return definition


def test_the_tracker_waits_on_one_token_for_a_number_of_seconds() -> None:
    definition = tracker()
    waiting = definition["States"][definition["StartAt"]]

    assert waiting["Resource"].endswith("sqs:sendMessage.waitForTaskToken")
    assert waiting["TimeoutSeconds"] == 21600
    assert waiting["Parameters"]["MessageBody"]["task_token.$"] == "$$.Task.Token"
    tokens = [s for s in definition["States"].values() if "waitForTaskToken" in s.get("Resource", "")]
    assert len(tokens) == 1


def test_the_tracker_tells_when_its_time_is_up_and_waits_again() -> None:
    definition = tracker()
    waiting = definition["States"][definition["StartAt"]]
    [timed_out, *_] = waiting["Catch"]
    telling = definition["States"][timed_out["Next"]]

    assert timed_out["ErrorEquals"] == ["States.Timeout"]
    assert telling["Parameters"]["MessageBody"]["kind"] == "tracker_timed_out"
    assert telling["Next"] == definition["StartAt"]
    assert telling["ResultPath"] is None


def test_an_execution_that_failed_is_not_tried_again_by_the_tracker() -> None:
    definition = tracker()
    first, *_ = definition["States"][definition["StartAt"]]["Retry"]

    assert first == {"ErrorEquals": ["ExecutionFailed"], "MaxAttempts": 0}
