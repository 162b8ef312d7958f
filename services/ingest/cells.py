"""Repairs rows of programs that leave out empty cells or escape quotation marks by a backslash."""

import re
from collections.abc import Sequence

from services.ingest.columns import REQUIRED

_ESCAPED_QUOTE = re.compile(r'(?<!\\)((?:\\\\)*)\\"')


def with_doubled_quotes(text: str) -> str:
    r"""`\"` as the csv module writes it, `""`; a backslash that is itself escaped closes no quotes."""
    return _ESCAPED_QUOTE.sub(r'\1""', text)


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
