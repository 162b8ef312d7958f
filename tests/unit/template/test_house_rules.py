"""Each house rule: our template keeps it, and one that is broken in one place does not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template import ROOT, break_it, ours, read
from tests.unit.template.house import RULES


def found(rule_id: str, path: Path | None = None) -> Iterator[str]:
    cfn = ours() if path is None else read(path)
    return (str(match.message) for match in RULES[rule_id].match(cfn))


def test_there_are_thirteen_rules() -> None:
    assert sorted(RULES) == [f"E90{number:02}" for number in range(1, 14)]


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_our_template_keeps_the_rule(rule_id: str) -> None:
    assert list(found(rule_id)) == []


@pytest.mark.parametrize(
    "rule_id, resource, old, new, said",
    [
        (
            "E9001",
            "Fn::ForEach::Queues",
            "RedrivePolicy",
            "# ",
            "CurateQueue: this queue has no dead-letter queue",
        ),
        (
            "E9001",
            "Fn::ForEach::Queues",
            "AlarmActions: [!Ref",
            "Unit: [!Ref",
            "CurateDeadLetterQueue: .* no alarm",
        ),
        (
            "E9001",
            "Fn::ForEach::Queues",
            "ApproximateNumberOfMessagesVisible",
            "Other",
            "CurateDeadLetterQ",
        ),
        (
            "E9001",
            "RulesDeadLetterAlarm",
            "ApproximateNumberOfMessagesVisible",
            "Other",
            "RulesDeadLetterQueue: .* no alarm",
        ),
        ("E9012", "ClassifiedRule", "DeadLetterConfig", "InputPath", "ClassifiedRule: .* lost in silence"),
        ("E9012", "SweepSchedule", "DeadLetterConfig", "InputPath", "SweepSchedule: .* lost in silence"),
        (
            "E9012",
            "FileArrivedRule",
            "!GetAtt RulesDeadLetterQueue.Arn",
            "!Sub elsewhere",
            "FileArrivedRule: .* lost in silence",
        ),
        ("E9013", "SweepSilentAlarm", "AlarmActions", "InsufficientDataActions", "nobody hears"),
        (
            "E9013",
            "MessagesDeferredAlarm",
            "OKActions: [!Ref",
            "Unit: [!Ref",
            "MessagesDeferredAlarm: who",
        ),
        (
            "E9013",
            "Fn::ForEach::DatabaseWants",
            "OKActions: [!Ref OperationsTopic]",
            "OKActions: [!Ref Topic]",
            "DatabaseStorageAlarm: who hears",
        ),
        ("E9002", "NotifyFunction", "!Ref NotifyLogGroup", "elsewhere", "NotifyFunction: .* no log group"),
        ("E9002", "NotifyFunction", "!Ref NotifyLogGroup", "!Ref ApiLogGroup", "shares the log group ApiLog"),
        (
            "E9002",
            "Fn::ForEach::Functions",
            "RetentionInDays: !Ref LogRetentionDays",
            "LogGroupName: a",
            "for ever",
        ),
        ("E9003", "ClassifyFunction", "[ReportBatchItemFailures]", "[]", "ClassifyFunctionFeedback: one bad"),
        ("E9002", "Fn::ForEach::Functions", "Notify, ", "", "NotifyFunction: .* no log group"),
        (
            "E9004",
            "Queues",
            "Sweep: {VisibilityTimeout: 720",
            "Sweep: {VisibilityTimeout: 719",
            "SweepQueue: .* 719",
        ),
        ("E9004", "SweepFunction", "Timeout: 120", "Timeout: 121", "less than six times the 121 s"),
        (
            "E9004",
            "Fn::ForEach::Queues",
            "VisibilityTimeout: !FindInMap [Queues, !Ref Queue, DeadLetterVisibilityTimeout]",
            "DelaySeconds: 0",
            "FeedbackDeadLetterQueue: Visib.* 30 is less",
        ),
        (
            "E9005",
            "IngestFunction",
            "RecursiveLoop: Allow",
            "ReservedConcurrentExecutions: 9",
            "IngestFunction: .* IngestQueue",
        ),
        (
            "E9005",
            "ClassifyFunction",
            "RecursiveLoop: Allow",
            "RecursiveLoop: Terminate",
            "FeedbackQueue",
        ),
        ("E9006", "TracingPolicy", "# X-Ray knows", "- Sid: X", "TracingPolicy: line .* wildcard without"),
        (
            "E9006",
            "NotifyRole",
            "Resource: [!Ref Topic, !Ref OperationsTopic]",
            'Resource: "*"',
            "NotifyRole: line",
        ),
        (
            "E9006",
            "EmbeddingPolicy",
            "# A profile calls",
            "- Sid: X",
            "EmbeddingPolicy: line .* wildcard without",
        ),
        (
            "E9007",
            "Fn::ForEach::Queues",
            "SqsManagedSseEnabled: true",
            "DelaySeconds: 0",
            "SweepQueue: .* not encrypted",
        ),
        (
            "E9007",
            "SweepQueuePolicy",
            "Effect: Deny",
            "Effect: Allow",
            "SweepQueue: .* without TLS",
        ),
        (
            "E9007",
            "Fn::ForEach::QueuesOfNoRule",
            "Effect: Deny",
            "Effect: Allow",
            "SweepDeadLetterQueue: .* without TLS",
        ),
        (
            "E9007",
            "Fn::ForEach::QueuesOfNoRule",
            "      - NotifyDeadLetter\n",
            "",
            "NotifyDeadLetterQueue: .* without TLS",
        ),
        ("E9007", "SweepQueuePolicy", "SweepQueue.Arn", "NotifyQueue.Arn", "SweepQueue: .* without TLS"),
        ("E9006", "SweepRole", "[!GetAtt IngestQueue.Arn,", "['*',", "SweepRole: line"),
        (
            "E9006",
            "SweepRole",
            "Resource: !GetAtt Bus.Arn",
            "Resource: !Sub 'arn:aws:events:*:1:a'",
            "SweepRole",
        ),
        ("E9006", "IngestRole", "- !GetAtt FeedbackQueue.Arn", '- "*"', "IngestRole: line"),
        (
            "E9006",
            "Fn::ForEach::QueuesOfNoRule",
            'Resource: !GetAtt [!Sub "${Queue}Queue", Arn]',
            'Resource: "*"',
            "QueuesOfNoRule: line",
        ),
        (
            "E9007",
            "Fn::ForEach::Queues",
            "MessageRetentionPeriod: 1209600",
            "DelaySeconds: 0",
            "before 14 days",
        ),
        (
            "E9008",
            "NotifyFunction",
            "ScalingConfig: {MaximumConcurrency: 5}",
            "Enabled: true",
            "Messages: it may",
        ),
        ("E9009", "NotifyFunction", 'comment: "Its messages come', 'comment: "', "CKV_AWS_116 is left out"),
        (
            "E9009",
            "Fn::ForEach::Queues",
            'comment: "It is encrypted',
            'comment: "',
            "SweepQueue: CKV_AWS_27 is left",
        ),
        (
            "E9010",
            "SweepQueuePolicy",
            "Resource: !GetAtt SweepQueue.Arn",
            "Resource: [!GetAtt SweepQueue.Arn, !GetAtt NotifyQueue.Arn]",
            "SweepQueuePolicy: SQS refuses OnlyByTls",
        ),
        (
            "E9010",
            "SweepQueuePolicy",
            "Queues: [!Ref SweepQueue]",
            "Queues: [!Ref NotifyQueue]",
            "QueuePolicy: it replaces .* a policy of NotifyQueue, too",
        ),
        ("E9011", "Schema", "- !Ref SubnetBRoutes", "- x", "Schema: SubnetBRoutes, by which SchemaFunction"),
        ("E9011", "Schema", "- - !Ref StorageEndpoint", "- - x", "Schema: StorageEndpoint, by which"),
        ("E9011", "Schema", "!Ref SecretsEndpoint", "x", "Schema: SecretsEndpoint, by which"),
        *(
            (
                "E9011",
                "RouteTable",
                "Type: AWS::EC2::RouteTable",
                (
                    f"Type: AWS::EC2::RouteTable\n  Other: {{Type: {kind}, Properties: {{ServiceToken: "
                    f"{token}}}}}\n  Table:\n    Type: AWS::EC2::RouteTable"
                ),
                "Other: SubnetARoutes, by which SchemaFunction answers",
            )
            for kind, token in (
                ("AWS::CloudFormation::CustomResource", "!GetAtt SchemaFunction.Arn"),
                ("Custom::Another", "!Sub '${SchemaFunction.Arn}'"),
                ("Custom::Another", "!Ref SchemaFunction.Alias"),
                ("Custom::Another", "!If [Managed, !GetAtt SchemaFunction.Arn, x]"),
            )
        ),
        *(
            (
                "E9011",
                "RouteTable",
                "Type: AWS::EC2::RouteTable",
                f"Type: AWS::EC2::RouteTable\n  Added: {{Type: {kind}, Properties: {its}}}\n  Other:",
                "Schema: Added, by which",
            )
            for kind, its in (
                ("AWS::EC2::Route", "{RouteTableId: !Ref RouteTable, GatewayId: igw-1}"),
                ("AWS::EC2::EgressOnlyInternetGateway", "{VpcId: !Ref Vpc}"),
                ("AWS::EC2::VPCGatewayAttachment", "{VpcId: !Ref Vpc, InternetGatewayId: igw-1}"),
                ("AWS::EC2::NatGateway", "{SubnetId: !Ref SubnetA}"),
                ("AWS::EC2::VPCCidrBlock", "{VpcId: !Ref Vpc, AmazonProvidedIpv6CidrBlock: true}"),
                ("AWS::EC2::SubnetNetworkAclAssociation", "{SubnetId: !Ref SubnetB, NetworkAclId: a}"),
                ("AWS::EC2::SecurityGroupEgress", "{GroupId: !Ref FunctionSecurityGroup, IpProtocol: tcp}"),
                ("AWS::EC2::SecurityGroupIngress", "{GroupId: !Ref EndpointSecurityGroup, IpProtocol: tcp}"),
                ("AWS::IAM::Policy", "{Roles: [!Ref SchemaRole], PolicyName: a}"),
                ("AWS::IAM::RolePolicy", "{RoleName: !Ref SchemaRole, PolicyName: a}"),
                ("AWS::IAM::ManagedPolicy", "{Roles: [!Ref SchemaRole]}"),
            )
        ),
    ],
)
def test_a_broken_template_breaks_the_rule(
    tmp_path: Path, rule_id: str, resource: str, old: str, new: str, said: str
) -> None:
    messages = list(found(rule_id, break_it(tmp_path, resource, old, new)))

    assert any(re.search(said, message) for message in messages), messages


def test_cfn_lint_runs_with_the_house_rules() -> None:
    assert "append_rules: [tests/cfn_rules]" in (ROOT / ".cfnlintrc").read_text()
