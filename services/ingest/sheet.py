"""A visible sheet of an Excel workbook → CSV, as a stream, with each row as people see it."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import chain, islice
from operator import itemgetter
from typing import Any, cast
from xml.etree.ElementTree import ParseError

from openpyxl.utils import column_index_from_string
from openpyxl.utils.exceptions import CellCoordinatesException
from openpyxl.worksheet._reader import VALUE_TAG, WorkSheetParser
from typing_extensions import override

from services.ingest.archive import Archive
from services.ingest.column_names import is_known
from services.ingest.columns import REQUIRED, is_text_name
from services.ingest.lines import without_surrogates
from services.ingest.number_formats import NumberForm, number_text
from services.ingest.refusal import FileBroken
from services.ingest.workbook import FAULTS, ODD, Workbook, open_workbook, plain
from services.ingest.workbook_parts import DAMAGED, TOO_LARGE

TEXT_LENGTH = 4 * 1024 * 1024
"""Characters of a row; a longer one is rejected for its length, whatever more it holds."""
_CSV_BYTES = 1024 * 1024 * 1024
_MAX_COLUMNS = 2001
_WIDTH_ROWS = 20
"""So many rows show how wide the table is; what stands beside it further down has no column."""
_BLOCK = 64 * 1024


def sheet_csv(archive: Archive) -> Iterator[bytes]:
    """The first visible sheet with a column for the text, as CSV in UTF-8: the same bytes each time.

    If none has one, the first that is not empty.

    Raises:
        FileBroken: the workbook cannot be read (on); what was yielded before is good.
    """
    written, buffer = 0, io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    try:
        for row in _table(_rows(open_workbook(archive))):
            writer.writerow(row)
            if buffer.tell() >= _BLOCK:
                yield (block := _taken(buffer))
                written += len(block)
                if written > _CSV_BYTES:
                    raise FileBroken(f"it {TOO_LARGE}")
    except FileBroken:
        yield _taken(buffer)
        raise
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = without_surrogates(buffer.getvalue())
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _table(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Rows that are all as wide as the first ones, without those that only hold a note beside the table."""
    first, rows = _begun(rows)
    # A title or a note is a cell alone.
    widths = [len(row) for row in first if sum(map(bool, row)) > 1] or [len(row) for row in first]
    width = max(widths, default=0)
    for row in rows:
        if any(row[:width]):
            yield row[:width] + [""] * (width - len(row))


def _rows(book: Workbook) -> Iterator[list[str]]:
    """Of the first sheet with a header, else of the first that holds anything."""
    found: list[tuple[int, Iterator[list[str]]]] = []
    for sheet in book.sheets:
        head, rows = _begun(_cells(book, sheet))
        found.append((max(map(_names, head), default=-1), rows))
        if found[-1][0] > 1:
            break
    if all(names < 0 for names, _ in found):
        return chain.from_iterable(rows for _, rows in found)  # none holds anything, but one may be damaged
    return max(found, key=itemgetter(0))[1]


def _begun(rows: Iterator[list[str]]) -> tuple[list[list[str]], Iterator[list[str]]]:
    """The first rows, and all of them; an error among the first waits behind those that came before it."""
    first: list[list[str]] = []
    try:
        first.extend(islice(rows, _WIDTH_ROWS))
    except FileBroken as error:
        return first, chain(first, _raised(error))
    return first, chain(first, rows)


def _raised(error: FileBroken) -> Iterator[list[str]]:
    yield from ()
    raise error


def _names(row: Sequence[str]) -> int:
    """Whether this is a header: it names the text and another field (2), may be one (1), is none (0)."""
    if not any(map(is_text_name, row)):
        return 0
    others = [cell for cell in row if cell and not is_text_name(cell)]
    return 2 if REQUIRED in row or any(map(is_known, others)) else bool(others)


def _cells(book: Workbook, sheet: str) -> Iterator[list[str]]:
    """The rows of a sheet that hold anything."""
    part = book.parts.sheet(sheet)
    cells = _Cells(cast(Any, part), book.texts, data_only=True)
    try:
        for _, row in cells.parse():
            values = _values(row, book)
            if any(map(str.strip, values.values())):
                yield [values.get(place, "") for place in range(max(values) + 1)]
    except ParseError as error:
        if not part.is_over:
            raise FileBroken(DAMAGED) from error
    except FAULTS as error:
        raise FileBroken(ODD) from error


class _Cells(WorkSheetParser):
    """openpyxl's, which goes on behind a cell that is not as it should be, and keeps no row."""

    @override
    def parse_row(self, row: Any) -> Any:
        row.attrib.clear()
        return super().parse_row(row)

    @override
    def parse_cell(self, element: Any) -> Any:
        before, kind, raw = self.col_counter, element.get("t"), element.findtext(VALUE_TAG, "")
        if kind == "d":
            element.set("t", "str")  # a date as it stands, with its zone
        try:
            if kind == "s" and not (raw.isdecimal() and int(raw) < len(cast(Sized, self.shared_strings))):
                del element[:]
            return super().parse_cell(element)
        except (*FAULTS, CellCoordinatesException):
            self.col_counter = _column(element.get("r", ""), before)
            value = raw or "".join(element.itertext())
            return {"column": self.col_counter, "value": value, "style_id": 0}


def _values(cells: Iterable[dict[str, Any]], book: Workbook) -> dict[int, str]:
    values: dict[int, str] = {}
    size = 0
    for cell in cells:
        value = _text(cell["value"], cell["style_id"], book)
        size += len(value)
        if size > TEXT_LENGTH:  # one long text may stand in every cell
            break
        if value and cell["column"] <= _MAX_COLUMNS:
            values[cell["column"] - 1] = value
    return values


def _text(value: Any, style: int, book: Workbook) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case int() | float():
            form = book.forms[style] if 0 <= style < len(book.forms) else NumberForm.PLAIN
            return number_text(value, form, from_1904=book.from_1904)
        case _:
            return plain(str(value))


def _column(reference: str, before: int) -> int:
    letters = reference.rstrip("0123456789")
    try:
        return column_index_from_string(letters)
    except ValueError:
        return before + 1
