"""The breaker's dependencies: the breaker and the lookout with their adapters, and telemetry."""

from dataclasses import dataclass

import boto3
from botocore.config import Config

from services.breaker.aws import BusNews, LambdaMappings, ParameterMemory
from services.breaker.breaker import Breaker, State
from services.breaker.lookout import Lookout, Told
from services.breaker.settings import BreakerSettings
from shared.model.bedrock import Model
from shared.model.bedrock_client import make_bedrock_client
from shared.platform.telemetry import Telemetry
from shared.platform.transience import CLIENT_CONFIG

_PROBE_SECONDS = 8
_IMPATIENT = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1})
"""A look comes behind a probe, within the function's 30 seconds, and is made again."""


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm."""

    breaker: Breaker
    lookout: Lookout
    telemetry: Telemetry


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """Opens them as the environment variables say."""
    settings = BreakerSettings.read()
    ssm = boto3.client("ssm", config=CLIENT_CONFIG)
    events = boto3.client("events", config=CLIENT_CONFIG)
    news = BusNews(events, settings.bus_name, settings.model_id, telemetry)
    mappings = boto3.client("lambda", config=CLIENT_CONFIG)
    breaker = Breaker(
        memory=ParameterMemory(ssm, settings.breaker_parameter, State),
        mappings=LambdaMappings(mappings, settings.mappings, telemetry),
        model=Model(make_bedrock_client(_PROBE_SECONDS), settings.model_id),
        news=news,
    )
    lookout = Lookout(
        bedrock=boto3.client("bedrock", config=_IMPATIENT),
        model_ids=[settings.model_id, settings.embedding_model_id],
        memory=ParameterMemory(ssm, settings.lifecycle_parameter, Told),
        news=news,
        telemetry=telemetry,
    )
    return Dependencies(breaker, lookout, telemetry)
