"""Parses a corrections file (CSV): which row gets which label. No I/O."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple

from services.curate.uploads import UploadRefused
from shared.contracts.names import name_key
from shared.contracts.spreadsheet import written
from shared.contracts.tabular import column_key, sniff_delimiter
from shared.contracts.taxonomy import UNKNOWN
from shared.stores.feedback_store.correct import CorrectableRow

# Columns of results.csv that a customer's own feedback file does not have.
_OURS = {"record_id", "ref_id", "label_llm", "label_final"}
_FEEDBACK_FILE = (
    "This looks like a feedback file. Its id column is your own reference, not the id under which we keep"
    " the row, so it cannot say which rows to correct. Use results.csv from the report's folder: it has our"
    " id and record_id; fill in its column label_correction. (To have a file labelled, upload it under"
    " incoming/.)"
)
_SAMPLE_LINES = 20
_MAX_ID = 2**63 - 1


class Correction(NamedTuple):
    """One line of the file."""

    line: int
    """The line of the file where the CSV record begins, from 1."""
    record_id: str
    row_id: str
    label: str
    """As written; empty removes the row's correction."""

    @property
    def name(self) -> str:
        """The id by which the line names its row."""
        return self.record_id or self.row_id


class _Columns(NamedTuple):
    label: int
    record_id: int | None
    row_id: int | None


def read_corrections(lines: Iterable[str]) -> Iterator[Correction]:
    """Yields the corrections of a file.

    Args:
        lines: the file's text, line by line, with line ends.

    Raises:
        UploadRefused: it is no corrections file; says what is missing.
    """
    start = 1
    columns = None
    for cells, following in _records(iter(lines)):
        if any(cell.strip() for cell in cells):
            if columns is None:
                columns = _columns(cells)
            else:
                yield _correction(columns, cells, start)
        start = following
    if columns is None:
        raise UploadRefused("The file is empty.")


def label_for(written: str, names: Mapping[str, str]) -> str | None:
    """The label in the database's spelling; None removes the correction.

    Args:
        written: the cell of the file.
        names: names of the active categories, by `name_key`.

    Raises:
        KeyError: neither an active category nor `unknown`.
    """
    key = name_key(written)
    if not key:
        return None
    return UNKNOWN if key == UNKNOWN else names[key]


def row_of(
    correction: Correction, by_record_id: Mapping[str, CorrectableRow], by_id: Mapping[int, CorrectableRow]
) -> CorrectableRow | str:
    """The row that the line names, or the reason why there is none, for people."""
    row_id = int(correction.row_id) if _is_id(correction.row_id) else None
    if correction.record_id:
        row = by_record_id.get(correction.record_id)
        if row is not None and row_id is not None and row.id != row_id:
            return "its id and its record_id name different rows"
        return row or "there is no such row"
    if row_id is None:
        return "its id is no number" if correction.row_id else "it names no row"
    return by_id.get(row_id) or "there is no such row"


def ids_of(corrections: Sequence[Correction]) -> tuple[set[str], set[int]]:
    """The record ids and the row ids that these lines name."""
    record_ids = {c.record_id for c in corrections if c.record_id}
    return record_ids, {int(c.row_id) for c in corrections if not c.record_id and _is_id(c.row_id)}


def _records(lines: Iterator[str]) -> Iterator[tuple[list[str], int]]:
    """Yields each CSV record's cells, with the number of the line that follows it."""
    sample = [next(lines, "").removeprefix("\ufeff"), *islice(lines, _SAMPLE_LINES - 1)]
    reader = csv.reader(chain(sample, lines), delimiter=sniff_delimiter("".join(sample)))
    try:
        for cells in reader:
            yield cells, reader.line_num + 1
    except csv.Error as error:
        raise UploadRefused(f"Line {reader.line_num} cannot be read as part of a table: {error}.") from error


def _columns(header: Sequence[str]) -> _Columns:
    keys = [column_key(cell) for cell in header]
    found = ", ".join(key[:100] for key in keys[:50] if key) or "none"
    if "feedback" in keys and "id" in keys and not _OURS & set(keys):
        raise UploadRefused(_FEEDBACK_FILE)
    if "label_correction" not in keys:
        raise UploadRefused(f"The column label_correction is missing. Found columns: {found}.")
    if not {"record_id", "id"} & set(keys):
        raise UploadRefused(
            f"A column that names the rows is missing: record_id, or id as in results.csv. Found: {found}."
        )
    for name in ("label_correction", "record_id", "id"):
        if keys.count(name) > 1:
            raise UploadRefused(f"The column {name} stands in the header twice.")
    return _Columns(
        label=keys.index("label_correction"),
        record_id=keys.index("record_id") if "record_id" in keys else None,
        row_id=keys.index("id") if "id" in keys else None,
    )


def _correction(columns: _Columns, cells: Sequence[str], line: int) -> Correction:
    return Correction(
        line=line,
        record_id=_cell(cells, columns.record_id),
        row_id=_cell(cells, columns.row_id),
        label=_cell(cells, columns.label),
    )


def _cell(cells: Sequence[str], column: int | None) -> str:
    return written(cells[column]) if column is not None and column < len(cells) else ""


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _MAX_ID
