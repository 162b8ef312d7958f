"""Every single right that the template gives a function: one action on one resource of one statement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from tests.template import properties

SHARED = "DatabasePolicy"
"""A managed policy that most roles have: it is taken from one role at a time."""


@dataclass(frozen=True)
class Grant:
    """One right.

    Attributes:
        role: logical id of the role that has it.
        sid: the statement's name, or the managed policy's.
        action: what is allowed.
        resource: what it is allowed on, in the template's words.
    """

    role: str
    sid: str
    action: str
    resource: str

    @property
    def function(self) -> str:
        """The function's name in the template."""
        return self.role.removesuffix("Role") + "Function"

    @override
    def __str__(self) -> str:
        return f"{self.role} {self.sid} {self.action} {self.resource}"


def listed(value: Any) -> list[Any]:
    """The value as a list, which IAM lets one leave out around a single one."""
    return value if isinstance(value, list) else [value]


def words(value: Any) -> str:
    """A resource in the template's words: a logical id, or what is within it."""
    if isinstance(value, str):
        return value
    if "Fn::GetAtt" in value:
        return str(value["Fn::GetAtt"][0])
    if "Fn::If" in value:
        return words(value["Fn::If"][1])
    if "Fn::Sub" in value:
        return str(value["Fn::Sub"]).replace(".Arn}", "}")
    return str(value.get("Ref", value))


def roles() -> dict[str, Mapping[str, Any]]:
    """The properties of the functions' roles."""
    return {
        name: role for name, role in properties("AWS::IAM::Role").items() if "lambda." in json.dumps(role)
    }


def statements(role: str) -> list[Mapping[str, Any]]:
    """The statements of a role's own policy."""
    [policy] = roles()[role]["Policies"]
    found: list[Mapping[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def grants() -> Iterator[Grant]:
    """All of them, in the template's order."""
    for role, its in roles().items():
        for statement in statements(role):
            for action in listed(statement["Action"]):
                for resource in listed(statement["Resource"]):
                    yield Grant(role, statement["Sid"], action, words(resource))
        if {"Ref": SHARED} in its["ManagedPolicyArns"]:
            yield Grant(role, SHARED, "secretsmanager:GetSecretValue", "the functions' login")
        if {"Ref": "ModelPolicy"} in its["ManagedPolicyArns"]:
            yield Grant(role, "ModelPolicy", "bedrock:InvokeModel", "the model")
        if {"Ref": "EmbeddingPolicy"} in its["ManagedPolicyArns"]:
            yield Grant(role, "EmbeddingPolicy", "bedrock:InvokeModel", "the embedding model")


def without(deployed: Iterable[Mapping[str, Any]], grant: Grant) -> list[dict[str, Any]]:
    """A role's deployed statements, less one right: the same action on others, and other actions, stay."""
    left: list[dict[str, Any]] = []
    for written, statement in zip(statements(grant.role), deployed, strict=True):
        if written["Sid"] != grant.sid:
            left.append(dict(statement))
            continue
        actions, resources = listed(statement["Action"]), listed(statement["Resource"])
        at = [words(resource) for resource in listed(written["Resource"])].index(grant.resource)
        other_actions = [action for action in actions if action != grant.action]
        other_resources = [resource for number, resource in enumerate(resources) if number != at]
        if other_actions:
            left.append({**statement, "Sid": "OtherActions", "Action": other_actions})
        if other_resources:
            left.append(
                {**statement, "Sid": "Elsewhere", "Action": grant.action, "Resource": other_resources}
            )
    return left
