"""From an uploaded file to the text in it: unpacked, and its sheet or its objects written as lines.

Each step gives the same bytes however often it is taken, so that a place in the text stands for the same row
in every slice; to go on from there, a slice takes the steps again and skips what it has read before.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from services.ingest import archive, framed, json_values, sheet, unpack
from services.ingest.archive import Archive
from services.ingest.encodings import codec_of
from services.ingest.forms import refuse_no_document
from services.ingest.headers import HEAD_BYTES
from services.ingest.packed_table import is_table, only_table, refuse_documents
from services.ingest.refusal import FileBroken, FileRefused
from services.ingest.source import SourceFile
from services.ingest.steps import Framed, Step, Steps, is_framed
from shared.contracts.profiles import Reader
from shared.contracts.tabular import NotText, sniff_encoding

_MOST_STEPS = 4
_MEMORY = 16 * 1024 * 1024
_SPOOL = 256 * 1024 * 1024
"""Bytes of a workbook that is packed itself, and so has to be put somewhere to be looked into."""


class Contents:
    """The text in a file.

    Args:
        max_bytes: how much of a packed file is unpacked.
    """

    def __init__(self, source: SourceFile, max_bytes: int) -> None:
        self.source = source
        self._max_bytes = max_bytes

    def blocks(self, offset: int, steps: Steps) -> Iterator[bytes]:
        """The text from `offset` on, in blocks.

        Raises:
            FileRefused: the file was replaced or deleted, or cannot be unpacked.
            FileBroken: it cannot be unpacked further.
            TransientError: S3 does not answer.
        """
        if not steps:
            return self.source.blocks(offset)
        return _skip(self._taken(steps), offset)

    def next_step(self, head: bytes, steps: Steps, reads: Reader = Reader.TABLE) -> Step | None:
        """What is to be done next with a file that begins with `head` after these steps; None: it is text.

        Args:
            reads: what the profile expects of a file of this name.

        Raises:
            FileRefused: nothing can be done with it.
        """
        if is_framed(steps):
            return None
        if len(steps) > _MOST_STEPS:
            raise FileRefused("the file is packed too often: pack it once")
        if head.startswith(unpack.MAGIC) and "gzip" not in steps:
            return "gzip"
        if head.startswith(archive.MAGIC):
            with self._seekable(steps) as file:
                return _step_of(Archive(file), steps, reads)
        if reads is not Reader.TABLE and "zip" not in steps and not is_table(self.source.key):
            refuse_no_document(head, reads)
            return _framing(head, reads)
        if "json" in steps or not json_values.is_list_or_spread(_text(head)):
            return None
        return "json"

    def head(self, steps: Steps) -> tuple[bytes, bool]:
        """The first bytes after these steps, and whether that is all that can be read.

        Raises:
            FileRefused: not even they can be read.
        """
        head = b""
        try:
            for block in self.blocks(0, steps):
                head += block
                if len(head) > HEAD_BYTES:
                    return head[:HEAD_BYTES], False
        except FileBroken as error:
            if not head:
                raise FileRefused(f"the file cannot be read: {error}") from error
        return head, True

    def _taken(self, steps: Steps) -> Iterator[bytes]:
        *before, last = steps
        earlier = tuple(before)
        match last:
            case "gzip":
                yield from unpack.unpack(self.blocks(0, earlier), self._max_bytes)
            case "json":
                yield from self._json_lines(earlier)
            case "zip":
                with self._seekable(earlier) as file:
                    packed = Archive(file)
                    yield from packed.blocks(only_table(packed), self._max_bytes, "is too large")
            case "xlsx":
                with self._seekable(earlier) as file:
                    yield from sheet.sheet_csv(Archive(file))
            case _:
                yield from self._documents(last, earlier)

    def _json_lines(self, earlier: Steps) -> Iterator[bytes]:
        head, complete = self.head(earlier)
        return json_values.json_lines(self.blocks(0, earlier), codec_of(head, complete=complete))

    def _documents(self, last: Framed, earlier: Steps) -> Iterator[bytes]:
        match last:
            case "pages" | "mails":
                with self._seekable(earlier) as file:
                    yield from framed.packed_lines(Archive(file), self._max_bytes, pages=last == "pages")
            case "page":
                yield from framed.page_line(self.blocks(0, earlier), self.source.name)
            case "warc":
                yield from framed.warc_lines(self.blocks(0, earlier))
            case "mail" | "mbox":
                yield from framed.mail_lines(self.blocks(0, earlier), many=last == "mbox")

    @contextmanager
    def _seekable(self, steps: Steps) -> Iterator[BinaryIO]:
        """What is there after these steps, as a file to look around in."""
        if not steps:
            yield self.source.seekable()
            return
        with tempfile.SpooledTemporaryFile(max_size=_MEMORY) as file:
            size = 0
            for block in self.blocks(0, steps):
                size += len(block)
                if size > _SPOOL:
                    raise FileRefused(f"it unpacks to more than {_SPOOL} bytes: upload it unpacked")
                file.write(block)
            yield cast(BinaryIO, file)


def _framing(head: bytes, reads: Reader) -> Framed:
    if reads is Reader.EMAIL:
        return "mbox" if head.startswith(b"From ") else "mail"
    return "warc" if head.startswith(b"WARC/") else "page"


def _step_of(found: Archive, steps: Steps, reads: Reader) -> Step:
    pages = reads is Reader.PAGE
    if reads is not Reader.TABLE and framed.packed_names(found, pages=pages):
        return "pages" if pages else "mails"
    refuse_documents(found)
    if found.has("[Content_Types].xml") and any(name.lower().startswith("xl/") for name in found.names):
        return "xlsx"
    if "zip" in steps:
        raise FileRefused("the zip file holds a zip file: pack the table alone")
    only_table(found)
    return "zip"


def _text(head: bytes) -> str:
    try:
        return head.decode(sniff_encoding(head), "ignore")
    except NotText:
        return ""


def _skip(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    for block in blocks:
        if count < len(block):
            yield block[count:]
            break
        count -= len(block)
    yield from blocks
