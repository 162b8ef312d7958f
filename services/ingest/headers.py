"""The rows above the data: an announced delimiter, the columns' names, a survey's further header rows."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from operator import lt
from typing import NamedTuple

from services.ingest.column_names import is_known
from services.ingest.lines import Line, bare
from services.ingest.refusal import FileRefused
from shared.contracts.tabular import sniff_delimiter

HEAD_BYTES = 256 * 1024
"""How much of a file is looked at before the first row is read."""
_MAX_COLUMNS = 2000
_SAMPLE = 100
"""Rows that tell what columns hold."""
_LONGEST_KEPT = 10_000
"""Characters of the header's lines."""
_NUMBER = re.compile(r"[0-9]{1,9}")
_RULED = frozenset("-=+:|")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def announced_delimiter(lines: list[Line]) -> tuple[str | None, int]:
    """The delimiter that a first line `sep=;` names, as Excel writes it, and how many lines to skip."""
    blank = next(number for number, line in enumerate(lines) if line.text.strip())
    match = _SEPARATOR_LINE.fullmatch(lines[blank].text)
    return (match[1], blank + 1) if match else (None, blank)


class Header(NamedTuple):
    """The names of a table's columns, and what surrounds them."""

    names: list[str]
    """As written."""
    delimiter: str
    skip_spaces: bool
    """Whether spaces follow delimiters."""
    text: str
    """Its own lines; nothing if they are very long."""
    own_lines: int
    others: list[list[str]]
    """Further header rows."""
    lines: int
    """Its own and those of further header rows."""
    rows: list[list[str]]
    """The first rows, as far as they can be read without looking closely."""
    wrapped: bool = False
    """Whether each line is quoted as a whole."""

    @property
    def second(self) -> Sequence[str]:
        """What a second row calls the columns."""
        return self.others[0] if self.others else ()

    @property
    def values(self) -> list[list[str]]:
        """By column, those of the first rows."""
        return [[row[place] for row in self.rows if place < len(row)] for place in range(len(self.names))]

    @property
    def is_title(self) -> bool:
        """Whether this is a title above the table, or groups its columns: not each column has a name here."""
        filled = [name for name in self.names if name.strip()]
        return len(filled) < max(2, len(self.names))

    @property
    def is_comment(self) -> bool:
        """Whether it begins as lines do in which programs say what they wrote; `#` and `#id` are names."""
        return self.names[0].startswith(("# ", "##"))

    @property
    def is_narrow(self) -> bool:
        """Whether half of the rows are wider: then this may be a line above the table, as `Period,2024`."""
        wider = sum(any(map(str.strip, row[len(self.names) :])) for row in self.rows)
        return len(self.names) > 1 and 0 < len(self.rows) <= 2 * wider


def read_header(lines: list[Line], delimiter: str | None, *, complete: bool) -> Header:
    """The header that stands at the beginning of these lines.

    Raises:
        FileRefused: it cannot be read.
    """
    mark = delimiter or sniff_delimiter("".join(line.text for line in lines[:_SAMPLE]))
    names, used, skip_spaces = _names(lines, mark, complete=complete)
    more, others = _more_headers(names, lines[used:], mark)
    rows: list[list[str]] = []
    with suppress(csv.Error):
        below = csv.reader((line.text for line in lines[used + more :]), delimiter=mark)
        rows.extend(islice(filter(any, below), _SAMPLE))
    if lines[used + more :] and _is_one_short(names, lines[used + more].text, rows):
        names = ["", *names]
    text = bare("".join(line.text for line in lines[:used]))
    kept = text if len(text) <= _LONGEST_KEPT else ""
    return _unwrapped(Header(names, mark, skip_spaces, kept, used, others, used + more, rows))


def _unwrapped(header: Header) -> Header:
    """The header of a table each of whose lines is quoted as a whole, or the same."""
    if len(header.names) > 1:
        return header
    mark = sniff_delimiter(header.names[0])
    names, *rows = (_cells_within(row, mark) for row in (header.names, *header.rows))
    if len(names) < 2 or not rows or any(len(row) != len(names) for row in rows):
        return header
    return header._replace(names=names, delimiter=mark, rows=rows, wrapped=True)


