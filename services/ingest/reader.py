"""Lines → numbered rows, in bounded memory, from any row on.

A row that cannot be read is a `Row` with a problem; its neighbours are untouched. Where reading goes
on depends on nothing but the place where a row begins, so every slice cuts the same rows.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.ingest.cells import is_cut, unwrapped, with_doubled_quotes
from services.ingest.columns import REQUIRED
from services.ingest.json_objects import read_object
from services.ingest.layout import Layout
from services.ingest.lines import Line, bare
from services.ingest.refusal import FileBroken, RowRejected
from services.ingest.segments import in_order, kept
from shared.contracts.attributes import Found

_MAX_LINES = 10_000
_RAW_LENGTH = 64 * 1024
_UNCLOSED = "a quotation mark opens a text and is never closed: close it, or double those within the text"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file: its fields as text by name, or why it cannot be read."""

    number: int
    """Its place in the file; the first record after the header is 1."""
    raw: str
    values: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    unread: dict[str, str] = field(default_factory=dict)
    """Values that are no text and no number, as they came."""
    segments: dict[str, str] = field(default_factory=dict)
    """The customer's own columns by their names."""
    found: dict[str, Found] = field(default_factory=dict)
    """Attributes that were found without a model."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading goes on."""

    offset: int
    """Bytes from the beginning of the (unpacked) file."""
    row_number: int = 0
    """The number of the last row read."""
    inside_long_line: bool = False
    """Whether that is in the middle of a line that was rejected for its length."""


