"""The function of notify, and what it is sent."""

import json
from datetime import date
from typing import Any

from services.notify import handler
from services.notify.inbox import ModelNews
from shared.contracts.events import Counts, EventType, ExecutionEvent, ModelEndingEvent
from tests.builders import a_context
from tests.integration.notify_case import ID


def invoke(*bodies: str, attributes: dict[str, str] | None = None, name: str = "") -> list[str]:
    """The function with a batch of these; which of them failed, by their name and place."""
    carried = {key: {"stringValue": value, "dataType": "String"} for key, value in (attributes or {}).items()}
    records = [
        {
            "messageId": f"{name}{i}",
            "body": body,
            "eventSource": "aws:sqs",
            "receiptHandle": "r",
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": carried,
        }
        for i, body in enumerate(bodies)
    ]
    answer: Any = handler.handler({"Records": records}, a_context("notify"))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def envelope(event_type: EventType, **changes: Any) -> str:
    event = ExecutionEvent(execution_id=ID, profile="feedback", status="x", counts=Counts(), **changes)
    detail = event.model_dump(mode="json")
    return json.dumps({"source": "insights", "detail-type": event_type, "detail": detail})


def news(event_type: EventType, **changes: Any) -> ModelNews:
    fields: dict[str, Any] = {"model_id": "m", "cause": "ThrottlingException"} | changes
    return ModelNews.model_validate({"detail-type": event_type, "detail": fields})


def ending(stage: int) -> str:
    event = ModelEndingEvent(
        model_id="m", name="maker.m", ends_on=date(2027, 3, 14), days_left=stage, stage=stage, candidates=()
    )
    detail = event.model_dump(mode="json")
    return json.dumps({"source": "insights", "detail-type": EventType.MODEL_ENDING, "detail": detail})
