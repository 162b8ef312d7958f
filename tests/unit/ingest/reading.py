"""Reads a whole file in memory, in one go or row by row with a fresh start after each."""

from collections.abc import Iterator

from services.ingest.headers import HEAD_BYTES
from services.ingest.layout import Layout, inspect
from services.ingest.lines import split_lines
from services.ingest.reader import Position, Row, RowReader

LIMIT = 4096


def layout_of(data: bytes) -> Layout:
    return inspect(data[:HEAD_BYTES], complete=len(data) <= HEAD_BYTES)


def blocks(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def reader_at(data: bytes, layout: Layout, position: Position, block: int, limit: int = LIMIT) -> RowReader:
    lines = split_lines(blocks(data[position.offset :], block), layout.encoding, limit)
    return RowReader(lines, layout, position, limit)


def read(data: bytes | str, block: int = 65536, limit: int = LIMIT) -> list[Row]:
    """All rows, in one go."""
    data = data.encode() if isinstance(data, str) else data
    layout = layout_of(data)
    reader = reader_at(data, layout, Position(layout.start), block, limit)
    return [row for row in reader if row is not None]


def read_with_restarts(data: bytes, block: int = 65536, limit: int = LIMIT) -> list[Row]:
    """All rows, by a new reader after each step, as if every slice were one row long."""
    layout = layout_of(data)
    position = Position(layout.start)
    rows: list[Row] = []
    while position.offset < len(data):
        reader = reader_at(data, layout, position, block, limit)
        row = next(iter(reader), None)
        if row is not None:
            rows.append(row)
        assert reader.position.offset > position.offset, "a step that goes nowhere would never end"
        position = reader.position
    return rows


def values(rows: list[Row]) -> list[dict[str, str]]:
    assert [row.problem for row in rows if row.problem] == []
    return [row.values for row in rows]
