"""Excel workbooks, made by openpyxl or part by part, and what ingest reads of them."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import openpyxl

from services.ingest.checkpoint import Checkpoint
from services.ingest.contents import Contents
from services.ingest.opening import open_file, rows_from
from services.ingest.reader import Row
from services.ingest.source import SourceFile
from tests.builders import a_source

MAX_BYTES = 100 * 1024 * 1024
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class OneObject:
    """S3 with one object."""

    def __init__(self, data: bytes, metadata: Mapping[str, str] | None = None) -> None:
        self._data = data
        self._metadata = metadata or {}
        self.requests = 0

    def get_object(self, *, Range: str, **_: Any) -> dict[str, Any]:
        self.requests += 1
        first, last = map(int, Range.removeprefix("bytes=").split("-"))
        body = io.BytesIO(self._data[first : last + 1])
        size = f"bytes {first}-{last}/{len(self._data)}"
        return {"ETag": '"0a"', "ContentRange": size, "Metadata": self._metadata, "Body": body}


def contents(data: bytes, max_bytes: int = MAX_BYTES) -> Contents:
    source = a_source(key="incoming/a", version=None, etag="0a", bytes=len(data))
    return Contents(SourceFile(cast(Any, OneObject(data)), source, block_bytes=64 * 1024), max_bytes)


def opened(data: bytes) -> Checkpoint:
    return open_file(contents(data), len(data))


def read_file(data: bytes, *, restarts: bool = False) -> list[Row]:
    """Its rows, as ingest reads them; with restarts, each by a slice of its own."""
    file, now = contents(data), opened(data)
    now = now.at(now.position)
    rows: list[Row] = []
    while True:
        reader = rows_from(file, now)
        for row in reader:
            if row is not None:
                rows.append(row)
            if restarts:
                break
        if not restarts or reader.over:
            return rows
        now = now.at(reader.position)


def a_workbook(rows: Iterable[Sequence[Any]], **formats: str) -> bytes:
    """A workbook of one sheet; `formats` are number formats by column letter."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for letter, form in formats.items():
        for cell in sheet[letter][1:]:
            cell.number_format = form
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def a_sheet(data: str, texts: str = "", styles: str = "", head: str = "") -> bytes:
    """A workbook by hand.

    Args:
        data: what stands in sheetData.
        texts: what stands in sst.
        styles: what stands in styleSheet.
        head: what stands before the sheet's root.
    """
    relations = (
        f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELATIONS}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    )
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships><Relationship Id="r" Type="{_RELATIONS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
            '<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
            "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{texts}</sst>',
            "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
            "xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData>'
            "</worksheet>",
        }
    )


def zipped(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()
