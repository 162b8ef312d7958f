"""Starts the Step Functions execution that watches an upload."""

import json

from botocore.exceptions import BotoCoreError, ClientError

from services.ingest.dependencies import Dependencies
from shared.contracts.records import ExecutionId


def start_tracker(deps: Dependencies, execution_id: ExecutionId) -> str | None:
    """Starts the tracker, unless it was started before.

    Returns:
        None, or the error's code: nothing depends on the tracker, so ingest goes on without it.
    """
    try:
        deps.sfn.start_execution(
            stateMachineArn=deps.settings.state_machine_arn,
            name=execution_id,
            input=json.dumps({"execution_id": execution_id}),
        )
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return None if code == "ExecutionAlreadyExists" else code
    except BotoCoreError as error:
        return type(error).__name__
    return None
