"""Lambda entry point of the circuit breaker: news of outages, and a tick each minute, by one queue."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, process_partial_response
from aws_lambda_powertools.utilities.batch import EventType as BatchType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from services.breaker.breaker import Breaker, Circuit, State
from services.breaker.settings import BreakerSettings
from shared.contracts.errors import TransientError
from shared.contracts.events import SOURCE, EventType, ModelEvent
from shared.model.bedrock import Model, make_bedrock_client
from shared.platform.telemetry import make_logger, make_metrics, make_tracer, note_failure

_PROBE_SECONDS = 8

logger = make_logger("breaker")
tracer = make_tracer("breaker")
metrics = make_metrics("breaker")
processor = BatchProcessor(event_type=BatchType.SQS, raise_on_entire_batch_failure=False)


class NewsNotTaken(TransientError):
    """EventBridge refused an event; the next tick tells it again."""


class ParameterMemory:
    """The state as JSON in an SSM parameter."""

    def __init__(self, ssm: Any, name: str) -> None:
        self._ssm = ssm
        self._name = name

    def load(self) -> State:
        return State.model_validate_json(self._ssm.get_parameter(Name=self._name)["Parameter"]["Value"])

    def save(self, state: State) -> None:
        self._ssm.put_parameter(Name=self._name, Value=state.model_dump_json(), Type="String", Overwrite=True)


class LambdaMappings:
    """Event source mappings, by their UUIDs."""

    def __init__(self, client: Any, mapping_ids: Sequence[str]) -> None:
        self._client = client
        self._ids = mapping_ids

    def enable(self) -> bool:
        return self._switch(on=True)

    def disable(self) -> bool:
        return self._switch(on=False)

    def _switch(self, *, on: bool) -> bool:
        results = [self._set(mapping_id, on=on) for mapping_id in self._ids]
        return all(results)

    def _set(self, mapping_id: str, *, on: bool) -> bool:
        wanted = ("Enabled", "Enabling") if on else ("Disabled", "Disabling")
        if self._client.get_event_source_mapping(UUID=mapping_id)["State"] in wanted:
            return True
        try:
            self._client.update_event_source_mapping(UUID=mapping_id, Enabled=on)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceInUseException":
                raise
            # It is just changing: the next tick tries again.
            return False
        logger.info("mapping switched", extra={"mapping_id": mapping_id, "enabled": on})
        return True


class BusNews:
    """ModelAvailable on the bus."""

    def __init__(self, events: Any, bus_name: str, model_id: str) -> None:
        self._events = events
        self._bus_name = bus_name
        self._model_id = model_id

    def model_available(self, cause: str) -> None:
        entry = {
            "Source": SOURCE,
            "DetailType": EventType.MODEL_AVAILABLE,
            "Detail": ModelEvent(model_id=self._model_id, cause=cause).model_dump_json(),
            "EventBusName": self._bus_name,
        }
        if self._events.put_events(Entries=[entry])["FailedEntryCount"]:
            raise NewsNotTaken("the bus did not take ModelAvailable")
        logger.info("model available", extra={"cause": cause})
        metrics.add_metric("ModelAvailable", MetricUnit.Count, 1)


@cache
def breaker() -> Breaker:
    """The function's parts, put together on first use."""
    settings = BreakerSettings.read()
    return Breaker(
        memory=ParameterMemory(boto3.client("ssm"), settings.breaker_parameter),
        mappings=LambdaMappings(boto3.client("lambda"), settings.mappings),
        model=Model(make_bedrock_client(_PROBE_SECONDS), settings.model_id),
        news=BusNews(boto3.client("events"), settings.bus_name, settings.model_id),
    )


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Hears of outages and ticks."""
    metrics.add_metric("BreakerMessages", MetricUnit.Count, len(event["Records"]))
    return process_partial_response(event, _handle, processor, context)


def _handle(record: SQSRecord) -> None:
    try:
        _answer(record)
    except Exception as error:
        # Nothing is swallowed: the message goes back to the queue.
        note_failure(logger, error)
        raise


def _answer(record: SQSRecord) -> None:
    body: Mapping[str, Any] = json.loads(record.body)
    now = datetime.now(UTC)
    if body.get("detail-type") != EventType.MODEL_UNAVAILABLE:
        circuit = breaker().tick(now)
        metrics.add_metric("BreakerOpen", MetricUnit.Count, int(circuit is Circuit.OPEN))
        return
    outage = ModelEvent.model_validate(body["detail"])
    happened_at = datetime.fromisoformat(body["time"]) if "time" in body else now
    logger.warning("model unavailable", extra={"cause": outage.cause, "needs_person": outage.needs_person})
    metrics.add_metric("ModelUnavailable", MetricUnit.Count, 1)
    breaker().unavailable(outage, happened_at, now)
