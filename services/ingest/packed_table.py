"""Which file in a ZIP archive is the table of feedback."""

import re
from collections.abc import Sequence

from services.ingest.archive import Archive
from services.ingest.refusal import FileRefused

TABLES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".xlsx")
"""What a file of feedback is called; what it is, its content says."""
_SUFFIXES = tuple(form + packed for form in TABLES for packed in ("", ".gz"))
_OFFICE = {
    "word/": "a Word document",
    "ppt/": "a PowerPoint presentation",
    "content.xml": "an OpenDocument file",
    "index/": "a Numbers or Pages file",
    "xl/workbook.bin": "a binary Excel workbook (.xlsb)",
}
_BESIDE = re.compile(r"read[ _-]?me|licen[cs]e|liesmich|change ?log|manifest|metadata", re.IGNORECASE)
"""What is packed with a table and is none."""
_SHOWN = 5


def is_table(name: str) -> bool:
    """Whether a file of this name is a table."""
    return name.lower().endswith(_SUFFIXES)


def refuse_documents(archive: Archive) -> None:
    """Raises FileRefused if the archive is what a program saves that is no table, or none that is read."""
    for begin, what in _OFFICE.items():
        if any(name.lower().startswith(begin) for name in archive.names):
            raise FileRefused(f"the file looks like {what}: save it as .xlsx or CSV (UTF-8) and upload that")


def only_table(archive: Archive) -> str:
    """The name of the one file that is called as tables are.

    Raises:
        FileRefused: there is none, or there are several.
    """
    names = archive.names
    named = [name for name in names if is_table(name)]
    tables = [name for name in named if not _BESIDE.match(name.rpartition("/")[2])] or named
    if len(tables) == 1:
        return tables[0]
    if not tables and any(name.lower().endswith(".zip") for name in names):
        raise FileRefused("the zip file holds a zip file: pack the table alone")
    if not tables:
        raise FileRefused(
            f"the zip file holds no file that ends in {', '.join(TABLES)}, but {_listed(names) or 'nothing'}"
        )
    raise FileRefused(
        f"the zip file holds several tables: {_listed(tables)}. Upload each alone, or in its own zip file"
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(name[-60:] for name in names[:_SHOWN]) + more
