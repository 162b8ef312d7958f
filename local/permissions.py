"""Makes up for what the emulator's IAM gets wrong: it asks for actions that AWS does not have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from local.emulator import client
from local.state import Deployment, Emulator

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

POLICY = "what-the-emulator-asks-for"
# On AWS the right to send one message is the right to send ten; the emulator wants an action of its own.
_BATCHES = {
    "sqs:SendMessage": "sqs:SendMessageBatch",
    "sqs:DeleteMessage": "sqs:DeleteMessageBatch",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
}


def allow_batches(emulator: Emulator, deployment: Deployment) -> None:
    """Lets each role of the stack do in batches, on the same queues, what its policies let it do singly."""
    iam: IAMClient = client(emulator, "iam")
    for name, role in deployment.resources.items():
        if name.endswith("Role"):
            policies = iam.list_role_policies(RoleName=role)["PolicyNames"]
            documents = [iam.get_role_policy(RoleName=role, PolicyName=policy) for policy in policies]
            statements = in_batches(
                statement
                for document in documents
                if document["PolicyName"] != POLICY
                for statement in _listed(_parsed(document["PolicyDocument"])["Statement"])
            )
            if statements:
                allowed = json.dumps({"Version": "2012-10-17", "Statement": statements})
                iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=allowed)


def in_batches(statements: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The statements that have an action with a batch form, with that form in its place and no other."""
    found = []
    for statement in statements:
        actions = [_BATCHES[action] for action in _listed(statement.get("Action", [])) if action in _BATCHES]
        if actions:
            found.append({**statement, "Action": actions})
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _parsed(document: Any) -> dict[str, Any]:
    # boto3 parses it where the service sent it URL-encoded.
    return json.loads(document) if isinstance(document, str) else dict(document)
