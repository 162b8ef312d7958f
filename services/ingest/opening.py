"""A file's first look: what it is, and about how many rows it has."""

from collections.abc import Iterator

from services.ingest.checkpoint import Checkpoint
from services.ingest.layout import HEAD_BYTES, Layout, inspect
from services.ingest.lines import split_lines
from services.ingest.reader import Position, RowReader
from services.ingest.refusal import FileBroken, FileRefused
from services.ingest.source import SourceFile


def open_file(file: SourceFile, size: int) -> Checkpoint:
    """The first checkpoint of a file.

    Args:
        size: its bytes in S3.

    Raises:
        FileRefused: it is no table of feedback.
    """
    compressed = file.is_compressed()
    head, complete = _head(file.blocks(0, compressed=compressed))
    layout = inspect(head, compressed=compressed, complete=complete)
    rows = _count_rows(head, layout)
    # How well a gzip file packs is not known from its beginning; four times is what tables pack at least.
    unpacked = max(len(head), size * 4 if compressed else size)
    return Checkpoint(
        phase="dates" if layout.has_dates else "rows",
        layout=layout,
        offset=layout.start,
        estimated_rows=rows if complete else rows * unpacked // len(head),
    )


def _count_rows(head: bytes, layout: Layout) -> int:
    """How many rows begin in the head: lines alone would count a text of many lines as many rows."""
    lines = split_lines([head[layout.start :]], layout.encoding, len(head))
    return sum(row is not None for row in RowReader(lines, layout, Position(layout.start), len(head)))


def _head(blocks: Iterator[bytes]) -> tuple[bytes, bool]:
    """The first bytes, and whether that is all that can be read."""
    head = b""
    try:
        for block in blocks:
            head += block
            if len(head) > HEAD_BYTES:
                return head[:HEAD_BYTES], False
    except FileBroken as error:
        if not head:
            raise FileRefused(f"the file cannot be read: {error}") from error
    return head, True
