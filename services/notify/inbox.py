"""The bodies of the notify queue: events of the bus, the tracker's messages, and notices."""

import json
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from shared.contracts.events import (
    Envelope,
    EventType,
    ExecutionEnvelope,
    ModelEndingEvent,
    ModelEvent,
    detail_type,
)
from shared.contracts.messages import ContinueReport, DigestDue, TrackerTimedOut, TrackerWaiting
from shared.contracts.notices import AnyNotice


class ExecutionNews(
    ExecutionEnvelope[
        Literal[EventType.EXECUTION_CATEGORIZED, EventType.EXECUTION_REVISED, EventType.EXECUTION_FAILED]
    ]
):
    """An execution is to be reported, anew or for the first time, or has failed."""


class ModelNews(Envelope[Literal[EventType.MODEL_UNAVAILABLE, EventType.MODEL_AVAILABLE], ModelEvent]):
    """The model stopped or started answering."""


class EndingNews(Envelope[Literal[EventType.MODEL_ENDING], ModelEndingEvent]):
    """Bedrock is going to end a model."""


News = ExecutionNews | ModelNews | EndingNews
OwnMessage = AnyNotice | ContinueReport | DigestDue | TrackerWaiting | TrackerTimedOut
Message = News | OwnMessage
_NEWS: TypeAdapter[News] = TypeAdapter(News)
_OWN: TypeAdapter[OwnMessage] = TypeAdapter(Annotated[OwnMessage, Field(discriminator="kind")])


def parse(body: str) -> Message:
    """The message in a queue's body; an event without what a later version added to it.

    Unlike pydantic, json reads what a mail cannot hold and leaves out.
    """
    message = json.loads(body)
    if detail_type(message) is not None:
        return _NEWS.validate_python(message, extra="ignore")
    return _OWN.validate_python(message)
