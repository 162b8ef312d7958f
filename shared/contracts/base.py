"""The base of everything that crosses a border: a queue, an event, an API, a database row."""

import json
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

T = TypeVar("T")


class Contract(BaseModel):
    """Frozen, strict about unknown fields: a producer's typo is an error, never a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tolerant(Contract):
    """Frozen; passes over fields it does not know: a row, or what others and earlier versions wrote."""

    model_config = ConfigDict(extra="ignore")


def _from_json(value: object) -> object:
    return json.loads(value) if isinstance(value, str | bytes) else value


FromJson = Annotated[T, BeforeValidator(_from_json)]
"""A column that the database holds as JSON."""
