"""The breaker's queue: news of outages from the bus, and a tick each minute from a schedule."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.breaker.breaker import Circuit
from services.breaker.dependencies import Dependencies, open_dependencies
from shared.contracts.events import EventType, ModelEvent
from shared.platform.consumer import Attempt, Consumer


def tick_or_open(deps: Dependencies, body: Mapping[str, Any], _: Attempt) -> None:
    """Opens the circuit at news of an outage; anything else is a tick."""
    now = datetime.now(UTC)
    deps.telemetry.count("BreakerMessages")
    if body.get("detail-type") != EventType.MODEL_UNAVAILABLE:
        circuit = deps.breaker.tick(now)
        deps.telemetry.count("BreakerOpen", int(circuit is Circuit.OPEN))
        return
    outage = ModelEvent.model_validate(body["detail"])
    happened_at = datetime.fromisoformat(body["time"]) if "time" in body else now
    deps.telemetry.logger.warning("model unavailable", cause=outage.cause, needs_person=outage.needs_person)
    deps.telemetry.count("ModelUnavailable")
    deps.breaker.unavailable(outage, happened_at, now)


consumer = Consumer("breaker", open_dependencies, json.loads, tick_or_open)
handler = consumer.handler
