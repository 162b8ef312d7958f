"""A file opened: its first look (what it is, about how many rows it has), and its rows from a place on."""

from fractions import Fraction

from services.ingest.checkpoint import Checkpoint
from services.ingest.columns import REQUIRED
from services.ingest.contents import Contents
from services.ingest.dependencies import Dependencies
from services.ingest.layout import Layout, inspect
from services.ingest.lines import split_lines
from services.ingest.reader import Position, RowReader
from services.ingest.refusal import FileRefused
from services.ingest.source import SourceFile
from services.ingest.steps import Steps
from shared.contracts.execution import Execution
from shared.contracts.profiles import Input
from shared.model.cost_estimate import feedback_tokens

_PLAIN = Input()
_PACKING = {"gzip", "zip", "xlsx"}


def open_file(file: Contents, size: int, shows: Input = _PLAIN) -> Checkpoint:
    """The first checkpoint of a file.

    Args:
        size: its bytes in S3.
        shows: what the profile says of its input.

    Raises:
        FileRefused: it is no table of feedback.
    """
    head, complete, steps = _text_of(file)
    wishes = file.source.said_of_columns
    layout = inspect(head, steps=steps, complete=complete, wishes=wishes, names=shows.columns)
    rows, tokens = _measure(head, layout, shows.most_text)
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
    return Contents(SourceFile(deps.s3, source), deps.settings.max_unpacked_bytes)


def rows_from(file: Contents, checkpoint: Checkpoint, max_record: int) -> RowReader:
    """The file's rows from the checkpoint's place on.

    Args:
        max_record: the most bytes a record may take up.
    """
    layout = checkpoint.layout
    blocks = file.blocks(checkpoint.offset, layout.steps)
    lines = split_lines(blocks, layout.encoding, max_record)
    return RowReader(lines, layout, checkpoint.position, max_record)


def _text_of(file: Contents) -> tuple[bytes, bool, Steps]:
    """The beginning of the file's text, whether that is all of it, and how it is got out of the file."""
    steps: Steps = ()
    while True:
        head, complete = file.head(steps)
        step = file.next_step(head, steps)
        if step is None:
            return head, complete, steps
        steps = (*steps, step)


def _measure(head: bytes, layout: Layout, most: int) -> tuple[int, int]:
    """How many rows begin in the head, and the tokens of their texts.

    Lines alone would count a text of many lines as many rows.
    """
    lines = split_lines([head[layout.start :]], layout.encoding, len(head))
    rows = tokens = 0
    for row in RowReader(lines, layout, Position(layout.start), len(head)):
        if row is not None:
            rows += 1
            tokens += feedback_tokens(row.values.get("title", ""), row.values.get(REQUIRED, ""), most)
    return rows, tokens
