"""What the feedback queues bring: messages, read as records or found to be none."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared.contracts.errors import PermanentError
from shared.contracts.records import DirectFeedback, FileMessage, Record

ALONE_FROM_RECEIVE = 3
"""From this receive on a message is handled alone: its batch has crashed the function before."""

_MOST_ERRORS = 5


class InvalidMessage(PermanentError):
    """A body that is no feedback; the text says why, in our words and the field's name."""


@dataclass(frozen=True)
class Incoming:
    """One SQS message.

    Attributes:
        receives: how often SQS has handed it out, this time included.
        deferrals: how often it was put back because the model was busy.
    """

    message_id: str
    body: str
    queue_arn: str
    receives: int = 1
    deferrals: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 of the body, in hex: what an invalid message is known by."""
        return hashlib.sha256(self.body.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Delivery:
    """A message and the record that it carries."""

    incoming: Incoming
    record: Record
    execution_key: str | None
    """What proves that ingest sent it; None for direct feedback, which names no execution."""


@dataclass(frozen=True)
class Rejection:
    """A message that is no feedback, and why."""

    incoming: Incoming
    reason: str


def from_sqs(raw: Mapping[str, Any]) -> Incoming:
    """The message as Lambda hands it over."""
    deferrals = raw.get("messageAttributes", {}).get("deferrals", {}).get("stringValue") or "0"
    return Incoming(
        message_id=raw["messageId"],
        body=raw["body"],
        queue_arn=raw["eventSourceARN"],
        receives=int(raw.get("attributes", {}).get("ApproximateReceiveCount", 1)),
        # Any producer may send any attribute.
        deferrals=int(deferrals) if deferrals.isascii() and deferrals.isdigit() and len(deferrals) < 6 else 0,
    )


def read(messages: Iterable[Incoming]) -> tuple[list[Delivery], list[Rejection]]:
    """The messages as records, and those that are none."""
    deliveries, rejections = [], []
    for incoming in messages:
        try:
            deliveries.append(parse(incoming))
        except InvalidMessage as error:
            rejections.append(Rejection(incoming, str(error)))
        except Exception:  # noqa: BLE001  # one message, whatever is in it, must not cost its neighbours
            rejections.append(Rejection(incoming, "the message cannot be read"))
    return deliveries, rejections


def parse(incoming: Incoming) -> Delivery:
    """The record in the message's body.

    Raises:
        InvalidMessage: it is neither of the two forms.
    """
    try:
        content = json.loads(incoming.body)
    except (ValueError, RecursionError) as error:
        raise InvalidMessage("the message is not JSON") from error
    if not isinstance(content, dict):
        raise InvalidMessage("the message is not a JSON object")
    try:
        return _from_file(incoming, content) if "execution_id" in content else _direct(incoming, content)
    except ValidationError as error:
        raise InvalidMessage(_explain(error)) from error


def _from_file(incoming: Incoming, content: Mapping[str, Any]) -> Delivery:
    message = FileMessage.model_validate(content)
    record = Record(
        record_id=message.record_id,
        profile=message.profile,
        execution_id=message.execution_id,
        row_number=message.row_number,
        feedback=message.feedback,
    )
    return Delivery(incoming, record, message.execution_key)


def _direct(incoming: Incoming, content: Mapping[str, Any]) -> Delivery:
    direct = DirectFeedback.model_validate(content)
    record = Record(record_id=direct.id, profile=direct.profile, feedback=direct.to_feedback())
    return Delivery(incoming, record, None)


def _explain(error: ValidationError) -> str:
    """Each wrong field's name with what is wrong about it; never its value."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    said = [f"{'.'.join(map(str, each['loc']))[:100] or 'message'}: {each['msg']}" for each in errors]
    return "; ".join(said[:_MOST_ERRORS])
