"""Repairs rows of programs that leave out empty cells or escape quotation marks by a backslash."""

import csv
import re
from collections.abc import Sequence
from contextlib import suppress

from services.ingest.columns import REQUIRED
from services.ingest.layout import Layout

_ESCAPED_QUOTE = re.compile(r'(?<!\\)((?:\\\\)*)\\"')


def with_doubled_quotes(text: str) -> str:
    r"""`\"` as the csv module writes it, `""`; a backslash that is itself escaped closes no quotes."""
    return _ESCAPED_QUOTE.sub(r'\1""', text)


def unwrapped(cells: list[str], layout: Layout) -> list[str]:
    """The cells of a line that is quoted as a whole, as spreadsheets save what they took for one cell."""
    inner: list[str] = []
    with suppress(csv.Error, StopIteration):
        inner = next(csv.reader(cells, delimiter=layout.delimiter, strict=True))
    return inner if len(cells) == 1 and len(inner) == len(layout.columns) else cells


def is_cut(cells: Sequence[str], columns: Sequence[str | None], last_line: str) -> bool:
    """Whether cells are missing in a way that may have cut the text.

    Programs leave out empty cells at a row's end; but a text with a line break and no quotes looks alike.
    It is whole if something follows it or its quotes close, and half of it is seldom without a letter.

    Args:
        last_line: the record's last line, as it stands in the file.
    """
    if len(cells) >= len(columns):
        return False
    place = columns.index(REQUIRED)
    followed = len(cells) > place + 1
    quoted = last_line.rstrip("\r\n").endswith('"')
    return len(cells) <= place or not (followed or quoted) or not re.search(r"[^\W\d_]", cells[place])
