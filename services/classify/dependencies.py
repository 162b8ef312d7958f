"""What classify's work is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import boto3

from services.classify.prompt_library import Library
from services.classify.settings import ClassifySettings
from services.classify.worker import Worker
from shared.model.bedrock import Model, make_bedrock_client
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

READ_SECONDS = 30
"""Longest wait for one answer of the model."""


def today() -> date:
    """The date in UTC."""
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm."""

    settings: ClassifySettings
    database: Database
    sqs: "SQSClient"
    worker: Worker
    telemetry: Telemetry
    today: Callable[[], date] = today
    library: Library = field(init=False)
    """The prompts that were made so far."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "library", Library(self.worker.model.family.answer_form))


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """As the environment says."""
    settings = ClassifySettings.read()
    worker = Worker(Model(make_bedrock_client(READ_SECONDS), settings.model_id), settings)
    return Dependencies(settings, open_database(), boto3.client("sqs"), worker, telemetry)
