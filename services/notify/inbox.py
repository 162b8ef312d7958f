"""The bodies of the notify queue: the bus's envelopes, the tracker's messages, and notices."""

import json
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from shared.contracts.base import Contract
from shared.contracts.errors import InsightsError
from shared.contracts.events import EventType, ExecutionEvent, ModelEvent
from shared.contracts.messages import TrackerTimedOut, TrackerWaiting
from shared.contracts.notices import AnyNotice
from shared.contracts.records import ExecutionId

_EXECUTION_EVENTS = (
    EventType.EXECUTION_CATEGORIZED,
    EventType.EXECUTION_REVISED,
    EventType.EXECUTION_FAILED,
)
_MODEL_EVENTS = (EventType.MODEL_UNAVAILABLE, EventType.MODEL_AVAILABLE)


class UnreadableMessage(InsightsError):
    """Not a message of the notify queue. It goes to the dead-letter queue, where its body is kept."""


class ExecutionNews(Contract):
    """An event of the bus about an execution."""

    event_type: EventType
    event: ExecutionEvent

    @property
    def execution_id(self) -> ExecutionId:
        """Which one."""
        return self.event.execution_id


class ModelNews(Contract):
    """An event of the bus about the model."""

    event_type: EventType
    event: ModelEvent


OwnMessage = AnyNotice | TrackerWaiting | TrackerTimedOut
Message = ExecutionNews | ModelNews | OwnMessage
_OWN_MESSAGE: TypeAdapter[OwnMessage] = TypeAdapter(Annotated[OwnMessage, Field(discriminator="kind")])


def parse(body: str) -> Message:
    """The message in a queue's body.

    Raises:
        UnreadableMessage: no JSON, of another form, or an event that notify does not wait for.
    """
    try:
        fields = json.loads(body)
        if isinstance(fields, dict) and "detail-type" in fields:
            return _envelope(fields)
        return _OWN_MESSAGE.validate_python(fields)
    except (ValidationError, ValueError, KeyError, RecursionError) as error:
        raise UnreadableMessage(f"not a message of the notify queue ({type(error).__name__})") from error


def _envelope(fields: dict[str, Any]) -> Message:
    event_type = EventType(fields["detail-type"])
    if event_type in _EXECUTION_EVENTS:
        return ExecutionNews(event_type=event_type, event=ExecutionEvent.model_validate(fields["detail"]))
    if event_type in _MODEL_EVENTS:
        return ModelNews(event_type=event_type, event=ModelEvent.model_validate(fields["detail"]))
    raise ValueError(f"nobody is told of {event_type}")
