"""Classify's dependencies: settings, database, SQS, worker, vectors, telemetry."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, cast

import boto3

from services.classify.cascade import Cascade
from services.classify.prompt_library import Library
from services.classify.settings import ClassifySettings
from services.classify.vectors import VectorSource
from services.classify.worker import Worker
from shared.model.bedrock import Model
from shared.model.bedrock_client import make_bedrock_client
from shared.model.embedding import Embedder, InvokeClient
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry
from shared.platform.transience import CLIENT_CONFIG

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

READ_SECONDS = 30
"""Read timeout of one model call."""
EMBEDDING_READ_SECONDS = 5
EMBEDDING_THREADS = 16
_SYSTEM = random.SystemRandom()


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
    vectors: VectorSource
    telemetry: Telemetry
    today: Callable[[], date] = today
    library: Library = field(init=False)
    """Prompts by profile, kept while the function is warm."""
    cascade: Cascade | None = field(init=False)
    """None if it is off."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "library", Library(self.worker.model.family.answer_form))
        object.__setattr__(self, "cascade", self._cascade())

    def _cascade(self) -> Cascade | None:
        settings = self.settings
        if settings.cascade == "off":
            return None
        return Cascade(self.database, settings.embedding_model_id, settings.cascade_target, _SYSTEM.random)


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """Opens them as the environment variables say."""
    settings = ClassifySettings.read()
    client = make_bedrock_client(READ_SECONDS, settings.parallel_calls)
    worker = Worker(Model(client, settings.model_id), settings)
    database, sqs = open_database(), boto3.client("sqs", config=CLIENT_CONFIG)
    embeds = cast(InvokeClient, make_bedrock_client(EMBEDDING_READ_SECONDS, EMBEDDING_THREADS))
    embedder = Embedder(embeds, settings.embedding_model_id, EMBEDDING_THREADS)
    vectors = VectorSource(database, embedder, telemetry, worker.clock.now)
    return Dependencies(settings, database, sqs, worker, vectors, telemetry)