class RowReader:
    """Reads rows one by one.

    Args:
        lines: the file's lines from `position` on.
        max_record: the most bytes a record may take up.

    Attributes:
        position: where the next row begins.
        over: whether none follows: the file ended, or could not be read on.
    """

    def __init__(self, lines: Iterator[Line], layout: Layout, position: Position, max_record: int) -> None:
        self.position = position
        self._lines = lines
        self.layout = layout
        self._max_record = max_record
        self._returned: deque[Line] = deque()
        self._record: list[Line] = []
        self._broken: str | None = None
        self.over = False
        # The module's own limit is smaller; ours is kept by `_feed`.
        csv.field_size_limit(max(csv.field_size_limit(), 4 * max_record))

    def __iter__(self) -> Iterator[Row | None]:
        """Rows; None where a piece of the file was passed without a row, so that time can be looked at."""
        while not self.over:
            row = self._next()
            if row is not None or not self.over:
                yield row

    def _next(self) -> Row | None:
        line = self._next_line()
        self._record = [] if line is None else [line]
        if line is None:
            self.over = True
            return None if self._broken is None else self._broken_row()
        if self.position.inside_long_line:
            self._move(0, inside=not line.ended)
            return None
        if not line.ended or line.size > self._max_record:
            return self._long_line(line)
        if not bare(line.text):
            self._move(0)
            return None
        return self._json_row() if self.layout.kind == "jsonl" else self._csv_row()

    def _next_line(self) -> Line | None:
        if self._returned:
            return self._returned.popleft()
        if self._broken is not None:
            return None
        try:
            return next(self._lines, None)
        except FileBroken as error:
            self._broken = str(error)
            return None

    def _long_line(self, line: Line) -> Row:
        # As much of it as any first piece holds, so that it is the same however the line came in pieces.
        self._record = [line._replace(text=line.text[: self._max_record // 4])]
        problem = f"longer than {self._max_record} bytes: shorten the text, or split the row"
        return self._bad(problem, inside=not line.ended)

    def _json_row(self) -> Row:
        try:
            return self._good(*read_object(self._record[0].text, self.layout))
        except RowRejected as error:
            return self._bad(str(error))

    def _csv_row(self) -> Row | None:
        self._put_back(0)
        try:
            cells = next(self._parse(self._feed(), strict=True))
        except csv.Error:
            return self._after_error()
        if len(self._record) > 1 and len(cells) != len(self.layout.columns):
            cells = unwrapped(cells, self.layout)
            if len(cells) != len(self.layout.columns) and self._swallowed():
                return self._first_line_alone()
        return self._from_cells(cells)

    def _parse(self, texts: Iterable[str], *, strict: bool) -> Iterator[list[str]]:
        layout = self.layout
        return csv.reader(
            texts, delimiter=layout.delimiter, skipinitialspace=layout.skip_spaces, strict=strict
        )

    def _feed(self) -> Iterator[str]:
        """The lines of one record, as many as its quotes ask for and the limits allow."""
        size = 0
        while len(self._record) < _MAX_LINES and (line := self._next_line()) is not None:
            self._record.append(line)
            size += line.size
            if size > self._max_record or not line.ended:
                return
            yield line.text

    def _after_error(self) -> Row | None:
        """The quotes do not fit: takes the first line for itself, so that one bad row spoils no other."""
        if self._broken is not None and not self._returned:
            return self._broken_row()
        if (cells := self._escaped_cells()) is not None:
            return self._from_cells(cells)
        closed = len(self._record) == 1 and self._record[0].text.count('"') % 2 == 0
        if not closed:
            return self._first_line_alone()
        # Quotation marks within the text were not doubled; if the columns come out right, so does the text.
        return self._from_cells(next(self._parse([self._record[0].text], strict=False)))

    def _escaped_cells(self) -> list[str] | None:
        """The cells of a record whose quotation marks are escaped by backslashes, if that makes them fit."""
        if not any('\\"' in line.text for line in self._record):
            return None
        taken = len(self._record)
        self._put_back(0)
        try:
            cells = next(self._parse(map(with_doubled_quotes, self._feed()), strict=True))
        except (csv.Error, StopIteration):
            cells = []
        if len(cells) == len(self.layout.columns):
            return cells
        self._put_back(0)
        self._record = [self._returned.popleft() for _ in range(taken)]
        return None

    def _put_back(self, keep: int) -> None:
        """Gives the record's lines back, but for the first few."""
        self._returned.extendleft(reversed(self._record[keep:]))
        del self._record[keep:]

    def _swallowed(self) -> bool:
        """Whether the second line of a record is a row of its own, so that an open quote swallowed it."""
        columns = len(self.layout.columns)
        second = self._parse([self._record[1].text], strict=False)
        return columns > 1 and len(next(second, [])) == columns

    def _first_line_alone(self) -> Row:
        self._put_back(1)
        return self._bad(_UNCLOSED)

    def _from_cells(self, cells: list[str]) -> Row | None:
        columns = self.layout.columns
        expected = len(columns)
        if expected > 1 and (not any(cell.strip() for cell in cells) or self._is_header()):
            self._move(0)
            return None
        if self.layout.wrapped or is_cut(cells, columns, self._record[-1].text):
            cells = unwrapped(cells, self.layout)
        if is_cut(cells, columns, self._record[-1].text) or any(cell.strip() for cell in cells[expected:]):
            return self._bad(
                f"has {len(cells)} columns, the header {expected}: quote texts that hold the delimiter"
            )
        values = {name: cell.strip() for name, cell in in_order(columns, cells).items()}
        return self._good(values, {}, in_order(self.layout.segments, cells))

    def _is_header(self) -> bool:
        return self.layout.header == bare("".join(line.text for line in self._record))

    def _broken_row(self) -> Row:
        self.over = True
        row = self._bad(f"the file cannot be read from here on: {self._broken}")
        self._returned.clear()
        return row

    def _good(self, values: dict[str, str], unread: dict[str, str], segments: dict[str, str]) -> Row:
        if "\0" in values.get(REQUIRED, ""):
            return self._bad("holds a zero byte: remove it")
        self._move(1)
        zeros = {name: value.replace("\0", "\ufffd") for name, value in values.items() if "\0" in value}
        values = {name: value for name, value in values.items() if name not in zeros}
        number = self.position.row_number
        return Row(number, self._raw(), values, unread=zeros | unread, segments=kept(segments))

    def _bad(self, problem: str, *, inside: bool = False) -> Row:
        self._move(1, inside=inside)
        return Row(self.position.row_number, self._raw(), problem=problem)

    def _move(self, rows: int, *, inside: bool = False) -> None:
        """Goes on behind the record."""
        size = sum(line.size for line in self._record)
        self.position = Position(self.position.offset + size, self.position.row_number + rows, inside)

    def _raw(self) -> str:
        return "".join(line.text for line in self._record)[:_RAW_LENGTH].rstrip("\r\n")
