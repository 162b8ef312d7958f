"""Every policy of both templates by what AWS says of actions, resource types and condition keys."""

from pathlib import Path

import pytest

from tests.template import ROOT, break_it, ours, read
from tests.unit.template.policies import Statement, faults, is_known, statements

NESTED = read(ROOT / "quicksight.yaml")
_TOKENS = (
    "The reference names no type for it; IAM asks about the state machine nevertheless, whose ARN is in the"
    " message of a refusal (NOAA-OWP/hydrovis#837). The CDK grants it so, tried on AWS in aws/aws-cdk#8486."
)
_INTERFACES = (
    "As in AWS's own AWSLambdaVPCAccessExecutionRole: Lambda makes the interfaces under names of its own."
)
EXCEPTIONS = {
    **{
        f"NotifyRole ResumeTheTracker: states:{action}: knows no resources, and is allowed on some": _TOKENS
        for action in ("SendTaskSuccess", "SendTaskFailure")
    },
    **{
        f"NetworkPolicy: ec2:{action}: could be restricted to resources": _INTERFACES
        for action in (
            "AssignPrivateIpAddresses",
            "CreateNetworkInterface",
            "DeleteNetworkInterface",
            "UnassignPrivateIpAddresses",
        )
    },
}
# What QuickSight calls actions in its own lists of permissions, and IAM has no name for: the QuickSight
# API reference has them in the owner's permissions of an analysis and of a dashboard.
_OF_QUICKSIGHT = {"quicksight:QueryAnalysis", "quicksight:QueryDashboard"}


def found(*of: Statement) -> set[str]:
    return {f"{statement.where}: {fault}" for statement in of for fault in faults(statement)}


def test_policies_are_as_aws_says_or_there_is_a_reason_why_not() -> None:
    assert found(*statements(ours()), *statements(NESTED)) == EXCEPTIONS.keys()


def test_every_policy_is_read() -> None:
    assert len(list(statements(ours()))) > 90
    assert {each.where for each in statements(NESTED)} == {
        "ConnectionRole",
        "ConnectionRole LookAround",
        "ConnectionRole StandInTheSubnets",
    }


def test_permissions_of_quicksight_are_actions_or_its_own() -> None:
    named = {action for owner in NESTED.template["Mappings"]["Owner"].values() for action in owner["Actions"]}

    assert {action for action in named if not is_known(action)} == _OF_QUICKSIGHT
    assert len(named) > 30


NONE, OTHER, NOT_IT = "there is no such action", "is for none of the resources", "we know no such key"


@pytest.mark.parametrize(
    "resource, old, new, fault",
    [
        # A name that no action has, or none of that service.
        ("IngestRole", "s3:GetObjectVersion", "s3:GetObjectVersions", f"s3:GetObjectVersions: {NONE}"),
        ("NotifyRole", "kms:GenerateDataKey", "kms:GenerateKey*", f"kms:GenerateKey*: {NONE}"),
        ("ModelPolicy", "bedrock:InvokeModel", "bedrock:Converse", f"bedrock:Converse: {NONE}"),
        ("TracingPolicy", "xray:PutTraceSegments", "x-ray:PutTraces", f"x-ray:PutTraces: {NONE}"),
        ("IngestRole", "sts:AssumeRole", "sts:AssumeRoles", f"sts:AssumeRoles: {NONE}"),
        # An action on what it is not for.
        ("IngestRole", "!Sub '${DataBucket.Arn}/*'", "!GetAtt DataBucket.Arn", f"s3:GetObject: {OTHER}"),
        ("ApiRole", "/reports/*", "", f"s3:GetObject: {OTHER}"),
        ("IngestRole", "!GetAtt IngestQueue.Arn", "!Ref Topic", f"sqs:ReceiveMessage: {OTHER}"),
        ("IngestRole", "!Ref Tracker", "!GetAtt Bus.Arn", f"states:StartExecution: {OTHER}"),
        # One resource too many, which no action of the statement has to do with.
        ("CurateRole", "!Sub '${DataBucket.Arn}/profiles/*'", "!GetAtt Key.Arn", "none of the actions has"),
        # Everywhere, where it could be somewhere; somewhere, where it can only be everywhere.
        ("IngestRole", "!Ref Tracker", '"*"', "states:StartExecution: could be restricted to resources"),
        ("TracingPolicy", 'Resource: "*"', "Resource: !Ref Topic", "xray:PutTraceSegments: knows no"),
        # Conditions: a key misspelt, compared as what it is not, and one that the action has not.
        ("TopicPolicy", "aws:SecureTransport", "aws:SecuredTransport", f"aws:SecuredTransport: {NOT_IT}"),
        ("IngestQueuePolicy", "ArnEquals", "Bool", f"aws:SourceArn: {NOT_IT}"),
        ("SweepRole", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:prefix: s3:ListBucketM"),
    ],
)
def test_a_policy_that_is_not_is_found(tmp_path: Path, resource: str, old: str, new: str, fault: str) -> None:
    broken = read(break_it(tmp_path, resource, old, new))

    [wrong, *_] = sorted(each for each in found(*statements(broken)) - EXCEPTIONS.keys() if fault in each)

    assert wrong.startswith(resource)
