"""What categorize's work is given."""

from dataclasses import dataclass
from typing import cast

from services.categorize.embedding import Embedder, InvokeClient
from services.categorize.settings import CategorizeSettings
from shared.model.bedrock import Model, make_bedrock_client
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry

RESERVE_SECONDS = 75.0
"""Left for what a step can take at most: a model call has its own time-out of a minute."""


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm."""

    settings: CategorizeSettings
    database: Database
    model: Model
    embedder: Embedder
    telemetry: Telemetry


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """As the environment says."""
    settings = CategorizeSettings.read()
    bedrock = make_bedrock_client()
    return Dependencies(
        settings=settings,
        database=open_database(),
        model=Model(bedrock, settings.model_id),
        embedder=Embedder(cast(InvokeClient, bedrock), settings.embedding_model_id),
        telemetry=telemetry,
    )
