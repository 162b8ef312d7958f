"""The message bodies of the sweep queue, sent by schedules, by the event bus and by people."""

import json
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from shared.contracts.base import Contract
from shared.contracts.events import Envelope, EventType, ModelEvent, detail_type
from shared.contracts.records import DEFAULT_PROFILE, ExecutionId, Profile
from shared.stores.feedback_store.replay import Failed


class Sweep(Contract):
    """Each minute: publish the outbox, end days of direct feedback, push what stands still, release rows."""

    kind: Literal["sweep"] = "sweep"


class CloseDay(Contract):
    """A person wants the executions of direct feedback ended now that were opened before `before` (UTC)."""

    kind: Literal["close_day"] = "close_day"
    before: date | None = None


class TakeUntaken(Contract):
    """Each hour: have files read whose upload nobody was told of."""

    kind: Literal["take_untaken"] = "take_untaken"


class ModelIsBack(Envelope[Literal[EventType.MODEL_AVAILABLE], ModelEvent]):
    """The event ModelAvailable."""

    @property
    def model_id(self) -> str:
        """The model's id."""
        return self.detail.model_id


class Relabel(Contract):
    """A person wants earlier rows labelled under today's categories and corrections."""

    kind: Literal["relabel"] = "relabel"
    profile: Profile = DEFAULT_PROFILE
    execution_id: ExecutionId | None = None
    """Only this execution's."""


class Replay(Failed):
    """A person wants failed rows tried again."""

    kind: Literal["replay"] = "replay"


class Redraw(Contract):
    """A person wants a report rendered again, for example one that failed."""

    kind: Literal["redraw"] = "redraw"
    execution_id: ExecutionId


_Ordered = Annotated[Sweep | CloseDay | TakeUntaken | Relabel | Replay | Redraw, Field(discriminator="kind")]
Order = _Ordered | ModelIsBack
_ORDER: TypeAdapter[Order] = TypeAdapter(_Ordered)


def parse(body: str) -> Order:
    """The order in a queue's body, to the letter; or the event, without what a later version added to it."""
    message = json.loads(body)
    if detail_type(message) == EventType.MODEL_AVAILABLE:
        return ModelIsBack.model_validate(message, extra="ignore")
    return _ORDER.validate_json(body)
