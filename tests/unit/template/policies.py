"""Each statement of a template's policies, held against what AWS says of actions, resource types and keys.

What AWS says is cfn-lint's copy of the service authorization reference, of which each of its releases has a
new one. cfn-lint itself reads with it no policy of a template that SAM transforms: its rules W3037 and I3510
end at once there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from cfnlint.data import AdditionalSpecs  # type: ignore[import-untyped]
from cfnlint.helpers import load_resource  # type: ignore[import-untyped]
from cfnlint.template import Template  # type: ignore[import-untyped]

from tests.iam.grants import listed

_KNOWN: dict[str, dict[str, dict[str, Any]]] = load_resource(AdditionalSpecs, "Policies.json")
# There what is in a bucket has the same form as the bucket.
_IN_A_BUCKET = "arn:${Partition}:s3:::.*/.*"
_ARN = "arn:aws:{}:us-east-1:123456789012:{}"
_ARNS = {
    "AWS::Events::EventBus": _ARN.format("events", "event-bus/name"),
    "AWS::EC2::SecurityGroup": _ARN.format("ec2", "security-group/name"),
    "AWS::KMS::Key": _ARN.format("kms", "key/name"),
    "AWS::Logs::LogGroup": _ARN.format("logs", "log-group:name:*"),
    "AWS::RDS::DBInstance": _ARN.format("secretsmanager", "secret:name"),
    "AWS::S3::Bucket": "arn:aws:s3:::name",
    "AWS::SNS::Topic": _ARN.format("sns", "name"),
    "AWS::SQS::Queue": _ARN.format("sqs", "name"),
    "AWS::SecretsManager::Secret": _ARN.format("secretsmanager", "secret:name"),
    "AWS::Serverless::StateMachine": _ARN.format("states", "stateMachine:name"),
}
"""What a policy means by a reference to a resource (of the database: to the secret of its owner)."""
_WORDS = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}

KEYS: Mapping[str, tuple[str, ...]] = {
    # Of every service: IAM's guide, "AWS global condition context keys".
    "aws:SecureTransport": ("Bool",),
    "aws:SourceAccount": ("StringEquals",),
    "aws:SourceArn": ("ArnEquals", "ArnLike"),
    # Of one: the service authorization reference, at the service's actions.
    "s3:prefix": ("StringEquals", "StringLike"),
    "kms:EncryptionContext:": ("ArnLike", "StringEquals"),
}
"""The condition keys that we use, and the operators that compare what they hold."""
_KEYS_OF = {
    "s3:prefix": ("s3:ListBucket", "s3:ListBucketVersions"),
    # With kms:DescribeKey, which has it not, as the guide of CloudWatch Logs grants them together.
    "kms:EncryptionContext:": (
        "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:DescribeKey",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """One statement as AWS would read it.

    Attributes:
        where: logical id of what it is written in, and its own name.
        resources: as ARNs, references and both branches of conditions resolved; none of a role's trust.
        own: whether "*" is only the very resource that the policy is of.
    """

    where: str
    actions: list[str]
    resources: list[str]
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    own: bool = False


def statements(cfn: Template) -> Iterator[Statement]:
    """All of a template."""
    for name, resource in cfn.get_resources().items():
        own = resource["Type"] == "AWS::KMS::Key"
        for written in _within(resource.get("Properties", {})):
            yield Statement(
                f"{name} {written.get('Sid', '')}".strip(),
                listed(written["Action"]),
                [arn for each in listed(written.get("Resource", [])) for arn in _arns(each, cfn)],
                written.get("Condition", {}),
                own,
            )


def _within(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        if "Effect" in value and "Action" in value:
            yield value
        for part in value.values():
            yield from _within(part)
    elif isinstance(value, list):
        for part in value:
            yield from _within(part)


def _arns(value: Any, cfn: Template) -> list[str]:
    """The ARNs that a value stands for; a list where a condition decides."""
    if isinstance(value, list):
        return [arn for each in value for arn in _arns(each, cfn)]
    if isinstance(value, str):
        return [value]
    [(function, its)] = value.items()
    if function == "Fn::If":
        return _arns(its[1:], cfn)
    if function == "Fn::Sub":
        text = its if isinstance(its, str) else its[0]
        return [re.sub(r"\$\{([^}]+)\}", lambda found: _word(found[1], cfn), text)]
    name = its if isinstance(its, str) else its[0]
    if name == "AWS::NoValue":
        return []
    if name in cfn.template.get("Parameters", {}):
        assert name.endswith("SecretArn"), name
        return [_ARNS["AWS::SecretsManager::Secret"]]
    return [_ARNS[cfn.get_resources()[name]["Type"]]]


def _word(name: str, cfn: Template) -> str:
    logical, _, attribute = name.partition(".")
    if attribute == "Arn":
        return _ARNS[cfn.get_resources()[logical]["Type"]]
    return _WORDS.get(name, "name")


def faults(statement: Statement) -> Iterator[str]:
    """What AWS would not take, or would take and mean nothing by it."""
    for action in statement.actions:
        found = _matching(action)
        if not found:
            yield f"{action}: there is no such action"
        elif statement.resources:
            yield from _on_resources(action, found, statement)
    kinds = set().union(*(types for action in statement.actions for types in _matching(action).values()))
    for resource in statement.resources if kinds else ():
        if resource != "*" and not any(_may_be(resource, kind) for kind in kinds):
            yield f"{resource}: none of the actions has to do with it"
    yield from _on_conditions(statement)


def _on_resources(action: str, found: Mapping[str, frozenset[str]], statement: Statement) -> Iterator[str]:
    types = frozenset().union(*found.values())
    if "*" in statement.resources:
        if types and not statement.own:
            yield f"{action}: could be restricted to resources"
    elif not types:
        yield f"{action}: knows no resources, and is allowed on some"
    elif not any(_may_be(resource, kind) for resource in statement.resources for kind in types):
        yield f"{action}: is for none of the resources"


def _on_conditions(statement: Statement) -> Iterator[str]:
    for operator, compared in statement.conditions.items():
        for key in compared:
            known = "kms:EncryptionContext:" if key.startswith("kms:EncryptionContext:") else key
            if operator not in KEYS.get(known, ()):
                yield f"{key}: we know no such key, or not to be compared by {operator}"
            of = _KEYS_OF.get(known, statement.actions)
            yield from (
                f"{key}: {action} has no such key" for action in statement.actions if action not in of
            )


@cache
def _matching(action: str) -> Mapping[str, frozenset[str]]:
    """The known actions that this one stands for, perhaps by wildcards, each with its resources' ARNs."""
    service, _, name = action.partition(":")
    known = _KNOWN.get(service, {"Actions": {}, "Resources": {}})
    return {
        each: frozenset(form for kind in its.get("Resources", []) for form in _forms(service, kind.lower()))
        for each, its in known["Actions"].items()
        if fnmatchcase(each, name.lower())
    }


