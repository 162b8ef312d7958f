"""How many rows a file has, counted without ingest's code."""

import csv
import gzip
import io
import json
import mailbox
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from shared.contracts.base import Tolerant

if TYPE_CHECKING:
    from _csv import Reader

_DELIMITERS = ",;\t|"
_DOCUMENTS = (".eml", ".html", ".htm")
"""Files that are one record each."""
_NO_DELIMITER = "\x1f"  # in a file of one column, commas belong to the text
_OF_SURVEYS = ("Open-Ended Response", "ImportId")
"""Of the rows that surveys have below their header."""
_COMMENT = "# "
"""What a line begins with in which a program says what it wrote, or a header."""
_BLANK = " \x1a"
_DRAWN = _BLANK + "-=+|:"
_ANNOUNCED = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class RowCount(Tolerant):
    """The rows of a file as counted here.

    Attributes:
        rows: without the header and blank lines.
        certain: false if it is open where a row ends (quotation marks do not fit) or where the header is.
    """

    rows: int
    certain: bool = True


_ONLY_INGEST_KNOWS = RowCount(rows=0, certain=False)


def count_rows(path: Path) -> RowCount:
    """Counts the rows of a table or of JSON, gzipped or not, or alone in a zip file; mails; pages."""
    csv.field_size_limit(sys.maxsize)
    if path.suffix.lower() == ".mbox":
        with closing(mailbox.mbox(path, create=False)) as box:
            return RowCount(rows=len(box))
    if path.suffix.lower() in _DOCUMENTS:
        return RowCount(rows=1)
    if zipfile.is_zipfile(path):
        return _count_zip(path)
    with io.TextIOWrapper(_open(path), encoding=_encoding(path), errors="replace", newline="") as text:
        if any(suffix in (".json", ".jsonl", ".ndjson") for suffix in path.suffixes):
            return _count_json(text.read())
        return _count_csv(text)


def _count_zip(path: Path) -> RowCount:
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        names = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
        if all(Path(name).suffix.lower() in _DOCUMENTS for name in names):
            return RowCount(rows=len(names))
        if len(names) == 1:
            return count_rows(Path(archive.extract(names[0], folder)))
    return _ONLY_INGEST_KNOWS  # where a workbook's header is, and which of several files is read


def _count_json(text: str) -> RowCount:
    try:
        value = json.loads(text)
    except ValueError:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        # Objects may stand behind one another in a line, or have several.
        certain = "".join(lines[:1]).rstrip(",").endswith("}") and not any("}{" in line for line in lines)
        return RowCount(rows=len(lines), certain=certain)
    if isinstance(value, list):
        return RowCount(rows=len(value))
    # An object alone is a row, or holds a list of them.
    lists = [each for each in value.values() if isinstance(each, list)]
    return RowCount(rows=1, certain="\n" not in text.strip() and not lists)


def _count_csv(text: TextIO) -> RowCount:
    header = next((line for line in text if line.strip()), "")
    announced = _ANNOUNCED.fullmatch(header)
    if announced:
        header = next((line for line in text if line.strip()), "")
    likely = max(_DELIMITERS, key=header.count)
    delimiter = announced[1] if announced else likely if likely in header else _NO_DELIMITER
    first = list(islice(text, 50))
    below = [line for line in first if line.strip()]
    if header.startswith(_COMMENT) or (delimiter == _NO_DELIMITER and _is_table(below)):
        return _ONLY_INGEST_KNOWS
    reader = csv.reader(chain([header], first, text), delimiter=delimiter, strict=True)
    named: list[str] | None = None
    rows, wider, certain = 0, 0, True
    for cells, lines in _records(reader):
        drawn = _DRAWN if named and not rows else _BLANK
        if cells and not "".join(cells).strip(drawn):
            continue  # delimiters alone, DOS's end of a file, the line that is drawn below a header
        if named is None:
            named = cells
        elif any(mark in cell for mark in _OF_SURVEYS for cell in cells):
            return _ONLY_INGEST_KNOWS
        elif cells != named:
            # A broken record of one line is one row, whatever it means; one of several may be several rows.
            certain = certain and (lines == 1 or len(cells) == len(named))
            rows += 1
            wider += len(cells) > len(named)
    # A title above the header has no name for each column.
    titled = 2 * wider > rows or not all(named or ())
    return _ONLY_INGEST_KNOWS if titled else RowCount(rows=rows, certain=certain)


def _is_table(lines: list[str]) -> bool:
    """Whether the last of these have as many columns as each other, whatever stands above them."""
    columns = ([len(cells) for cells in csv.reader(lines[-3:], delimiter=each)] for each in _DELIMITERS)
    return any(len(each) == 3 and min(each) == max(each) > 1 for each in columns)


def _records(reader: "Reader") -> Iterator[tuple[list[str], int]]:
    """The cells of each record, and how many lines it has; no cells for one that is broken."""
    while True:
        before = reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield [], reader.line_num - before
            continue
        if row:
            yield [cell.lstrip("\ufeff") for cell in row], reader.line_num - before


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _encoding(path: Path) -> str:
    """By its mark if it has one; else Latin-1, in which any file has as many rows as in its true encoding."""
    with _open(path) as file:
        first = file.read(3)
    marked = next((encoding for mark, encoding in _MARKS if first.startswith(mark)), None)
    if marked:
        return marked
    return {(False, True): "utf-16-le", (True, False): "utf-16-be"}.get(
        (first[:2].startswith(b"\0"), first[1:2] == b"\0"), "latin-1"
    )
