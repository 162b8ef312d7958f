"""Mails and pages out of a file → one JSON object a line, for `documents` to read row by row.

A mail is written byte by byte (Latin-1), a page decoded. Nothing is read of them yet: a slice that goes on
writes the lines before its place again, and should do so quickly.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from services.ingest import unpack
from services.ingest.archive import Archive
from services.ingest.mails.framing import mails
from services.ingest.pages.html_tree import MOST_BYTES, text_of
from services.ingest.refusal import FileBroken

MOST_LINE = 4 * MOST_BYTES
"""Bytes of a line: as JSON a page of signs that are escaped grows."""
PAGES = (".html", ".htm", ".html.gz", ".htm.gz")
MAILS = (".eml", ".emlx", ".eml.gz")


def mail_lines(blocks: Iterable[bytes], name: str = "", *, many: bool = False) -> Iterator[bytes]:
    """The mails of a file: one, or those of an mbox."""
    return (_line(name, raw.decode("latin-1")) for raw in mails(blocks, many=many))


def page_line(blocks: Iterable[bytes], name: str, charset: str = "") -> Iterator[bytes]:
    """A page, of which no more is read than any page has."""
    page = b"".join(_first(blocks, MOST_BYTES))
    if page.strip():
        yield _line(name, text_of(page, charset))


def packed_lines(archive: Archive, most: int, *, pages: bool) -> Iterator[bytes]:
    """The pages, or mails, of a zip file in the order of their names; raises as `Archive.blocks` does."""
    left = most
    for name in packed_names(archive, pages=pages):
        blocks = archive.blocks(name, most, "is too large")
        for line in _unpacked(name, blocks, most, pages=pages):
            left -= len(line)
            if left < 0:
                raise FileBroken(f"it unpacks to more than {most} bytes: upload it in parts")
            yield line


def packed_names(archive: Archive, *, pages: bool) -> list[str]:
    """The names of the pages, or mails, in a zip file."""
    return sorted(name for name in archive.names if name.lower().endswith(PAGES if pages else MAILS))


def warc_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The HTML pages of a WARC file that came with status 200.

    Raises:
        FileBroken: it cannot be read on.
    """
    try:
        for record in ArchiveIterator(_Stream(blocks)):
            if _is_page(record):
                kind = str(record.http_headers.get_header("Content-Type", ""))
                charset = kind.lower().partition("charset=")[2].partition(";")[0].strip("\"' ")
                address = str(record.rec_headers.get_header("WARC-Target-URI", "")).strip("<>")
                yield from page_line([record.content_stream().read(MOST_BYTES)], address, charset)
    except (ArchiveLoadFailed, EOFError, ValueError, OSError) as error:
        raise FileBroken("the WARC file is damaged from here on: write and upload it again") from error


def _is_page(record: Any) -> bool:
    headers = record.http_headers
    if record.rec_type != "response" or headers is None or headers.get_statuscode() != "200":
        return False
    return "html" in str(headers.get_header("Content-Type", "")).lower()


def _unpacked(name: str, blocks: Iterator[bytes], most: int, *, pages: bool) -> Iterator[bytes]:
    if name.lower().endswith(".gz"):
        blocks, name = unpack.unpack(blocks, most), name[:-3]
    return page_line(blocks, name) if pages else mail_lines(blocks, name)


def _line(name: str, content: str) -> bytes:
    found = {"ref_id": name, "feedback": content.replace("\0", "")}
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _first(blocks: Iterable[bytes], most: int) -> Iterator[bytes]:
    for block in blocks:
        yield block[:most]
        most -= len(block)
        if most <= 0:
            return


class _Stream:
    """Blocks as a file that is read from its beginning to its end."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = filter(None, blocks)

    def read(self, _size: int) -> bytes:
        """The next block, of any size."""
        return next(self._blocks, b"")
