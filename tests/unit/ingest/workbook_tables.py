"""Cells of a workbook, as they are read."""

import csv
import datetime as dt
import io

from services.ingest.archive import Archive
from services.ingest.sheet import sheet_csv

DAY = dt.datetime(2024, 1, 5)  # noqa: DTZ001 (Excel knows no zones)


def table(data: bytes) -> list[list[str]]:
    """The first visible sheet's cells."""
    text = b"".join(sheet_csv(Archive(io.BytesIO(data)))).decode()
    return list(csv.reader(io.StringIO(text, newline="")))
