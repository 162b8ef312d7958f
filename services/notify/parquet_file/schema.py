"""The columns of a Parquet file, and how its end tells of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from services.notify.parquet_file import thrift
from services.notify.parquet_file.thrift import Value

_REQUIRED, _OPTIONAL, _REPEATED = 0, 1, 2
_LIST = 3
_EMPTY = thrift.of_struct({})


class ValueType(Enum):
    """What values a column has: their physical type, and the older and the newer note of what they mean."""

    def __init__(self, physical: int, older: int | None, newer: dict[int, Value] | None) -> None:
        self.physical = physical
        self.older = older
        self.newer = newer

    TEXT = (6, 0, {1: _EMPTY})
    INTEGER = (2, None, None)
    NUMBER = (5, None, None)
    BOOLEAN = (0, None, None)
    DATE = (1, 6, {6: _EMPTY})
    # Without a zone, which the older note cannot say; the format wants it all the same.
    TIME = (2, 9, {8: thrift.of_struct({1: thrift.of_bool(value=False), 2: thrift.of_struct({1: _EMPTY})})})


@dataclass(frozen=True)
class Field:
    """A column, or a group of them.

    Attributes:
        type: of the column's values, each of which may be missing; or the fields of the group.
        many: whether each row has a list of such values or groups, in which none is missing.
    """

    name: str
    type: "ValueType | tuple[Field, ...]"
    many: bool = False


@dataclass(frozen=True)
class Column:
    """A column of plain values, and where it stands in the schema."""

    path: tuple[str, ...]
    type: ValueType
    many: bool


def elements(fields: Sequence[Field]) -> list[Value]:
    """The schema, flat: each group before what is in it."""
    root = {4: thrift.of_text("rows"), 5: thrift.of_i32(len(fields))}
    return [thrift.of_struct(root), *_elements(fields, _OPTIONAL)]


def columns(fields: Iterable[Field], above: tuple[str, ...] = (), *, many: bool = False) -> Iterator[Column]:
    """The columns of plain values, in the order of the schema.

    Args:
        above: the path of the group that the fields are in.
        many: whether that is in a list.
    """
    for field in fields:
        path = (*above, field.name, "list", "element") if field.many else (*above, field.name)
        if isinstance(field.type, ValueType):
            yield Column(path, field.type, many or field.many)
        else:
            yield from columns(field.type, path, many=many or field.many)


def _elements(fields: Iterable[Field], repetition: int) -> Iterator[Value]:
    for field in fields:
        if field.many:
            yield _element(field.name, _OPTIONAL, {5: thrift.of_i32(1)}, _LIST, {3: _EMPTY})
            yield _element("list", _REPEATED, {5: thrift.of_i32(1)})
            yield from _elements([Field("element", field.type)], _REQUIRED)
        elif isinstance(field.type, ValueType):
            what = {1: thrift.of_i32(field.type.physical)}
            yield _element(field.name, repetition, what, field.type.older, field.type.newer)
        else:
            yield _element(field.name, _REQUIRED, {5: thrift.of_i32(len(field.type))})
            yield from _elements(field.type, repetition)


def _element(
    name: str,
    repetition: int,
    what: dict[int, Value],
    older: int | None = None,
    newer: dict[int, Value] | None = None,
) -> Value:
    fields = what | {3: thrift.of_i32(repetition), 4: thrift.of_text(name)}
    if older is not None:
        fields[6] = thrift.of_i32(older)
    if newer is not None:
        fields[10] = thrift.of_struct(newer)
    return thrift.of_struct(fields)
