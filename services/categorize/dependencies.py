"""Categorize's dependencies: settings, database, model, embedder, telemetry."""

from dataclasses import dataclass
from typing import cast

from services.categorize.settings import CategorizeSettings
from shared.model.bedrock import Model
from shared.model.bedrock_client import make_bedrock_client
from shared.model.embedding import Embedder, InvokeClient
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry

RESERVE_SECONDS = 75.0
"""Seconds kept for the longest step: a model call has a timeout of a minute."""


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm."""

    settings: CategorizeSettings
    database: Database
    model: Model
    embedder: Embedder
    telemetry: Telemetry


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """Opens them as the environment variables say."""
    settings = CategorizeSettings.read()
    bedrock = make_bedrock_client()
    return Dependencies(
        settings=settings,
        database=open_database(),
        model=Model(bedrock, settings.model_id),
        embedder=Embedder(cast(InvokeClient, bedrock), settings.embedding_model_id),
        telemetry=telemetry,
    )
