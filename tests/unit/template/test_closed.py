"""Each safety of the template is there, and is missed when it is taken away in one place."""

from pathlib import Path

import pytest

from tests.template import FILE, break_it, ours, read
from tests.unit.template.closed import CHECKS


@pytest.mark.parametrize("check", CHECKS)
def test_our_template_is_closed(check: str) -> None:
    assert list(CHECKS[check](ours())) == []


@pytest.mark.parametrize(
    "check, resource, old, new, said",
    [
        ("buckets", "DataBucket", "BucketEncryption:", "Tags_:", "DataBucket is not encrypted"),
        ("buckets", "AccessLogBucket", "SSEAlgorithm", "Other", "AccessLogBucket is not encrypted"),
        ("buckets", "DataBucket", "Status: Enabled", "Status: Suspended", "forgets what was replaced"),
        ("buckets", "DataBucket", "BucketOwnerEnforced", "ObjectWriter", "DataBucket has access lists"),
        (
            "buckets",
            "DataBucket",
            "BlockPublicAcls: true",
            "BlockPublicAcls: false",
            "not closed to the public",
        ),
        (
            "buckets",
            "DataBucket",
            "IgnorePublicAcls: true",
            "# gone",
            "DataBucket is not closed to the public",
        ),
        (
            "buckets",
            "AccessLogBucket",
            "RestrictPublicBuckets: true",
            "# gone",
            "AccessLogBucket is not closed",
        ),
        (
            "buckets",
            "DataBucketPolicy",
            "Effect: Deny",
            "Effect: Allow",
            "DataBucket may be used without TLS",
        ),
        (
            "buckets",
            "DataBucketPolicy",
            '!Sub "${DataBucket.Arn}/*"',
            "x",
            "DataBucket may be used without TLS",
        ),
        (
            "buckets",
            "AccessLogBucketPolicy",
            "SecureTransport",
            "Secure",
            "AccessLogBucket may be used without",
        ),
        (
            "topics",
            "Topic",
            "KmsMasterKeyId: !Ref Key",
            "TracingConfig: x",
            "Topic is not encrypted by a key",
        ),
        ("topics", "Topic", "!Ref Key", "alias/aws/sns", "Topic is not encrypted by a key of ours"),
        (
            "topics",
            "Key",
            "cloudwatch.amazonaws.com",
            "sns.amazonaws.com",
            "key keeps alarms from publishing",
        ),
        (
            "topics",
            "Key",
            "kms:GenerateDataKey*]",
            "kms:Encrypt]",
            "Topic: its key keeps alarms from publishing",
        ),
        (
            "topics",
            "OperationsTopicPolicy",
            "cloudwatch.amazonaws.com",
            "x.amazonaws.com",
            "OperationsTopic: its policy keeps alarms out",
        ),
        (
            "topics",
            "OperationsTopicPolicy",
            "Topics: [!Ref OperationsTopic]",
            "Topics: [!Ref OperationsTopic, !Ref Topic]",
            "Topic: its policy lets alarms in",
        ),
        ("topics", "TopicPolicy", "Effect: Deny", "Effect: Allow", "Topic takes messages without TLS"),
        ("keys", "Key", "EnableKeyRotation: true", "Enabled: true", "Key is never rotated"),
        ("keys", "Key", 'Service: !Sub "logs.', 'Service: !Sub "x.', "Key cannot encrypt logs"),
        (
            "keys",
            "Key",
            "Condition: {StringEquals",
            "# Condition: {StringEquals",
            "AlarmsPublish serves other",
        ),
        (
            "keys",
            "Key",
            "${AWS::AccountId}:log-group:*",
            "*:log-group:*",
            "LogsAreWritten serves other accounts",
        ),
        (
            "logs",
            "Fn::ForEach::Functions",
            "KmsKeyId: !GetAtt Key.Arn",
            "LogGroupName: x",
            "ClassifyLogGroup is not",
        ),
        ("logs", "TrackerLogGroup", "RetentionInDays", "# Retention", "TrackerLogGroup keeps logs for ever"),
        (
            "services",
            "FeedbackQueuePolicy",
            "ArnEquals: {aws:SourceArn",
            "ArnLike: {aws:SourceArn_",
            "FeedbackHandedOn serves other",
        ),
        (
            "services",
            "OperationsTopicPolicy",
            "Condition: {StringEquals",
            "# {StringEquals",
            "AlarmsPublish serves other",
        ),
        (
            "services",
            "AccessLogBucketPolicy",
            "Condition:\n              ArnEquals",
            "Condition_:\n              ArnEquals",
            "StorageLogs serves other accounts",
        ),
        (
            "services",
            "SweepQueuePolicy",
            "!GetAtt ModelAvailableRule.Arn",
            '"*"',
            "EventsOfThisStack serves other",
        ),
        (
            "services",
            "SweepQueuePolicy",
            "Principal: {Service: events.amazonaws.com}",
            'Principal: {AWS: "*"}',
            "EventsOfThisStack lets in more than a service",
        ),
        (
            "rules",
            "SweepQueuePolicy",
            "!GetAtt SweepSchedule.Arn, ",
            "",
            "SweepSchedule may not send to SweepQueue",
        ),
        (
            "rules",
            "ClassifiedRule",
            "CategorizeQueue.Arn",
            "NotifyQueue.Arn",
            "ClassifiedRule may send to Cat",
        ),
        ("databases", "Database", "StorageEncrypted: true", "Port: 3306", "Database is not encrypted"),
        (
            "databases",
            "Database",
            "PubliclyAccessible: false",
            "Port: 3306",
            "Database is open to the internet",
        ),
        (
            "databases",
            "Database",
            "ManageMasterUserPassword: true",
            "MasterUserPassword: x",
            "password is not",
        ),
        ("databases", "DatabaseParameters", 'require_secure_transport: "1"', 'a: "1"', "be used without TLS"),
        (
            "databases",
            "Database",
            "DBParameterGroupName",
            "OptionGroupName",
            "Database may be used without TLS",
        ),
        ("apis", "Api", "DefaultAuthorizer: AWS_IAM", "ApiKeyRequired: false", "Api is open"),
        (
            "apis",
            "Api",
            "TracingEnabled: false",
            "TracingEnabled: true",
            "Api keeps the addresses of reports",
        ),
        (
            "apis",
            "Api",
            "DataTraceEnabled: false",
            "DataTraceEnabled: true",
            "Api keeps the addresses of reports",
        ),
        (
            "apis",
            "Api",
            "DataTraceEnabled: false",
            "LoggingLevel: INFO",
            "Api keeps the addresses of reports",
        ),
        ("apis", "Api", "ThrottlingRateLimit: 50", "CachingEnabled: true #", "Api may be called without end"),
        (
            "apis",
            "ApiFunction",
            "Path: /reports/{token}",
            "Path: /all",
            "ApiFunction: /all has rules of its own",
        ),
        (
            "functions",
            "NotifyFunction",
            "READERS_TOPIC_ARN",
            "MAIL_PASSWORD",
            "MAIL_PASSWORD is a secret in the env",
        ),
    ],
)
def test_what_is_taken_away_is_missed(
    tmp_path: Path, check: str, resource: str, old: str, new: str, said: str
) -> None:
    found = list(CHECKS[check](read(break_it(tmp_path, resource, old, new))))

    assert any(said in fault for fault in found), found


@pytest.mark.parametrize(
    "check, old, new, said",
    [
        (
            "functions",
            "    KmsKeyArn: !GetAtt Key.Arn\n",
            "",
            "SweepFunction: its environment is not encrypted",
        ),
        (
            "parameters",
            "  DatabaseHost:\n",
            "  DatabasePassword:\n",
            "DatabasePassword is a secret as a parameter",
        ),
        (
            "parameters",
            "DATA_BUCKET: !Ref DataBucket",
            "DATA_BUCKET: '{{resolve:secretsmanager:insights}}'",
            "a dynamic reference",
        ),
    ],
)
def test_what_is_no_resources_is_missed_too(
    tmp_path: Path, check: str, old: str, new: str, said: str
) -> None:
    text = FILE.read_text()
    assert old in text
    broken = tmp_path / "template.yaml"
    broken.write_text(text.replace(old, new, 1))

    assert any(said in fault for fault in CHECKS[check](read(broken)))
