"""Makes up for what the emulator's IAM asks for and AWS does not."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from local.emulator import client
from local.state import Deployment, Emulator

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

POLICY = "what-the-emulator-asks-for"
# On AWS the right to send one message is the right to send ten; the emulator wants an action of its own. It
# also takes looking at one event source mapping for looking at them all.
_OTHER_NAMES = {
    "sqs:SendMessage": "sqs:SendMessageBatch",
    "sqs:DeleteMessage": "sqs:DeleteMessageBatch",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
    "lambda:GetEventSourceMapping": "lambda:ListEventSourceMappings",
}
# On AWS a state machine's tasks are answered by right of the state machine; the emulator looks for no one's.
_TASKS = ("states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat")


def allow_what_aws_allows(emulator: Emulator, deployment: Deployment) -> None:
    """Lets each role of the stack do in the emulator what its policies let it do on AWS, and no more."""
    iam: IAMClient = client(emulator, "iam")
    for name, role in deployment.resources.items():
        if name.endswith("Role"):
            policies = iam.list_role_policies(RoleName=role)["PolicyNames"]
            documents = [iam.get_role_policy(RoleName=role, PolicyName=policy) for policy in policies]
            statements = translate(
                statement
                for document in documents
                if document["PolicyName"] != POLICY
                for statement in _listed(_parsed(document["PolicyDocument"])["Statement"])
            )
            if statements:
                allowed = json.dumps({"Version": "2012-10-17", "Statement": statements})
                iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=allowed)


def translate(statements: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Those statements that the emulator reads otherwise than AWS, in its own terms."""
    found = []
    for statement in statements:
        actions = _listed(statement.get("Action", []))
        if others := [_OTHER_NAMES[action] for action in actions if action in _OTHER_NAMES]:
            found.append({**statement, "Action": others})
        if tasks := [action for action in actions if action in _TASKS]:
            found.append({**statement, "Action": tasks, "Resource": "*"})
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _parsed(document: Any) -> dict[str, Any]:
    # boto3 parses it where the service sent it URL-encoded.
    return json.loads(document) if isinstance(document, str) else dict(document)
