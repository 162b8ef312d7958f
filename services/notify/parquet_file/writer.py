"""A Parquet file, made of row groups, each of whose bytes can go out before the next is begun.

What was sent is known by a few numbers for each column and row group (`RowGroup`), of which the end of the
file is made: so several invocations can write one file.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Any

from services.notify.parquet_file import thrift
from services.notify.parquet_file.pages import GZIP, PLAIN, RLE, page
from services.notify.parquet_file.schema import Column, Field, columns, elements
from services.notify.parquet_file.thrift import Value
from shared.stores.results_upload_store import Chunk, RowGroup

_MAGIC = b"PAR1"
_WRITER = "feedback-insights version 1 (build 1)"


class Writer:
    """One file.

    Args:
        groups: those that were cut before, by whomever.
    """

    def __init__(self, fields: Sequence[Field], groups: Sequence[RowGroup] = ()) -> None:
        self._fields = fields
        self._columns = list(columns(fields))
        self._groups = list(groups)
        self._begin()

    @property
    def size(self) -> int:
        """Bytes of the row group that is under way."""
        return sum(map(len, self._bodies))

    def add(self, values: Sequence[Sequence[Any]]) -> None:
        """Adds rows: a page of each column, in the order of the schema.

        Args:
            values: of each column its value in each row, or its list of values.
        """
        self._rows += len(values[0])
        for place, (column, each) in enumerate(zip(self._columns, values, strict=True)):
            written = page(column, each)
            self._bodies[place] += written.data
            self._counts[place] += written.values
            self._raw[place] += written.raw

    def cut(self, least: int = 0) -> tuple[bytes, RowGroup]:
        """Ends the row group.

        Args:
            least: bytes that it has at least; readers pass over what is filled up.
        """
        sizes = zip(self._counts, map(len, self._bodies), self._raw, strict=True)
        chunks = tuple(Chunk(values=values, size=size, raw=raw) for values, size, raw in sizes)
        data = (b"" if self._groups else _MAGIC) + b"".join(self._bodies)
        data = data.ljust(least, b"\0")
        group = RowGroup(rows=self._rows, size=len(data), chunks=chunks)
        self._groups.append(group)
        self._begin()
        return data, group

    def end(self) -> bytes:
        """The rest of the file."""
        rest = self.cut()[0] if self._rows or not self._groups else b""
        footer = self._footer()
        return rest + footer + struct.pack("<I", len(footer)) + _MAGIC

    def _begin(self) -> None:
        self._rows = 0
        self._bodies = [bytearray() for _ in self._columns]
        self._counts, self._raw = [0] * len(self._columns), [0] * len(self._columns)

    def _footer(self) -> bytes:
        rows = sum(group.rows for group in self._groups)
        return thrift.of_struct(
            {
                1: thrift.of_i32(1),
                2: thrift.of_list(elements(self._fields)),
                3: thrift.of_i64(rows),
                4: thrift.of_list(list(self._row_groups())),
                6: thrift.of_text(_WRITER),
            }
        ).data

    def _row_groups(self) -> Iterator[Value]:
        start = 0
        for group in self._groups:
            if group.rows:
                yield _row_group(self._columns, group, start or len(_MAGIC))
            start += group.size


def _row_group(columns: Sequence[Column], group: RowGroup, start: int) -> Value:
    chunks = []
    for column, chunk in zip(columns, group.chunks, strict=True):
        chunks.append(_column_chunk(column, chunk, start))
        start += chunk.size
    raw = sum(chunk.raw for chunk in group.chunks)
    return thrift.of_struct({1: thrift.of_list(chunks), 2: thrift.of_i64(raw), 3: thrift.of_i64(group.rows)})


def _column_chunk(column: Column, chunk: Chunk, start: int) -> Value:
    about = {
        1: thrift.of_i32(column.type.physical),
        2: thrift.of_list([thrift.of_i32(PLAIN), thrift.of_i32(RLE)]),
        3: thrift.of_list([thrift.of_text(name) for name in column.path]),
        4: thrift.of_i32(GZIP),
        5: thrift.of_i64(chunk.values),
        6: thrift.of_i64(chunk.raw),
        7: thrift.of_i64(chunk.size),
        9: thrift.of_i64(start),
    }
    return thrift.of_struct({2: thrift.of_i64(start), 3: thrift.of_struct(about)})
