"""The tracker is started once, and nothing waits for it."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from services.ingest.tracker import start_tracker
from tests.builders import EXECUTION_ID, ingest_settings

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:tracker"


class FakeStates:
    """Step Functions that keeps what it is asked, and answers with an error if given one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: dict[str, Any] = {}
        self._error = error

    def start_execution(self, **request: Any) -> None:
        self.asked = request
        if self._error:
            raise self._error


def deps(states: FakeStates) -> Any:
    return SimpleNamespace(sfn=states, settings=ingest_settings(state_machine_arn=ARN))


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "StartExecution")


def test_the_tracker_has_the_execution_s_name_and_gets_its_id() -> None:
    states = FakeStates()
    assert start_tracker(deps(states), EXECUTION_ID) is None
    assert (states.asked["stateMachineArn"], states.asked["name"]) == (ARN, EXECUTION_ID)
    assert json.loads(states.asked["input"]) == {"execution_id": EXECUTION_ID}


@pytest.mark.parametrize(
    "error,answer",
    [
        (refusal("ExecutionAlreadyExists"), None),
        (refusal("StateMachineDoesNotExist"), "StateMachineDoesNotExist"),
        (EndpointConnectionError(endpoint_url="https://states"), "EndpointConnectionError"),
    ],
)
def test_a_tracker_that_is_there_or_cannot_be_started_is_no_error(
    error: Exception, answer: str | None
) -> None:
    assert start_tracker(deps(FakeStates(error)), EXECUTION_ID) == answer
