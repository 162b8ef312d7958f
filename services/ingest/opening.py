"""A file opened: its first look (what it is, about how many rows it has), and its rows from a place on."""

from collections.abc import Mapping
from fractions import Fraction

from services.ingest.checkpoint import Checkpoint
from services.ingest.columns import REQUIRED
from services.ingest.contents import Contents
from services.ingest.dependencies import Dependencies
from services.ingest.documents import DocumentReader
from services.ingest.framed import MOST_LINE
from services.ingest.layout import Layout, inspect
from services.ingest.lines import split_lines
from services.ingest.reader import Position, RowReader
from services.ingest.refusal import FileRefused
from services.ingest.source import SourceFile
from services.ingest.steps import Step, Steps, is_framed
from shared.contracts.execution import Execution
from shared.contracts.profiles import Input, Reader
from shared.model.cost_estimate import feedback_tokens

MAX_RECORD_BYTES = 1024 * 1024
"""The longest record (a CSV row with all its lines); what is longer is rejected."""
MAX_UNPACKED_BYTES = 5 * 1024**3
"""How much of a packed file is read: each slice unpacks it from its beginning again."""
_PLAIN = Input()
_PACKING = {"gzip", "zip", "xlsx"}
_BYTES: Mapping[Step, int] = {"mbox": 20_000, "mails": 8_000, "pages": 60_000, "warc": 300_000}
"""Of one mail or page in such a file, about."""
_CHARACTERS_OF_TOKEN = 4


def open_file(file: Contents, size: int, shows: Input = _PLAIN, reads: Reader = Reader.TABLE) -> Checkpoint:
    """The first checkpoint of a file.

    Args:
        size: its bytes in S3.
        shows: what the profile says of its input.
        reads: what it expects of a file of this name.

    Raises:
        FileRefused: it is no table of feedback.
    """
    head, complete, steps = _text_of(file, reads)
    if is_framed(steps):
        return _open_framed(head, steps, size, shows, reads)
    wishes = file.source.said_of_columns
    layout = inspect(head, steps=steps, complete=complete, wishes=wishes, names=shows.columns)
    layout = layout.model_copy(update={"reader": reads})
    rows, tokens = _measure(head, layout, shows)
    # How well a file packs is not known from its beginning; four times is what tables pack at least.
    unpacked = max(len(head), size * 4 if _PACKING & set(steps) else size)
    whole = 1 if complete else Fraction(unpacked, len(head))
    return Checkpoint(
        phase="dates" if layout.may_have("date") or layout.may_have("stars") else "rows",
        layout=layout,
        offset=layout.start,
        estimated_rows=int(rows * whole),
        estimated_tokens=int(tokens * whole),
    )


def file_of(deps: Dependencies, execution: Execution) -> Contents:
    """The file that the execution reads.

    Raises:
        FileRefused: it has none.
    """
    source = execution.source
    if source is None:
        raise FileRefused("the execution names no file")
    return Contents(SourceFile(deps.s3, source), MAX_UNPACKED_BYTES)


def rows_from(file: Contents, checkpoint: Checkpoint) -> RowReader:
    """The file's rows from the checkpoint's place on."""
    layout = checkpoint.layout
    blocks = file.blocks(checkpoint.offset, layout.steps)
    table = layout.reader is Reader.TABLE
    kind, most = (RowReader, MAX_RECORD_BYTES) if table else (DocumentReader, MOST_LINE)
    return kind(split_lines(blocks, layout.encoding, most), layout, checkpoint.position, most)


def _open_framed(head: bytes, steps: Steps, size: int, shows: Input, reads: Reader) -> Checkpoint:
    """Of mails or pages: nothing needs to be found out, neither columns nor how dates are written."""
    if not head.strip():
        raise FileRefused("the file holds no mail" if reads is Reader.EMAIL else "the file holds no page")
    rows = max(1, size // _BYTES.get(steps[-1], max(1, size)))
    return Checkpoint(
        phase="rows",
        layout=Layout(kind="jsonl", steps=steps, reader=reads, encoding="utf-8", start=0),
        offset=0,
        estimated_rows=rows,
        estimated_tokens=rows * shows.most_text // _CHARACTERS_OF_TOKEN,
    )


def _text_of(file: Contents, reads: Reader) -> tuple[bytes, bool, Steps]:
    """The beginning of the file's text, whether that is all of it, and how it is got out of the file."""
    steps: Steps = ()
    while True:
        head, complete = file.head(steps)
        step = file.next_step(head, steps, reads)
        if step is None:
            return head, complete, steps
        steps = (*steps, step)


def _measure(head: bytes, layout: Layout, shows: Input) -> tuple[int, int]:
    """How many rows begin in the head, and the tokens of their entries.

    Lines alone would count a text of many lines as many rows.
    """
    lines = split_lines([head[layout.start :]], layout.encoding, len(head))
    rows = tokens = 0
    for row in RowReader(lines, layout, Position(layout.start), len(head)):
        if row is not None:
            rows += 1
            title, text = row.values.get("title", ""), row.values.get(REQUIRED, "")
            named = [row.values.get(name) or row.segments.get(name, "") for name in shows.show]
            tokens += feedback_tokens(title, text, shows.most_text, named)
    return rows, tokens
