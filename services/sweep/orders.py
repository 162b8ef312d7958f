"""The bodies of the sweep queue: what the schedules and the bus want done."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from shared.contract import Contract
from shared.events import EventType, ModelEvent


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


Order = Sweep | CloseDay | ModelIsBack
_ORDER: TypeAdapter[Sweep | CloseDay] = TypeAdapter(Annotated[Sweep | CloseDay, Field(discriminator="kind")])


def read_order(body: str) -> Order:
    """The order in a message.

    Raises:
        pydantic.ValidationError: it is none that we know.
    """
    content: Mapping[str, Any] = json.loads(body)
    if content.get("detail-type") == EventType.MODEL_AVAILABLE:
        return ModelIsBack(model_id=ModelEvent.model_validate(content["detail"]).model_id)
    return _ORDER.validate_python(content)
