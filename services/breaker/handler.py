"""Consumer of the breaker's queue: ModelUnavailable from the event bus, and a tick a minute."""

import json
from datetime import UTC, datetime
from typing import Literal

from services.breaker.breaker import Circuit
from services.breaker.dependencies import Dependencies, open_dependencies
from shared.contracts.base import Contract
from shared.contracts.events import Envelope, EventType, ModelEvent, detail_type
from shared.platform.consumer import Attempt, Consumer

Outage = Envelope[Literal[EventType.MODEL_UNAVAILABLE], ModelEvent]


class Look(Contract):
    """A person wants to know now whether a model is going to end."""

    kind: Literal["lifecycle"] = "lifecycle"


Order = Outage | Look | None


def parse(body: str) -> Order:
    """The outage that a message announces, or the order to look; None for any other body: a tick."""
    message = json.loads(body)
    if detail_type(message) == EventType.MODEL_UNAVAILABLE:
        # Fields of a later version are passed over.
        return Outage.model_validate(message, extra="ignore")
    return Look() if message.get("kind") == "lifecycle" else None


def act(deps: Dependencies, order: Order, _: Attempt) -> None:
    """Opens the circuit at an outage; at a tick, probes the model, and looks daily whether one will end."""
    now = datetime.now(UTC)
    if isinstance(order, Look):
        deps.lookout.look(now)
        return
    if order is None:
        circuit = deps.breaker.tick(now)
        # No value while it is closed: a metric costs by the hour in which it has one.
        if circuit is Circuit.OPEN:
            deps.telemetry.count("BreakerOpen")
        deps.lookout.look_daily(now)
        return
    event = order.detail
    deps.telemetry.logger.warning("model unavailable", cause=event.cause, needs_person=event.needs_person)
    deps.telemetry.count("ModelUnavailable")
    deps.breaker.unavailable(event, order.time or now, now)


consumer = Consumer("breaker", open_dependencies, parse, act)
handler = consumer.handler