def _forms(service: str, kind: str) -> list[str]:
    """How ARNs of a resource type look."""
    forms: list[str] = _KNOWN[service]["Resources"][kind]["ARNFormats"]
    return [_IN_A_BUCKET] if (service, kind) == ("s3", "object") else forms


def is_known(action: str) -> bool:
    """Whether there is an action of this name."""
    return bool(_matching(action))


@cache
def _may_be(resource: str, form: str) -> bool:
    """Whether a resource, perhaps with wildcards, can be one of this form (`arn:${Partition}:s3:::.*/.*`)."""
    text = re.sub(r"\$\{[^}]+\}", "*", form).replace(".*", "*")
    start, slash, end = text.rpartition("/")
    # "?": any text without a slash, as a bucket's name; "*": any.
    return _meet(resource, start.replace("*", "?") + slash + (end if slash else end.replace("*", "?")))


@cache
def _meet(one: str, form: str) -> bool:
    """Whether some text fits both."""
    if not one and not form:
        return True
    if form and form[0] in "*?":
        takes = bool(one) and (form[0] == "*" or one[0] != "/")
        return _meet(one, form[1:]) or (takes and _meet(one[1:], form))
    if one and one[0] == "*":
        return _meet(one[1:], form) or (bool(form) and _meet(one, form[1:]))
    return bool(one) and bool(form) and one[0] == form[0] and _meet(one[1:], form[1:])
