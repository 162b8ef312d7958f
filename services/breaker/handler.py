"""Consumer of the breaker's queue: ModelUnavailable from the event bus, and a tick each minute."""

import json
from datetime import UTC, datetime
from typing import Literal

from services.breaker.breaker import Circuit
from services.breaker.dependencies import Dependencies, open_dependencies
from shared.contracts.events import Envelope, EventType, ModelEvent, detail_type
from shared.platform.consumer import Attempt, Consumer

Outage = Envelope[Literal[EventType.MODEL_UNAVAILABLE], ModelEvent]


def parse(body: str) -> Outage | None:
    """The outage that a message announces; None for any other body, which counts as a tick."""
    message = json.loads(body)
    return Outage.model_validate(message) if detail_type(message) == EventType.MODEL_UNAVAILABLE else None


def tick_or_open(deps: Dependencies, outage: Outage | None, _: Attempt) -> None:
    """Opens the circuit at an outage; at a tick, probes the model."""
    now = datetime.now(UTC)
    if outage is None:
        circuit = deps.breaker.tick(now)
        # No value while it is closed: a metric costs by the hour in which it has one.
        if circuit is Circuit.OPEN:
            deps.telemetry.count("BreakerOpen")
        return
    event = outage.detail
    deps.telemetry.logger.warning("model unavailable", cause=event.cause, needs_person=event.needs_person)
    deps.telemetry.count("ModelUnavailable")
    deps.breaker.unavailable(event, outage.time or now, now)


consumer = Consumer("breaker", open_dependencies, parse, tick_or_open)
handler = consumer.handler
