"""`rejected/<execution_id>.csv`: the rows that were not taken, for people to mend and upload again."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from services.ingest.dependencies import Dependencies
from shared.contracts import keys
from shared.contracts.records import ExecutionId
from shared.contracts.spreadsheet import neutral
from shared.stores import rejected_store
from shared.stores.rejected_store import RejectedRow

_PAGE = 500
_CELL_LENGTH = 32_000
"""Spreadsheets hold 32,767 characters in a cell; the table `rejected_row` has the whole."""
_MEMORY = 4 * 1024 * 1024
_MOST_ROWS = 500_000
_MOST_BYTES = 256 * 1024 * 1024
"""Of the CSV, which one invocation writes, on a disk of 512 MiB. Nobody mends more rows than that by hand."""


def write_rejects(deps: Dependencies, execution_id: ExecutionId, rejected: int) -> None:
    """Writes the CSV from table `rejected_row`; in parts if it is large, and in bounded memory.

    Args:
        rejected: how many rows there are. Those that are too many for the file are a line at its end.
    """
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY) as file:
        write_csv(file, _rows(deps, execution_id), rejected)
        file.seek(0)
        deps.s3.upload_fileobj(
            file,
            deps.settings.data_bucket,
            keys.rejected(execution_id),
            ExtraArgs={"ContentType": "text/csv; charset=utf-8"},
        )


def write_csv(file: IO[bytes], rows: Iterable[RejectedRow], rejected: int = 0) -> None:
    """The CSV, with a byte-order mark so that spreadsheets read it as UTF-8, and no cell a formula."""
    written = 0
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="", write_through=True)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(("row", "reason", "raw"))
    for row in rows:
        if written == _MOST_ROWS or file.tell() >= _MOST_BYTES:
            break
        writer.writerow((row.position, neutral(row.reason), neutral(row.raw[:_CELL_LENGTH])))
        written += 1
    if rejected > written:
        more = f"{rejected - written} more rows were not taken: all are in table rejected_row"
        writer.writerow(("", more, ""))
    text.flush()
    text.detach()


def _rows(deps: Dependencies, execution_id: ExecutionId) -> Iterator[RejectedRow]:
    after = ""
    while page := _page(deps, execution_id, after):
        yield from page
        after = page[-1].position


def _page(deps: Dependencies, execution_id: ExecutionId, after: str) -> list[RejectedRow]:
    return deps.database.transact(lambda tx: rejected_store.rejected_after(tx, execution_id, after, _PAGE))
