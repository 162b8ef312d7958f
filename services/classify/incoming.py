"""Parses the messages of the feedback queue into records."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from services.classify.wrapping import NotUnwrapped, unwrap
from shared.contracts.errors import PermanentError
from shared.contracts.records import (
    API_SOURCE,
    DirectFeedback,
    FileMessage,
    ParkedMessage,
    Record,
    RecordId,
    RowMessage,
)
from shared.platform.received import Received

ALONE_FROM_RECEIVE = 3
"""From this receive on a message is handled alone: the function may have crashed on its batch before."""

_MOST_ERRORS = 5


class InvalidMessage(PermanentError):
    """A body that is no feedback; the text says why, in our words and the field's name.

    Attributes:
        of_profile: whether its profile is to blame.
    """

    def __init__(self, reason: str, *, of_profile: bool = False) -> None:
        super().__init__(reason)
        self.of_profile = of_profile


class Forged(InvalidMessage):
    """A message that poses as one of the API's."""

    def __init__(self) -> None:
        super().__init__(f"source: must not begin with {API_SOURCE!r}, as those of the API do")


@dataclass(frozen=True)
class Delivery:
    """A message and the record that it carries."""

    message: Received
    record: Record
    execution_key: str | None
    """Proof that ingest or the sweeper sent it; None for direct feedback, which names no execution."""
    identity: str | None = None
    """What all versions of a direct record share; None for rows of files and what is sent again."""
    former_id: RecordId | None = None
    """The record's id in a row of before 2026-11-28, when a producer's id was the record's."""

    @property
    def ids(self) -> set[RecordId]:
        """Those that its row may have."""
        return {self.record.record_id, self.former_id or self.record.record_id}


@dataclass(frozen=True)
class Rejection:
    """A message that is no feedback, and why."""

    message: Received
    reason: str
    of_profile: bool = False
    """Whether the known profiles are to be named."""


def read(
    messages: Iterable[Received], api_senders: Collection[str] = ()
) -> tuple[list[Delivery], list[Rejection]]:
    """Parses the messages; returns the deliveries, and the messages that are no feedback.

    Args:
        api_senders: who may name a source of the API; empty: anybody.
    """
    deliveries, rejections = [], []
    for message in messages:
        try:
            deliveries.append(parse(message, api_senders))
        except Forged as error:
            rejections.append(Rejection(replace(message, forged=True), str(error)))
        except InvalidMessage as error:
            rejections.append(Rejection(message, str(error), error.of_profile))
        except Exception:  # noqa: BLE001  # one message, whatever is in it, must not cost its neighbours
            rejections.append(Rejection(message, "the message cannot be read"))
    return deliveries, rejections


def parse(message: Received, api_senders: Collection[str] = ()) -> Delivery:
    """The record in the message's body, also where SNS or EventBridge stands around it.

    Args:
        api_senders: as in `read`.

    Raises:
        InvalidMessage: it is none of the three forms.
        Forged: it poses as the API's.
    """
    try:
        content, wrapped = unwrap(message.body)
        # Neither ingest nor the sweeper sends through SNS or EventBridge: what came by them is direct.
        if not wrapped and "record_id" in content:
            return _of_row(message, ParkedMessage.model_validate(content))
        if not wrapped and "execution_id" in content:
            return _of_row(message, FileMessage.model_validate(content))
        return _direct(message, content, api_senders)
    except ValidationError as error:
        of_profile = any(each["loc"] == ("profile",) for each in error.errors())
        raise InvalidMessage(_explain(error), of_profile=of_profile) from error
    except NotUnwrapped as error:
        raise InvalidMessage(str(error)) from error


def _of_row(received: Received, message: RowMessage) -> Delivery:
    record = Record.model_validate(message, from_attributes=True)
    return Delivery(_grouped(received, message.message_group), record, message.execution_key)


def _direct(received: Received, content: Mapping[str, Any], api_senders: Collection[str]) -> Delivery:
    direct = DirectFeedback.model_validate(content)
    if direct.source.startswith(API_SOURCE) and _is_forged(received, api_senders):
        raise Forged
    record = Record(record_id=direct.record_id, profile=direct.profile, feedback=direct.to_feedback())
    former_id = None if direct.source else direct.id
    message = _grouped(received, direct.message_group)
    return Delivery(message, record, None, identity=direct.identity, former_id=former_id)


def _is_forged(message: Received, api_senders: Collection[str]) -> bool:
    return message.forged or (bool(api_senders) and message.sender not in api_senders)


def _grouped(message: Received, group: str) -> Received:
    """The message, whose copies are of this group if its producer named none."""
    return message if message.message_group else replace(message, message_group=group)


def _explain(error: ValidationError) -> str:
    """Names each wrong field with the reason, without its value."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    said = [f"{'.'.join(map(str, each['loc']))[:100] or 'message'}: {each['msg']}" for each in errors]
    return "; ".join(said[:_MOST_ERRORS])
