"""Attributes: what a profile has the model answer besides labels, and how such values are read and shown."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.base import Contract
from shared.contracts.names import clean_name, name_key

LONGEST_VALUE = 500
"""Characters of a text, or of one value of a list."""
MOST_VALUES = 20
"""Values of a list."""
NOTHING = frozenset({"", "-", "–", "—", "null", "none", "n/a", "unknown", "?"})
"""How a model says that a record does not tell."""
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_NUMBER = re.compile(r"[-+−]?\d{1,18}(?:\.\d{1,9})?", re.ASCII)
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
_MONEY = re.compile(r"(?:([A-Z]{3})\s*)?([-+−]?\d[\d.,]{0,24})(?:\s*([A-Z]{3}))?", re.ASCII)


class AttributeType(StrEnum):
    """The type of an attribute's values."""

    ENUMERATION = "enumeration"
    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    BOOLEAN = "boolean"
    LIST = "list"


class Money(Contract):
    """An amount, and its currency by ISO 4217 if that is known."""

    amount: int | float
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None


AttributeValue = bool | int | float | str | Money | tuple[str, ...]
AttributeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Option = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^|\[\]<>]+$")
]
_OF_THE_ANSWER = frozenset({"entry", "category", "sentiment"})
"""What an answer says of every record, so that no attribute can be called so."""


class Found(Contract):
    """A value that was found before any model was asked, and where: `json-ld`, `microdata`, `text`, …"""

    value: AttributeValue
    source: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$")]


class Attribute(Contract):
    """One further answer about each record.

    Attributes:
        values: of an enumeration.
        required: whether a record without it is asked again.
    """

    name: AttributeName
    type: AttributeType
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    values: Annotated[tuple[Option, ...], Field(max_length=50)] = ()
    required: bool = False

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.name in _OF_THE_ANSWER:
            raise ValueError(f"{self.name!r} is asked of every record: choose another name")
        if (self.type is AttributeType.ENUMERATION) != bool(self.values):
            raise ValueError("an enumeration needs values, and no other type has them")
        if len({name_key(value) for value in self.values}) < len(self.values):
            raise ValueError("values: two are the same")
        if any(value.isdigit() for value in self.values):
            raise ValueError("values: a number stands for the place of a value: use words, or type number")
        return self

    def read(self, said: str) -> AttributeValue | None:
        """The value that a text stands for; None if it says that there is none.

        Raises:
            ValueError: it stands for no value of this type.
        """
        text = clean_name(said)
        if text.casefold() in NOTHING and text.casefold() not in map(str.casefold, self.values):
            return None
        return _READERS[self.type](self, text)


def number_of(text: str) -> int | float:
    """A number with a decimal point; commas may part thousands.

    Raises:
        ValueError: it is none.
    """
    plain = _GROUPED.sub("", text.strip()).replace("−", "-")
    if not _NUMBER.fullmatch(plain):
        raise ValueError("no number")
    return float(plain) if "." in plain else int(plain)


def shown(value: object) -> str:
    """A value, as it was found or as the database keeps it, as a cell of a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    if isinstance(value, Money):
        value = value.model_dump()
    if isinstance(value, Mapping):
        parts = (value.get("amount"), value.get("currency"))
        return " ".join(str(part) for part in parts if part is not None)
    return str(value)


def _enumeration(attribute: Attribute, text: str) -> str:
    match = re.fullmatch(r"#?(\d{1,3})(?:[.:)\s]+(\D.*))?", text)
    by_key = {name_key(value): value for value in attribute.values}
    if match is None:
        if name_key(text) not in by_key:
            raise ValueError("none of the values")
        return by_key[name_key(text)]
    number, name = int(match[1]), match[2]
    if not 1 <= number <= len(attribute.values):
        raise ValueError("none of the values")
    value = attribute.values[number - 1]
    if name is not None and name_key(name) != name_key(value):
        raise ValueError("a number and the name of another value")
    return value


def _money(_: Attribute, text: str) -> Money:
    match = _MONEY.fullmatch(text)
    if match is None or (match[1] and match[3] and match[1] != match[3]):
        raise ValueError("no amount with a currency")
    return Money(amount=number_of(match[2]), currency=match[1] or match[3])


def _date(_: Attribute, text: str) -> str:
    return date.fromisoformat(text[:10] if re.fullmatch(r"\d{4}-\d\d-\d\d[T ].*", text) else text).isoformat()


def _boolean(_: Attribute, text: str) -> bool:
    word = text.casefold()
    if word not in _TRUE | _FALSE:
        raise ValueError("neither true nor false")
    return word in _TRUE


def _list(_: Attribute, text: str) -> tuple[str, ...]:
    parts = [part.strip()[:LONGEST_VALUE] for part in text.split(";")]
    return tuple(dict.fromkeys(part for part in parts if part))[:MOST_VALUES]


_READERS: Mapping[AttributeType, Callable[[Attribute, str], AttributeValue]] = {
    AttributeType.ENUMERATION: _enumeration,
    # What a model is asked for in a few words may be cut; the record itself holds the whole.
    AttributeType.TEXT: lambda _, text: text[:LONGEST_VALUE],
    AttributeType.NUMBER: lambda _, text: number_of(text),
    AttributeType.MONEY: _money,
    AttributeType.DATE: _date,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.LIST: _list,
}
