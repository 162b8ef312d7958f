"""What is found in a page: values by field, each with its source."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Source(StrEnum):
    """Where in a page a value stands, the most trusted first."""

    JSON_LD = "json-ld"
    MICRODATA = "microdata"
    RDFA = "rdfa"
    OPENGRAPH = "opengraph"
    TEXT = "text"


class Fact(NamedTuple):
    """One value of a page."""

    value: str
    source: Source


Facts = Mapping[str, Fact]


def facts_of(source: Source, values: Mapping[str, str]) -> dict[str, Fact]:
    """The values that are not empty, as found there."""
    return {name: Fact(value, source) for name, value in values.items() if value}
