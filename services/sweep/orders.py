"""The bodies of the sweep queue: what the schedules, the bus and people want done."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from shared.contracts.base import Contract
from shared.contracts.events import EventType, ModelEvent
from shared.contracts.records import DEFAULT_PROFILE, ExecutionId, Profile
from shared.stores.feedback_store.replay import Failed


class Sweep(Contract):
    """Each minute: publish, look for what stands still, release what waited."""

    kind: Literal["sweep"] = "sweep"


class CloseDay(Contract):
    """Each day: end the executions of direct feedback opened before `before` (UTC; default: today)."""

    kind: Literal["close_day"] = "close_day"
    before: date | None = None


class ModelIsBack(Contract):
    """The bus says that this model answers again."""

    kind: Literal["model_is_back"] = "model_is_back"
    model_id: str


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


Sent = Sweep | CloseDay | Relabel | Replay | Redraw
Order = Sent | ModelIsBack
_ORDER: TypeAdapter[Sent] = TypeAdapter(Annotated[Sent, Field(discriminator="kind")])


def read_order(body: str) -> Order:
    """The order in a message.

    Raises:
        pydantic.ValidationError: it is none that we know.
    """
    content: Mapping[str, Any] = json.loads(body)
    if content.get("detail-type") == EventType.MODEL_AVAILABLE:
        return ModelIsBack(model_id=ModelEvent.model_validate(content["detail"]).model_id)
    return _ORDER.validate_python(content)
