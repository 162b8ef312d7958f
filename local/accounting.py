"""Whether every row of a file is accounted for: the file counted here, its outcome read back from MySQL."""

from __future__ import annotations

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
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TextIO, TypeAlias, cast

import pymysql

from shared.contracts.base import Tolerant

if TYPE_CHECKING:
    from _csv import Reader

Connection: TypeAlias = "pymysql.Connection[pymysql.cursors.DictCursor]"

_DELIMITERS = ",;\t"
_DOCUMENTS = (".eml", ".html", ".htm")
"""Files that are one record each."""
_NO_DELIMITER = "\x1f"  # in a file of one column, commas belong to the text
_ANNOUNCED = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class ExecutionCounts(Tolerant):
    """One execution, as the database has it. Counts are of rows, not of what a counter says."""

    execution_id: str
    status: str
    failure_reason: str | None
    rows_read: int
    labelled: int
    unknown: int
    failed: int
    skipped: int = 0
    parked: int
    rejected: int
    discovered: int
    discovery: str | None
    calls: int
    input_tokens: int
    output_tokens: int
    last_progress_at: datetime

    @property
    def settled(self) -> int:
        """Rows whose outcome is known."""
        return self.labelled + self.unknown + self.failed + self.skipped + self.rejected

    @property
    def over(self) -> bool:
        """Whether nothing more will come of this execution by itself."""
        return self.status in ("completed", "failed")


class RowCount(Tolerant):
    """The rows of a file as counted here.

    Attributes:
        rows: without the header and blank lines.
        certain: false if quotation marks that do not fit leave open where a row ends.
    """

    rows: int
    certain: bool = True


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
    with _open_text(path) as text:
        if any(suffix in (".json", ".jsonl", ".ndjson") for suffix in path.suffixes):
            return _count_json(text.read())
        return _count_csv(text)


def _count_zip(path: Path) -> RowCount:
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        names = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
        documents = [name for name in names if Path(name).suffix.lower() in _DOCUMENTS]
        if documents:
            return RowCount(rows=len(documents))
        if len(names) == 1:
            return count_rows(Path(archive.extract(names[0], folder)))
    # Of a workbook only ingest can say where its header is.
    return RowCount(rows=0, certain=False)


def _count_json(text: str) -> RowCount:
    try:
        value = json.loads(text)
    except ValueError:
        return RowCount(rows=sum(1 for line in text.splitlines() if line.strip()))
    if isinstance(value, list):
        return RowCount(rows=len(value))
    # An object alone is a row, or holds a list of them.
    return RowCount(rows=1, certain="\n" not in text.strip() and not any(map(_is_list, value.values())))


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _count_csv(text: TextIO) -> RowCount:
    header = next((line for line in text if line.strip()), "")
    announced = _ANNOUNCED.fullmatch(header)
    if announced:
        header = next((line for line in text if line.strip()), "")
    likely = max(_DELIMITERS, key=header.count)
    delimiter = announced[1] if announced else likely if likely in header else _NO_DELIMITER
    reader = csv.reader(chain([header], text), delimiter=delimiter, strict=True)
    records, columns, certain = 0, 0, True
    for size, lines in _record_sizes(reader):
        columns = columns or size
        # A broken record of one line is one row, whatever it means; one of several may be several rows.
        certain = certain and (lines == 1 or size == columns)
        records += 1
    return RowCount(rows=max(0, records - 1), certain=certain)


def _record_sizes(reader: Reader) -> Iterator[tuple[int, int]]:
    """How many columns and lines each record has; -1 columns for one that is broken."""
    while True:
        before = reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield -1, reader.line_num - before
            continue
        if row:
            yield len(row), reader.line_num - before


def _open_text(path: Path) -> TextIO:
    return io.TextIOWrapper(_open(path), encoding=_encoding(path), errors="replace", newline="")


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


def find_execution(connection: Connection, bucket: str, key: str, earlier: set[str]) -> str | None:
    """The execution of an object that was not there earlier; None as long as ingest has not begun it."""
    found = executions_of(connection, bucket, key) - earlier
    return next(iter(found), None)


def executions_of(connection: Connection, bucket: str, key: str) -> set[str]:
    """The ids of all executions of one object, of whatever version."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT execution_id FROM execution WHERE source_bucket = %s AND source_key = %s", (bucket, key)
        )
        return {str(row["execution_id"]) for row in cursor.fetchall()}


def read_figures(connection: Connection, execution_id: str) -> ExecutionCounts:
    """The execution's row, and its rows counted one by one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, failure_reason, rows_read, discovered, discovery, calls, input_tokens,"
            " output_tokens, last_progress_at FROM execution WHERE execution_id = %s",
            (execution_id,),
        )
        execution: dict[str, Any] = cursor.fetchone() or {}
        cursor.execute(
            "SELECT status, COUNT(*) AS n FROM customer_feedback WHERE execution_id = %s GROUP BY status",
            (execution_id,),
        )
        counted = {str(row["status"]): int(row["n"]) for row in cursor.fetchall()}
        cursor.execute("SELECT COUNT(*) AS n FROM rejected_row WHERE execution_id = %s", (execution_id,))
        rejected = int((cursor.fetchone() or {"n": 0})["n"])
    rows = {name: counted.get(name, 0) for name in ("labelled", "unknown", "failed", "skipped", "parked")}
    return ExecutionCounts.model_validate(
        {"execution_id": execution_id, "rejected": rejected} | rows | execution
    )


class CategoryCount(NamedTuple):
    """A category: rows that have it as label, rows that speak of it at all, whether it was found here."""

    name: str
    rows: int
    mentions: int
    is_new: bool


def read_categories(connection: Connection, execution_id: str) -> list[CategoryCount]:
    """The categories that the execution's rows have or speak of, most rows first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.category AS name, SUM(m.position = 1) AS n, COUNT(*) AS mentions,"
            " MAX(c.execution_id IS NOT NULL) AS is_new"
            " FROM feedback_mentions m LEFT JOIN customer_feedback_category c"
            " ON c.profile = m.profile AND c.name = m.category AND c.execution_id = m.execution_id"
            " WHERE m.execution_id = %s AND m.category <> 'unknown'"
            " GROUP BY m.category ORDER BY n DESC, mentions DESC, name",
            (execution_id,),
        )
        return [
            CategoryCount(str(row["name"]), int(row["n"]), int(row["mentions"]), bool(row["is_new"]))
            for row in cursor.fetchall()
        ]


def unaccounted(counted: RowCount, figures: ExecutionCounts) -> str | None:
    """Why the rows do not add up, in one sentence; None if each of them is accounted for."""
    if figures.status == "failed":
        return f"The file was refused: {figures.failure_reason}"
    # Of a file whose quotation marks do not fit, only ingest can say into which rows it fell.
    rows = counted.rows if counted.certain else figures.rows_read
    if rows == figures.settled and figures.settled >= counted.rows:
        return None
    skipped = f" + {figures.skipped} skipped" if figures.skipped else ""
    return (
        f"{rows} rows in the file, but {figures.labelled} labelled + {figures.unknown} unknown"
        f" + {figures.failed} failed{skipped} + {figures.rejected} rejected = {figures.settled}"
        + (f" ({figures.parked} are parked)" if figures.parked else "")
    )
