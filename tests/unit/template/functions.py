"""The template's functions, and what each is told of."""

from collections.abc import Iterator
from typing import Any

from services.api.settings import ApiSettings
from services.breaker.settings import BreakerSettings
from services.categorize.settings import CategorizeSettings
from services.classify.settings import ClassifySettings, SenderSettings
from services.ingest.settings import IngestSettings
from services.notify.settings import NotifySettings
from services.schema.settings import SchemaSettings
from services.sweep.settings import SweepSettings
from shared.platform.consumer import QueueSettings
from shared.platform.settings import DatabaseSettings, OutboxSettings, Settings
from tests.template import properties

SETTINGS: dict[str, list[type[Settings]]] = {
    "SchemaFunction": [SchemaSettings, DatabaseSettings],
    "IngestFunction": [IngestSettings, DatabaseSettings, OutboxSettings, QueueSettings],
    "ApiFunction": [ApiSettings, DatabaseSettings],
    "ClassifyFunction": [ClassifySettings, DatabaseSettings, OutboxSettings],
    "ClassifyDeadLettersFunction": [SenderSettings, DatabaseSettings, OutboxSettings],
    "BreakerFunction": [BreakerSettings],
    "CategorizeFunction": [CategorizeSettings, DatabaseSettings, OutboxSettings, QueueSettings],
    "NotifyFunction": [NotifySettings, DatabaseSettings, OutboxSettings, QueueSettings],
    "CurateFunction": [DatabaseSettings, OutboxSettings, QueueSettings],
    "SweepFunction": [SweepSettings, DatabaseSettings, OutboxSettings],
}
FUNCTIONS = properties("AWS::Serverless::Function")


def environment(function: str) -> dict[str, Any]:
    variables: dict[str, Any] = FUNCTIONS[function]["Environment"]["Variables"]
    return variables


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that allows something to a function or to the tracker."""
    for name, role in properties("AWS::IAM::Role").items():
        for policy in role["Policies"]:
            yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])
    for name, policy in properties("AWS::IAM::ManagedPolicy").items():
        yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