def _cells_within(row: Sequence[str], delimiter: str) -> list[str]:
    with suppress(csv.Error):
        return next(csv.reader(row, delimiter=delimiter, strict=True), []) if len(row) == 1 else []
    return []


def _names(lines: list[Line], delimiter: str, *, complete: bool) -> tuple[list[str], int, bool]:
    """The column names as written, how many lines they take up, and whether spaces follow delimiters."""
    nothing = list[str](), len(lines)
    names, used = next(_records(lines, delimiter), nothing)
    skip_spaces = len(names) > 1 and all(name.startswith(" ") for name in names[1:])
    if skip_spaces:
        names, used = next(_records(lines, delimiter, skip_spaces=True), nothing)
    cut = not names or not lines[-1].text.endswith(("\n", "\r"))
    if not complete and used == len(lines) and cut:
        raise FileRefused(f"the header is longer than {HEAD_BYTES} bytes: is this a table?")
    if not names:
        raise FileRefused("the header cannot be read: check its quotation marks")
    if len(names) > _MAX_COLUMNS:
        raise FileRefused(f"the header has {len(names)} columns, more than {_MAX_COLUMNS}: is this a table?")
    return names, used, skip_spaces


def _records(
    lines: list[Line], delimiter: str, *, skip_spaces: bool = False
) -> Iterator[tuple[list[str], int]]:
    """The rows that these lines begin with, each with the number of lines to its end; a row of no cells is
    where quotation marks do not fit.
    """
    used = 0

    def feed() -> Iterator[str]:
        nonlocal used
        for line in lines:
            used += 1
            yield line.text

    reader = csv.reader(feed(), delimiter=delimiter, skipinitialspace=skip_spaces, strict=True)
    try:
        for row in reader:
            if row:
                yield row, used
    except csv.Error:
        yield [], used


def _is_one_short(names: list[str], first: str, rows: Sequence[Sequence[str]]) -> bool:
    """Whether the header has no name for the rows' numbers in front, as R writes it: those it quotes.

    Where they are not quoted, an id, a decimal comma and a delimiter look alike.
    """
    numbers = [int(row[0]) for row in rows if len(row) == len(names) + 1 and _NUMBER.fullmatch(row[0])]
    counts = first.startswith('"') and all(map(lt, numbers, numbers[1:]))
    return counts and len(rows) == len(numbers) > 1


def _more_headers(names: list[str], lines: list[Line], delimiter: str) -> tuple[int, list[list[str]]]:
    """Further header rows: Qualtrics has two, SurveyMonkey one, as have grouped columns and ruled tables.

    Args:
        names: of the columns.
        lines: those below.

    Returns:
        How many lines they take up, and their cells.
    """
    records = _records(lines, delimiter)
    below = list(islice((each for each in records if any(each[0]) or not each[0]), 2))
    rows = [row for row, _ in below]
    if not all(rows):
        return 0, []
    last = next((place for place, row in enumerate(rows) if _is_import_ids(row)), None)
    if last is None and rows and (_is_sub_header(names, rows[0]) or _is_ruled(rows[0])):
        last = 0
    return (0, []) if last is None else (below[last][1], rows[: last + 1])


def _is_import_ids(record: list[str]) -> bool:
    return all(cell.startswith('{"ImportId":') for cell in record if cell)


def _is_ruled(record: list[str]) -> bool:
    """Whether a row is the line that databases and Markdown draw below the header."""
    cells = [cell.strip() for cell in record if cell.strip()]
    return all(set(cell) <= _RULED and (cell.count("-") > 1 or cell.count("=") > 1) for cell in cells)


def _is_sub_header(names: list[str], record: list[str]) -> bool:
    """Whether a row goes on naming columns: the first is named above, those without a name are named here."""
    if record[0]:
        return False
    if any(cell.strip().casefold() == "open-ended response" for cell in record):
        return True
    unnamed = [cell for name, cell in zip(names, record, strict=False) if not name.strip()]
    return bool(unnamed) and all(map(is_known, unnamed))
