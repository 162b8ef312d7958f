"""What AWS allows of a template and of what it makes: the numbers are of the services' pages on quotas."""

import json
import re
from typing import Any

import pytest

from tests.template import ours, properties
from tests.unit.template import resolving

NAME = "x" * 130
"""As long as an ARN or a queue's URL with a stack's long name in it."""
LONGEST = {
    name: "x" * its["MaxLength"]
    for name, its in resolving.template()["Parameters"].items()
    if "MaxLength" in its
} | {
    "AWS::StackName": "x" * 128,
    "AWS::AccountId": "123456789012",
    # Both logins are named, and the functions' one is not made.
    "ManagedDatabase": "false",
}
# What EC2 takes in the description of a security group and of its rules.
_EC2_TEXT = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")


def written_out(value: Any) -> Any:
    """By the longest parameters, with a long name for what the deployment makes."""
    value = resolving.resolve(value, resolving.stack("ap-southeast-1", **LONGEST))
    if isinstance(value, str):
        return NAME if value in ours().get_resources() else value
    if isinstance(value, dict) and next(iter(value), "").startswith(("Fn::", "Ref")):
        return NAME
    if isinstance(value, dict):
        parts = {name: written_out(each) for name, each in value.items()}
        return {name: part for name, part in parts.items() if part != resolving.NOTHING}
    return [written_out(each) for each in value] if isinstance(value, list) else value


def size(value: Any) -> int:
    return len(json.dumps(written_out(value), separators=(",", ":")))


def test_the_template_is_one_that_cloudformation_takes() -> None:
    template = ours().template

    # SAM makes permissions, versions, aliases and the stage besides; 500 are allowed.
    assert len(ours().get_resources()) <= 400
    assert len(template["Parameters"]) <= 200
    assert len(template["Outputs"]) <= 200
    assert len(template["Mappings"]) <= 200
    assert len(json.dumps(template, indent=2)) <= 1_000_000
    assert len(template["Description"].encode()) <= 1024


@pytest.mark.parametrize("function", properties("AWS::Serverless::Function"))
def test_a_function_has_room_for_its_environment(function: str) -> None:
    its = properties("AWS::Serverless::Function")[function]

    assert size(its["Environment"]["Variables"]) <= 4096
    assert len(its["Description"]) <= 256


def test_every_text_that_one_may_give_has_an_end() -> None:
    """What is too long is refused at once, not where it is used, when half of the stack is there."""
    parameters = resolving.template()["Parameters"].items()

    assert [
        n
        for n, its in parameters
        if its["Type"] == "String" and not its.keys() & {"AllowedValues", "MaxLength"}
    ] == []
    assert [n for n, its in parameters if len(str(its["Default"])) > its.get("MaxLength", 99)] == []


def test_an_alarm_has_room_for_the_longest_address_of_the_runbook() -> None:
    alarms = properties("AWS::CloudWatch::Alarm")

    assert len(alarms) >= 47
    assert {n for n, its in alarms.items() if len(written_out(its["AlarmDescription"])) > 1024} == set()


@pytest.mark.parametrize("role", properties("AWS::IAM::Role"))
def test_a_role_has_room_for_its_policies(role: str) -> None:
    its = properties("AWS::IAM::Role")[role]

    assert sum(size(policy["PolicyDocument"]) for policy in its["Policies"]) <= 10_240
    assert len(its.get("ManagedPolicyArns", [])) <= 10


@pytest.mark.parametrize("policy", properties("AWS::IAM::ManagedPolicy"))
def test_a_policy_of_several_roles_is_short_enough(policy: str) -> None:
    assert size(properties("AWS::IAM::ManagedPolicy")[policy]["PolicyDocument"]) <= 6144


# What AWS takes of the names that have the stack's in them; CloudFormation makes the others, and keeps to it.
NAMED = {
    ("AWS::Serverless::Api", "Name"): 1024,
    ("AWS::Events::EventBus", "Name"): 256,
    ("AWS::CloudWatch::Dashboard", "DashboardName"): 255,
    ("AWS::CloudWatch::Alarm", "Namespace"): 255,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
    ("AWS::Logs::QueryDefinition", "Name"): 255,
    ("AWS::SSM::Parameter", "Name"): 1011,
}


def test_names_have_room_for_the_longest_name_of_a_stack() -> None:
    longest = resolving.stack(**{"AWS::StackName": "x" * 128})
    found: dict[tuple[str, str], int] = {}
    for its in ours().get_resources().values():
        for name, value in its.get("Properties", {}).items():
            if re.search("[Nn]ame", name) and "AWS::StackName" in json.dumps(value):
                length = len(resolving.resolve(value, longest))
                found[its["Type"], name] = max(length, found.get((its["Type"], name), 0))

    assert found.keys() == NAMED.keys()
    assert {which: length for which, length in found.items() if length > NAMED[which]} == {}


def test_descriptions_are_as_short_and_as_plain_as_their_services_want_them() -> None:
    groups = properties("AWS::EC2::SecurityGroup").values()
    rules = [rule for group in groups for name in group for rule in listed(group[name]) if "gress" in name]
    rules += properties("AWS::EC2::SecurityGroupEgress").values()
    texts = [group["GroupDescription"] for group in groups] + [
        part["Description"] for rule in rules for part in rule.get("Fn::If", [rule]) if "Description" in part
    ]

    assert len(texts) >= 10
    assert [text for text in texts if not _EC2_TEXT.fullmatch(text)] == []
    assert [r for r in properties("AWS::Events::Rule").values() if len(r.get("Description", "")) > 512] == []


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_what_is_too_long_is_seen() -> None:
    assert size({"NOTE": {"Ref": "ModelNote"}, "QUEUE": {"Ref": "IngestQueue"}}) > 430
    assert size({"NOTE": {"Ref": "AWS::NoValue"}}) < 10
    assert not _EC2_TEXT.fullmatch("The customers' database")
