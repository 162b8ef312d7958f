"""Values in Thrift's compact protocol, in which Parquet has its headers: only the types that they need.

See https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

_TRUE, _FALSE, _I32, _I64, _BINARY, _LIST, _STRUCT = 1, 2, 5, 6, 8, 9, 12
_SHORT_LIST = 15


class Value(NamedTuple):
    """A value by the number of its type, encoded."""

    type: int
    data: bytes


def varint(number: int) -> bytes:
    """A number that is not negative: seven bits a byte, the lowest first."""
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)


def of_bool(*, value: bool) -> Value:
    """A boolean as a field of a struct, where its type says it all."""
    return Value(_TRUE if value else _FALSE, b"")


def of_i32(number: int) -> Value:
    """A number of 32 bits."""
    return Value(_I32, varint(_zigzag(number)))


def of_i64(number: int) -> Value:
    """A number of 64 bits."""
    return Value(_I64, varint(_zigzag(number)))


def of_text(text: str) -> Value:
    """Characters, as UTF-8."""
    data = text.encode()
    return Value(_BINARY, varint(len(data)) + data)


def of_list(values: Sequence[Value]) -> Value:
    """Values of one type; structs, if there are none."""
    kind, count = (values[0].type if values else _STRUCT), len(values)
    head = bytes([count << 4 | kind]) if count < _SHORT_LIST else bytes([0xF0 | kind]) + varint(count)
    return Value(_LIST, head + b"".join(value.data for value in values))


def of_struct(fields: Mapping[int, Value]) -> Value:
    """Its fields by their numbers, which differ by less than sixteen."""
    data, before = b"", 0
    for number, value in sorted(fields.items()):
        data += bytes([(number - before) << 4 | value.type]) + value.data
        before = number
    return Value(_STRUCT, data + b"\0")


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else ~number << 1 | 1
