"""The breaker's dependencies: the breaker with its adapters, and telemetry."""

from dataclasses import dataclass

import boto3

from services.breaker.aws import BusNews, LambdaMappings, ParameterMemory
from services.breaker.breaker import Breaker
from services.breaker.settings import BreakerSettings
from shared.model.bedrock import Model, make_bedrock_client
from shared.platform.telemetry import Telemetry

_PROBE_SECONDS = 8


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm."""

    breaker: Breaker
    telemetry: Telemetry


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """Opens them as the environment variables say."""
    settings = BreakerSettings.read()
    breaker = Breaker(
        memory=ParameterMemory(boto3.client("ssm"), settings.breaker_parameter),
        mappings=LambdaMappings(boto3.client("lambda"), settings.mappings, telemetry),
        model=Model(make_bedrock_client(_PROBE_SECONDS), settings.model_id),
        news=BusNews(boto3.client("events"), settings.bus_name, settings.model_id, telemetry),
    )
    return Dependencies(breaker, telemetry)
