"""Alarms, topics and the dashboard."""

import json
import re

import pytest

from shared.platform.telemetry import EVERY_SERVICE
from tests.template import ROOT, properties
from tests.unit.template import resolving
from tests.unit.template.functions import FUNCTIONS, environment
from tests.unit.template.watched import shown

OWN_NAMESPACE = {"Fn::Sub": "FeedbackInsights/${AWS::StackName}"}


def test_every_alarm_tells_operators_what_is_the_matter_and_when_it_is_over() -> None:
    for name, alarm in properties("AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "OperationsTopic"}], name
        assert alarm["AlarmDescription"], name


def test_readers_and_operators_have_a_topic_each_which_nobody_else_is_subscribed_to() -> None:
    subscribed = {
        s["TopicArn"]["Ref"]: s["Endpoint"]["Ref"] for s in properties("AWS::SNS::Subscription").values()
    }

    assert subscribed == {"Topic": "NotificationEmail", "OperationsTopic": "OperationsEmail"}
    assert environment("NotifyFunction")["READERS_TOPIC_ARN"] == {"Ref": "Topic"}
    assert environment("NotifyFunction")["OPERATIONS_TOPIC_ARN"] == {"Ref": "OperationsTopic"}


@pytest.mark.parametrize(
    "reader, operator, refused",
    [
        ("", "", False),
        ("", "ops@example.com", False),
        ("who@example.com", "", True),
        ("who@example.com", "ops@example.com", False),
        ("who@example.com", "who@example.com", False),
    ],
)
def test_no_stack_that_told_one_person_of_alarms_falls_silent_by_an_update(
    reader: str, operator: str, refused: bool
) -> None:
    rule = resolving.template()["Rules"]["OperatorsAreNamed"]
    stack = resolving.stack(NotificationEmail=reader, OperationsEmail=operator)
    [assertion] = rule["Assertions"]

    applies = resolving.resolve(rule["RuleCondition"], stack)
    assert (applies and not resolving.resolve(assertion["Assert"], stack)) == refused
    assert "OperationsEmail is needed" in assertion["AssertDescription"]
    assert resolving.holds("SomebodyReads", stack) == bool(reader)
    assert resolving.holds("SomebodyOperates", stack) == bool(operator)


def test_every_function_has_an_alarm_for_its_errors() -> None:
    watched = {
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in properties("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "Errors"
    }

    assert watched == FUNCTIONS.keys()


def test_people_hear_that_nobody_sweeps() -> None:
    """Of all that stands still the sweeper tells; of the sweeper only its silence does."""
    alarm = properties("AWS::CloudWatch::Alarm")["SweepSilentAlarm"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "NumberOfMessagesDeleted")
    assert alarm["Dimensions"] == [
        {"Name": "QueueName", "Value": {"Fn::GetAtt": ["SweepQueue", "QueueName"]}}
    ]
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["ComparisonOperator"] == "LessThanThreshold"


def test_dead_letters_that_nobody_touches_do_not_count_as_gone() -> None:
    """SQS writes metrics of queues that were used in the last six hours."""
    dead_letters = {
        name: alarm
        for name, alarm in properties("AWS::CloudWatch::Alarm").items()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }

    assert len(dead_letters) == 8
    assert {alarm["TreatMissingData"] for alarm in dead_letters.values()} == {"ignore"}


def test_people_hear_of_messages_that_are_put_off_again_and_again() -> None:
    """By those functions that put off what they cannot reach."""
    alarm = properties("AWS::CloudWatch::Alarm")["MessagesDeferredAlarm"]

    assert alarm["MetricName"] == "MessagesDeferred"
    assert alarm["Dimensions"] == [{"Name": "service", "Value": EVERY_SERVICE}]
    handlers = (ROOT / "services").glob("*/handler.py")
    assert {path.parent.name for path in handlers if ", AWAY" in path.read_text()} == {
        "curate",
        "ingest",
        "notify",
    }


def test_stacks_in_one_account_share_no_metric_and_no_alarm() -> None:
    """AWS's own metrics have the name of a thing of the stack for a dimension."""
    for function in FUNCTIONS:
        assert environment(function)["POWERTOOLS_METRICS_NAMESPACE"] == OWN_NAMESPACE
    for name, alarm in properties("AWS::CloudWatch::Alarm").items():
        things = [d["Value"] for d in alarm["Dimensions"] if isinstance(d["Value"], dict)]
        assert alarm["Namespace"] == OWN_NAMESPACE or things, name
    body = json.dumps(properties("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"])
    metrics = re.findall(r'\[\\"([^"]+)\\", \\"\w+\\", \\"\w+\\", \\"([^"]+)\\"', body)
    assert len(metrics) == len(shown())
    assert all("${" in namespace + value for namespace, value in metrics)


def test_nothing_that_a_customer_wrote_leaves_the_database_for_a_log() -> None:
    logged = properties("AWS::RDS::DBInstance")["Database"]["EnableCloudwatchLogsExports"]
    parameters = properties("AWS::RDS::DBParameterGroup")["DatabaseParameters"]["Parameters"]

    assert logged == ["error"]
    assert (parameters["slow_query_log"], parameters["general_log"]) == ("0", "0")


@pytest.mark.parametrize(
    "region, host",
    [
        ("us-east-1", "console.aws.amazon.com"),
        ("eu-central-1", "console.aws.amazon.com"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
        ("us-gov-east-1", "console.amazonaws-us-gov.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("cn-northwest-1", "console.amazonaws.cn"),
        ("eusc-de-east-1", "console.amazonaws-eusc.eu"),
    ],
)
def test_the_dashboards_address_is_that_of_the_partitions_console(region: str, host: str) -> None:
    url = resolving.resolve(resolving.template()["Outputs"]["DashboardUrl"]["Value"], resolving.stack(region))

    assert url == f"https://{host}/cloudwatch/home?region={region}#dashboards/dashboard/Dashboard"
