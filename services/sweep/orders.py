"""The bodies of the sweep queue: what the schedules, the bus and people want done."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from shared.contracts.base import Contract
from shared.contracts.events import Envelope, EventType, ModelEvent
from shared.contracts.records import DEFAULT_PROFILE, ExecutionId, Profile
from shared.stores.feedback_store.replay import Failed


class Sweep(Contract):
    """Each minute: publish, look for what stands still, release what waited."""

    kind: Literal["sweep"] = "sweep"


class CloseDay(Contract):
    """Each day: end the executions of direct feedback opened before `before` (UTC; default: today)."""

    kind: Literal["close_day"] = "close_day"
    before: date | None = None


class ModelIsBack(Envelope[Literal[EventType.MODEL_AVAILABLE], ModelEvent]):
    """The bus says that a model answers again."""

    @property
    def model_id(self) -> str:
        """Which one."""
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
    """A person wants a report drawn anew, for example one that could not be drawn."""

    kind: Literal["redraw"] = "redraw"
    execution_id: ExecutionId


Order = Sweep | CloseDay | Relabel | Replay | Redraw | ModelIsBack
_ORDER: TypeAdapter[Order] = TypeAdapter(
    Annotated[Sweep | CloseDay | Relabel | Replay | Redraw, Field(discriminator="kind")] | ModelIsBack
)
parse = _ORDER.validate_json
