"""Whatever is chosen, nothing refers to what is not made then."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.template import break_it, read
from tests.unit.template import resolving, synthesis
from tests.unit.template.networks import EXTERNAL
from tests.unit.template.synthesis import synthesised

BY_SAM = {"ClassifyFunctionFeedback", "SchemaFunction.Version"}
"""A mapping and a version, which SAM makes."""
MANY = {
    "EmailDomain": "mail.example.com",
    "FeedbackSenderArn": "arn:aws:sns:a",
    "ResultsFormat": "csv+parquet",
    "NotificationEmail": "a@example.com",
    "OperationsEmail": "b@example.com",
    "ReadersCidr": "10.0.0.0/8",
    "ReadersSecurityGroupId": "sg-0a",
    "PublicUrl": "https://a.example.com",
    "ModelId": "a",
    "DatabaseMultiAZ": "true",
    "QuickSightPrincipalArn": "arn:aws:quicksight:a",
}
CHOICES: list[list[dict[str, str]]] = [
    [{}, EXTERNAL],
    [{}, {"Network": "private"}],
    [{}, {"DatabaseFunctionsSecretArn": "arn:aws:b"}],
    [{}, {"DatabaseSubnetIds": "subnet-0a,subnet-0b", "DatabaseSecurityGroupIds": "sg-0a"}],
    [{}, MANY],
]


def named(value: Any) -> Iterator[str]:
    """The logical ids that a value refers to."""
    if isinstance(value, list):
        for each in value:
            yield from named(each)
    if not isinstance(value, dict):
        return
    for key, its in value.items():
        if key in ("Ref", "Fn::GetAtt"):
            yield its[0] if isinstance(its, list) else its
        elif key == "DependsOn":
            yield from [its] if isinstance(its, str) else its
        elif key == "Fn::Sub":
            text, own = its if isinstance(its, list) else (its, {})
            found = re.findall(r"\$\{([^}!.]+)", text)
            yield from (name for name in found if name not in own)
            yield from named(own)
        else:
            yield from named(its)


def missing(region: str) -> set[tuple[str, str]]:
    """What refers to what is not there, by any of the choices."""
    found: set[tuple[str, str]] = set()
    for chosen in itertools.product(*CHOICES):
        given = {name: value for part in chosen for name, value in part.items()}
        whole = synthesised(resolving.stack(region, **given))
        there = whole["Resources"].keys() | whole["Parameters"].keys() | BY_SAM
        for name, its in [*whole["Resources"].items(), *whole["Outputs"].items()]:
            found |= {(name, to) for to in named(its) if not to.startswith("AWS::") and to not in there}
    return found


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_nothing_refers_to_what_is_not_made(region: str) -> None:
    assert missing(region) == set()


@pytest.mark.parametrize(
    "resource, old, new, to",
    [
        ("Schema", "!If [Egress, !Ref EgressRoute, !Ref AWS::NoValue]", "!Ref EgressRoute", "EgressRoute"),
        ("ApiRole", "!If [InNetwork, ", "!If [MailComes, ", "NetworkPolicy"),
        ("MailRule", "    Condition: MailComes\n", "", "MailRuleSet"),
        ("EgressRule", "    Condition: Egress\n", "    Condition: SomebodyReads\n", "FunctionSecurityGroup"),
        ("IngestFunction", "    DependsOn: Schema\n", "    DependsOn: QuickSight\n", "QuickSight"),
    ],
)  # fmt: skip
def test_what_does_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resource: str, old: str, new: str, to: str
) -> None:
    broken = read(break_it(tmp_path, resource, old, new))
    monkeypatch.setattr(synthesis, "ours", lambda: broken)

    assert (resource, to) in missing("us-east-1")
