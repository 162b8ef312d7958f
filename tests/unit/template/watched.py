"""The metrics that alarms watch and the dashboard shows, and those of AWS's that there are."""

import json
import operator
from collections.abc import Mapping
from typing import Any

from tests.template import properties
from tests.unit.template import resolving

OWN = "FeedbackInsights/feedback-insights"
Metric = tuple[str, str, tuple[str, ...]]
"""Namespace, name, and the names of the dimensions."""

# Of the pages "Metrics for <service>" in AWS's documentation, as of November 2026, what concerns us.
# EventBridge has a rule of the account's bus by its name alone; of a rule of another bus it wants both names.
_PAGES: dict[str, tuple[set[str], set[tuple[str, ...]]]] = {
    # docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "AWS/SQS": (
        {
            "ApproximateAgeOfOldestMessage",
            "ApproximateAgeOfOldestMessageInQuietGroups",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
            "NumberOfMessagesDeleted",
        },
        {("QueueName",)},
    ),
    # docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "AWS/Lambda": (
        {"ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"},
        {("FunctionName",)},
    ),
    # docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    "AWS/ApiGateway": (
        {"4XXError", "5XXError", "Count", "IntegrationLatency", "Latency"},
        {("ApiName", "Stage")},
    ),
    # docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
    "AWS/RDS": (
        {"CPUCreditBalance", "CPUUtilization", "DatabaseConnections", "FreeStorageSpace", "FreeableMemory"},
        {("DBInstanceIdentifier",)},
    ),
    # docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    "AWS/Events": (
        {"FailedInvocations", "Invocations", "InvocationsFailedToBeSentToDlq", "InvocationsSentToDlq"},
        {("RuleName",), ("EventBusName", "RuleName")},
    ),
}
OF_AWS = {
    (namespace, name, dimensions)
    for namespace, (names, kinds) in _PAGES.items()
    for name in names
    for dimensions in kinds
}


def widgets(**given: str) -> list[dict[str, Any]]:
    """The dashboard's, top to bottom, left to right."""
    written = resolving.properties("Dashboard")["DashboardBody"]
    found: list[dict[str, Any]] = json.loads(resolving.resolve(written, resolving.stack(**given)))["widgets"]
    return sorted(found, key=lambda each: (each["y"], each["x"]))


def shown(**given: str) -> list[list[str]]:
    """Its metrics as they are written, without what is said of how they look."""
    every = [each for widget in widgets(**given) for each in widget["properties"].get("metrics", [])]
    return [[part for part in metric if isinstance(part, str)] for metric in every]


def watched() -> dict[str, Metric]:
    """The metric of each alarm."""
    return {
        name: (
            str(resolving.resolve(alarm["Namespace"], resolving.stack())),
            alarm["MetricName"],
            tuple(each["Name"] for each in alarm["Dimensions"]),
        )
        for name, alarm in properties("AWS::CloudWatch::Alarm").items()
    }


def query(name: str) -> str:
    """What the query of this name in the template's mapping asks of the logs."""
    written = properties("AWS::Logs::QueryDefinition")[f"{name}Query"]["QueryString"]
    return str(resolving.resolve(written, resolving.stack()))


def ours_named() -> set[tuple[str, str]]:
    """Service and name of each metric of ours that is shown or watched."""
    on_dashboard = {(value, name) for namespace, name, _, value in map(_four, shown()) if namespace == OWN}
    alarms = properties("AWS::CloudWatch::Alarm").items()
    in_alarms = {
        (alarm["Dimensions"][0]["Value"], alarm["MetricName"])
        for name, alarm in alarms
        if watched()[name][0] == OWN
    }
    return on_dashboard | in_alarms


def _four(metric: list[str]) -> tuple[str, str, str, str]:
    namespace, name, dimension, value, *_ = metric
    return namespace, name, dimension, value


def raised(service: str, written: Mapping[str, Any]) -> set[str]:
    """The alarms that one flush of a service's metrics would raise by itself."""
    over = {"GreaterThanThreshold": operator.gt, "GreaterThanOrEqualToThreshold": operator.ge}
    return {
        name
        for name, alarm in properties("AWS::CloudWatch::Alarm").items()
        if watched()[name][0] == OWN and alarm["Dimensions"][0]["Value"] == service
        if alarm["MetricName"] in written and alarm["ComparisonOperator"] in over
        if over[alarm["ComparisonOperator"]](sum(written[alarm["MetricName"]]), alarm["Threshold"])
    }
