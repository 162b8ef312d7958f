"""What ingest's checkpoint says of a file for people: how its columns and values were read."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


class _Part(BaseModel):
    """A part of a checkpoint, of this version or of an earlier one."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Unread(_Part):
    """How many values of a column could not be read, and a few of them."""

    rows: int
    examples: tuple[str, ...]


class _Layout(_Part):
    read_from: Mapping[str, str] = {}
    """By field, the columns that are not called as we call them."""
    unsure: Mapping[str, tuple[str, ...]] = {}
    """By field, columns of which each may hold it; none was taken for it."""
    ignored_columns: tuple[str, ...] = ()
    nearest: Mapping[str, str] = {}
    """By ignored column, the field that its name is nearest to."""

    passed_over: int = 0
    """Titles and further header rows."""

    @property
    def not_used(self) -> list[str]:
        """The ignored columns that nothing else is told of."""
        told = {column for columns in self.unsure.values() for column in columns}
        return [column for column in self.ignored_columns if column not in told]


class FileFacts(_Part):
    """What is told of a file besides its rows."""

    layout: _Layout = _Layout()
    unread: Mapping[str, Unread] = {}
    """By column."""
    stars_scale: int = 5
    """The best rating in the file."""


def file_facts(checkpoint: Mapping[str, Any] | None) -> FileFacts:
    """What the checkpoint says; nothing if it cannot be understood."""
    try:
        return FileFacts.model_validate(checkpoint or {})
    except ValidationError:
        return FileFacts()
