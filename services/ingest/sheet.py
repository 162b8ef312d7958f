"""The first visible sheet of an Excel workbook → CSV, as a stream, with each row as people see it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from typing_extensions import override

from services.ingest.archive import Archive
from services.ingest.forms import SAVE_AS_CSV
from services.ingest.lines import without_surrogates
from services.ingest.number_formats import NumberForm, number_text
from services.ingest.refusal import FileBroken
from services.ingest.workbook import TEXT_LENGTH, TOO_LARGE, Words, Workbook, open_workbook, plain
from services.ingest.xml_stream import read_xml

SHEET_BYTES = 256 * 1024 * 1024
"""Of a sheet, unpacked: each slice reads it from its beginning again."""
_CSV_BYTES = 1024 * 1024 * 1024
_MAX_COLUMNS = 2001
_MOST_ROWS = 1_048_576
_WIDTH_ROWS = 20
"""So many rows show how wide the table is; what stands beside it further down has no column."""
_BLOCK = 64 * 1024
_CELL = re.compile(r"([A-Za-z]{1,3})\d*")


def sheet_csv(archive: Archive) -> Iterator[bytes]:
    """The first visible sheet that is not empty, as CSV in UTF-8: the same bytes each time.

    Raises:
        FileBroken: the workbook cannot be read (on); what was yielded before is good.
    """
    written, buffer = 0, io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    broken: list[FileBroken] = []
    for row in _table(_until_broken(_rows(archive, open_workbook(archive)), broken)):
        writer.writerow(row)
        if buffer.tell() >= _BLOCK:
            yield (block := _taken(buffer))
            written += len(block)
            if written > _CSV_BYTES:
                raise FileBroken(f"it {TOO_LARGE}")
    yield _taken(buffer)
    if broken:
        raise broken[0]


def _until_broken(rows: Iterator[list[str]], broken: list[FileBroken]) -> Iterator[list[str]]:
    """The rows; an error is left in the list, so that rows that wait to be written are not lost."""
    try:
        yield from rows
    except FileBroken as error:
        broken.append(error)


def _taken(buffer: io.StringIO) -> bytes:
    text = without_surrogates(buffer.getvalue())
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _table(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Rows that are all as wide as the first ones, without those that only hold a note beside the table."""
    first = list(islice(rows, _WIDTH_ROWS))
    # A title or a note is a cell alone.
    widths = [len(row) for row in first if sum(map(bool, row)) > 1] or [len(row) for row in first]
    width = max(widths, default=0)
    for row in chain(first, rows):
        if any(row[:width]):
            yield row[:width] + [""] * (width - len(row))


def _rows(archive: Archive, book: Workbook) -> Iterator[list[str]]:
    for sheet in book.sheets:
        rows = _cells(archive.blocks(sheet, SHEET_BYTES, TOO_LARGE), book)
        first = next(rows, None)
        if first is not None:
            yield first
            yield from rows
            return


def _cells(blocks: Iterable[bytes], book: Workbook) -> Iterator[list[str]]:
    """The rows of a sheet that hold anything."""
    sheet = _Sheet(book)
    try:
        for _ in read_xml(blocks, sheet):
            yield from sheet.rows
            sheet.rows.clear()
    except FileBroken:
        yield from sheet.rows
        raise


class _Sheet(Words):
    """Rows that hold anything, as lists of cells."""

    def __init__(self, book: Workbook) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._book = book
        self._values: dict[int, str] = {}
        self._column = -1
        self._size = self._count = 0
        self._cell: dict[str, str] = {}

    @override
    def begin(self, name: str, attributes: dict[str, str]) -> None:
        super().begin(name, attributes)
        if name == "c":
            self._cell = attributes
            self._column = _column(attributes.get("r", ""), self._column)
        elif name == "row":
            self._values, self._column, self._size = {}, -1, 0
            self._count += 1
            if self._count > _MOST_ROWS:
                raise FileBroken(
                    f"it has more than the {_MOST_ROWS} rows that a sheet can have: {SAVE_AS_CSV}"
                )

    @override
    def end(self, name: str) -> None:
        super().end(name)
        if name == "c":
            self._add(_value(self._cell, self.taken(), self._book))
        elif name == "row" and any(map(str.strip, self._values.values())):
            self.rows.append([self._values.get(place, "") for place in range(max(self._values) + 1)])

    def _add(self, value: str) -> None:
        self._size += len(value)
        # One long text may stand in every cell.
        if value and self._column < _MAX_COLUMNS and self._size <= TEXT_LENGTH:
            self._values[self._column] = value


def _column(reference: str, before: int) -> int:
    match = _CELL.match(reference)
    if match is None:
        return before + 1
    number = 0
    for letter in match[1].upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: dict[str, str], text: str, book: Workbook) -> str:
    kind = cell.get("t", "n")
    if kind == "s":
        place = int(text) if text.isdecimal() else -1
        return book.texts[place] if 0 <= place < len(book.texts) else ""
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE" if text == "0" else text
    if kind != "n" or not text:
        return plain(text)
    style = cell.get("s", "0")
    place = int(style) if style.isdecimal() else 0
    form = book.forms[place] if place < len(book.forms) else NumberForm.PLAIN
    return number_text(text, form, from_1904=book.from_1904)
