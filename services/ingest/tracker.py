"""Starts the Step Functions execution that watches an upload."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from shared.contracts.records import ExecutionId

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def start_tracker(sfn: "SFNClient", state_machine_arn: str, execution_id: ExecutionId) -> str | None:
    """Starts the tracker, unless it was started before.

    Returns:
        None, or the error's code: nothing depends on the tracker, so ingest goes on without it.
    """
    try:
        sfn.start_execution(
            stateMachineArn=state_machine_arn,
            name=execution_id,
            input=json.dumps({"execution_id": execution_id}),
        )
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return None if code == "ExecutionAlreadyExists" else code
    except BotoCoreError as error:
        return type(error).__name__
    return None
