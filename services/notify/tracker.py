"""Resumes the tracker, the Step Functions execution that waits for the end of ours."""

import json
from typing import Any, Protocol

from botocore.exceptions import ClientError

from shared.contracts.execution import Execution, ExecutionStatus

# The task has timed out, was stopped, or was resumed before.
_NOBODY_WAITS = ("TaskDoesNotExist", "TaskTimedOut", "InvalidToken")
_MAX_CAUSE = 1000


class StatesClient(Protocol):
    """boto3's `stepfunctions` client, as far as it is used here."""

    def send_task_success(self, *, taskToken: str, output: str) -> Any: ...
    def send_task_failure(self, *, taskToken: str, error: str, cause: str) -> Any: ...


def resume(states: StatesClient, execution: Execution) -> None:
    """Tells the tracker how the execution ended, if one waits. Idempotent."""
    if execution.task_token is None:
        return
    try:
        _send(states, execution, execution.task_token)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOBODY_WAITS:
            raise


def _send(states: StatesClient, execution: Execution, task_token: str) -> None:
    if execution.status is ExecutionStatus.FAILED:
        cause = (execution.failure_reason or "")[:_MAX_CAUSE]
        states.send_task_failure(taskToken=task_token, error="ExecutionFailed", cause=cause)
    else:
        output = {"execution_id": execution.execution_id, "status": execution.status}
        output_json = json.dumps(output | {"counts": execution.counts.model_dump()})
        states.send_task_success(taskToken=task_token, output=output_json)
