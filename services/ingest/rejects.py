"""`rejected/<execution_id>.csv`: the rows that were not taken, for people to mend and upload again."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING

from shared.contracts import keys
from shared.contracts.records import ExecutionId
from shared.contracts.spreadsheet import neutral
from shared.platform.database import Database
from shared.stores import rejected_store
from shared.stores.rejected_store import RejectedRow

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PAGE = 500
_CELL_LENGTH = 32_000
"""Spreadsheets hold 32,767 characters in a cell; the table `rejected_row` has the whole."""
_MEMORY = 4 * 1024 * 1024


def write_rejects(database: Database, s3: "S3Client", bucket: str, execution_id: ExecutionId) -> None:
    """Writes the CSV from table `rejected_row`; in parts if it is large, and in bounded memory."""
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY) as file:
        write_csv(file, _rows(database, execution_id))
        file.seek(0)
        s3.upload_fileobj(
            file,
            bucket,
            keys.rejected(execution_id),
            ExtraArgs={"ContentType": "text/csv; charset=utf-8"},
        )


def write_csv(file: IO[bytes], rows: Iterable[RejectedRow]) -> None:
    """The CSV, with a byte-order mark so that spreadsheets read it as UTF-8, and no cell a formula."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="", write_through=True)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(("row", "reason", "raw"))
    for row in rows:
        writer.writerow((row.position, neutral(row.reason), neutral(row.raw[:_CELL_LENGTH])))
    text.flush()
    text.detach()


def _rows(database: Database, execution_id: ExecutionId) -> Iterator[RejectedRow]:
    after = ""
    while page := _page(database, execution_id, after):
        yield from page
        after = page[-1].position


def _page(database: Database, execution_id: ExecutionId, after: str) -> list[RejectedRow]:
    return database.transact(lambda tx: rejected_store.rejected_after(tx, execution_id, after, _PAGE))
