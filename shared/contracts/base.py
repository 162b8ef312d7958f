"""The base of everything that crosses a border: a queue, an event, an API, a database row."""

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """Frozen, strict about unknown fields: a producer's typo is an error, never a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")
