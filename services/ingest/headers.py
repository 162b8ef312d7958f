"""The rows above the data: an announced delimiter, the columns' names, a survey's further header rows."""

import csv
import re
from collections.abc import Iterable
from itertools import islice

from services.ingest.column_names import is_known
from services.ingest.lines import Line
from services.ingest.refusal import FileRefused

HEAD_BYTES = 256 * 1024
"""How much of a file is looked at before the first row is read."""
_MAX_COLUMNS = 2000
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def announced_delimiter(lines: list[Line]) -> tuple[str | None, int]:
    """The delimiter that a first line `sep=;` names, as Excel writes it, and how many lines to skip."""
    blank = next(number for number, line in enumerate(lines) if line.text.strip())
    match = _SEPARATOR_LINE.fullmatch(lines[blank].text)
    return (match[1], blank + 1) if match else (None, blank)


def read_header(lines: list[Line], delimiter: str, *, complete: bool) -> tuple[list[str], int, bool]:
    """The column names as written, how many lines they take up, and whether spaces follow delimiters."""
    names, used = _first_record(lines, delimiter, complete=complete, skip_spaces=False)
    skip_spaces = len(names) > 1 and all(name.startswith(" ") for name in names[1:])
    if skip_spaces:
        names, used = _first_record(lines, delimiter, complete=complete, skip_spaces=True)
    if len(names) > _MAX_COLUMNS:
        raise FileRefused(f"the header has {len(names)} columns, more than {_MAX_COLUMNS}: is this a table?")
    return names, used, skip_spaces


def _first_record(
    lines: list[Line], delimiter: str, *, complete: bool, skip_spaces: bool
) -> tuple[list[str], int]:
    used = 0

    def feed() -> Iterable[str]:
        nonlocal used
        for line in lines:
            used += 1
            yield line.text

    cut = not complete and not (lines and lines[-1].text.endswith(("\n", "\r")))
    reader = csv.reader(feed(), delimiter=delimiter, skipinitialspace=skip_spaces, strict=True)
    try:
        names = next((row for row in reader if row), [])
    except csv.Error:
        names = []
    if not complete and used == len(lines) and (cut or not names):
        raise FileRefused(f"the header is longer than {HEAD_BYTES} bytes: is this a table?")
    if not names:
        raise FileRefused("the header cannot be read: check its quotation marks")
    return names, used


def more_headers(names: list[str], lines: list[Line], delimiter: str) -> tuple[int, list[list[str]]]:
    """The further header rows of a survey: Qualtrics has two, SurveyMonkey one, as have grouped columns.

    Args:
        names: of the columns.
        lines: those below.

    Returns:
        How many lines they take up, and their cells.
    """
    ends, records = [0], []

    def feed() -> Iterable[str]:
        for number, line in enumerate(lines, start=1):
            ends[-1] = number
            yield line.text

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    try:
        for record in islice(filter(any, reader), 2):
            records.append(record)
            ends.append(ends[-1])
    except csv.Error:
        return 0, []
    ids = next((number for number, record in enumerate(records) if _is_import_ids(record)), None)
    if ids is None and records and _is_sub_header(names, records[0]):
        ids = 0
    return (0, []) if ids is None else (ends[ids], records[: ids + 1])


def _is_import_ids(record: list[str]) -> bool:
    return all(cell.startswith('{"ImportId":') for cell in record if cell)


def _is_sub_header(names: list[str], record: list[str]) -> bool:
    """Whether a row goes on naming columns: the first is named above, those without a name are named here."""
    if record[0]:
        return False
    if any(cell.strip().casefold() == "open-ended response" for cell in record):
        return True
    unnamed = [cell for name, cell in zip(names, record, strict=False) if not name.strip()]
    return bool(unnamed) and all(map(is_known, unnamed))
