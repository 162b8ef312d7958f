"""The pages of a Parquet file: values of one column, plain, compressed by gzip, which every reader knows."""

import struct
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from services.notify.parquet_file import thrift
from services.notify.parquet_file.schema import Column, ValueType

PLAIN, RLE = 0, 3
GZIP = 2
_LEVEL, _GZIP_WINDOW = 6, 31
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - times in the database have no zone either
_MILLISECOND = timedelta(milliseconds=1)


class Page(NamedTuple):
    """A page: how many places it has, its bytes if all were plain, and as they are."""

    values: int
    raw: int
    data: bytes


def page(column: Column, rows: Sequence[Any]) -> Page:
    """The page of these rows.

    Args:
        rows: the value of each, or its list of values.
    """
    if column.many:
        count, levels, values = _of_lists(rows)
    else:
        count, levels = len(rows), _levels([value is not None for value in rows])
        values = [value for value in rows if value is not None]
    raw = levels + _plain(column.type, values)
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    packed = packing.compress(raw) + packing.flush()
    about = [thrift.of_i32(number) for number in (count, PLAIN, RLE, RLE)]
    header = thrift.of_struct(
        {
            1: thrift.of_i32(0),
            2: thrift.of_i32(len(raw)),
            3: thrift.of_i32(len(packed)),
            5: thrift.of_struct(dict(enumerate(about, 1))),
        }
    ).data
    return Page(count, len(header) + len(raw), header + packed)


def _of_lists(rows: Sequence[Sequence[Any] | None]) -> tuple[int, bytes, list[Any]]:
    """How many places lists take, which of them begin a row and which hold a value, and the values."""
    continues, holds = list[int](), list[int]()
    for row in rows:
        continues += [0, *[1] * (len(row) - 1)] if row else [0]
        holds += [2] * len(row) if row else [0 if row is None else 1]
    levels = _levels(continues) + _levels(holds)
    return len(holds), levels, [value for row in rows for value in row or ()]


def _levels(levels: Sequence[int]) -> bytes:
    """Small numbers as runs of equal ones, behind the length of all."""
    runs = b"".join(
        thrift.varint(sum(1 for _ in run) << 1) + bytes([level]) for level, run in groupby(levels)
    )
    return struct.pack("<I", len(runs)) + runs


def _plain(value_type: ValueType, values: Sequence[Any]) -> bytes:
    match value_type:
        case ValueType.TEXT:
            return b"".join(map(_text, values))
        case ValueType.BOOLEAN:
            bits = sum(1 << place for place, value in enumerate(values) if value)
            return bits.to_bytes((len(values) + 7) // 8, "little")
        case ValueType.DATE:
            return _numbers("i", [(value - _EPOCH.date()).days for value in values])
        case ValueType.TIME:
            return _numbers("q", [(value - _EPOCH) // _MILLISECOND for value in values])
        case ValueType.INTEGER:
            return _numbers("q", values)
        case ValueType.NUMBER:
            return _numbers("d", values)


def _numbers(code: str, values: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(values)}{code}", *values)


def _text(value: str) -> bytes:
    data = value.encode(errors="replace")
    return struct.pack("<I", len(data)) + data
