"""The file reader: whatever bytes are uploaded, they end as rows, as rejected rows, or in a refusal.

The first byte chooses how they are uploaded and read (`Way`); the others are the file.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from services.ingest.checkpoint import Checkpoint
from services.ingest.contents import Contents
from services.ingest.dates import DateOrder, decides
from services.ingest.lines import split_lines
from services.ingest.opening import open_file
from services.ingest.ratings import RatingCounts
from services.ingest.reader import Position, Row, RowReader
from services.ingest.refusal import FileBroken, FileRefused, RowRejected
from services.ingest.rejects import write_csv
from services.ingest.rows import to_feedback
from services.ingest.source import SourceFile
from services.ingest.steps import Steps
from services.ingest.unread import Unread, unread_fields
from services.ingest.value_forms import ValueForms
from shared.contracts.execution import Source
from shared.contracts.records import FileMessage
from shared.platform.queue_batches import queue_body
from shared.stores.rejected_store import RejectedRow
from tests.builders import EXECUTION_ID, a_file_message

MAX_UNPACKED = 1024 * 1024
LONGEST_REASON = 2500
"""Of a refused file; it may list columns."""
SQS_LIMIT = 1024 * 1024
_RESTARTS = 12
"""So many rows are read by a new reader each, too; a file of more of them tells no more."""


@dataclass(frozen=True)
class Way:
    """How a file is uploaded and read."""

    packed: bool
    block: int
    limit: int
    order: DateOrder | None

    @classmethod
    def of(cls, choice: int) -> "Way":
        """One of 36, some of them by several bytes."""
        return cls(
            packed=bool(choice & 1),
            block=(7, 100, 64 * 1024)[choice // 2 % 3],
            limit=(64, 1024)[choice // 6 % 2],
            order=(None, DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, None)[choice // 12 % 4],
        )


class Bucket:
    """S3 with one object, as far as ingest reads it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def get_object(self, *, Range: str, **_: Any) -> dict[str, Any]:
        first, last = map(int, Range.removeprefix("bytes=").split("-"))
        piece = self._data[first : last + 1]
        if not piece:
            raise ClientError({"Error": {"Code": "InvalidRange"}}, "GetObject")
        body = StreamingBody(io.BytesIO(piece), len(piece))
        return {"ETag": '"0a"', "ContentRange": f"bytes {first}-{last}/{len(self._data)}", "Body": body}


def check(data: bytes) -> None:
    """Reads the file as ingest does; raises AssertionError, or whatever else the reader lets out."""
    way = Way.of(data[0] if data else 0)
    content = data[1:]
    uploaded = gzip.compress(content, 1, mtime=0) if way.packed else content
    s3: Any = Bucket(uploaded)
    source = Source(bucket="data", key="incoming/a.csv", etag="0a")
    file = Contents(SourceFile(s3, source, block_bytes=way.block), MAX_UNPACKED)
    try:
        checkpoint = open_file(file, len(uploaded))
    except FileRefused as refused:
        _check_reason(refused)
        return
    _check_checkpoint(checkpoint)
    rows, end = _read(file, checkpoint, way)
    _check_rows(rows, way)
    _check_end(file, checkpoint, rows, end)
    assert _read_with_restarts(file, checkpoint, way) == rows[:_RESTARTS], "slices cut the same rows"
    _check_feedback(rows, way)


def _check_reason(error: FileRefused | RowRejected) -> None:
    assert 10 < len(str(error).encode()) < 4 * LONGEST_REASON, "it says what to do, and can be stored"


def _check_checkpoint(checkpoint: Checkpoint) -> None:
    saved = json.dumps(checkpoint.model_dump(mode="json"), ensure_ascii=False)
    saved.encode()  # no database takes halves of surrogate pairs
    assert Checkpoint.model_validate(json.loads(saved)) == checkpoint
    assert checkpoint.estimated_rows >= 0


def _reader(file: Contents, checkpoint: Checkpoint, way: Way) -> RowReader:
    blocks = file.blocks(checkpoint.offset, checkpoint.layout.steps)
    lines = split_lines(blocks, checkpoint.layout.encoding, way.limit)
    return RowReader(lines, checkpoint.layout, checkpoint.position, way.limit)


def _read(file: Contents, checkpoint: Checkpoint, way: Way) -> tuple[list[Row], Position]:
    reader = _reader(file, checkpoint, way)
    rows = []
    before = reader.position.offset
    for row in reader:
        assert reader.position.offset >= before
        before = reader.position.offset
        if row is not None:
            rows.append(row)
    return rows, reader.position


def _read_with_restarts(file: Contents, checkpoint: Checkpoint, way: Way) -> list[Row]:
    """The first rows, each by a slice of its own."""
    rows: list[Row] = []
    now = checkpoint.rows_from_the_start()
    while len(rows) < _RESTARTS:
        reader = _reader(file, now, way)
        row = next(iter(reader), None)
        if row is not None:
            rows.append(row)
        if reader.position == now.position or (row is not None and "from here on" in (row.problem or "")):
            break
        now = now.at(reader.position)
    return rows


def _check_rows(rows: list[Row], way: Way) -> None:
    assert [row.number for row in rows] == list(range(1, len(rows) + 1)), "every row has its number"
    for row in rows:
        # A character is a byte at least, and Windows-1252's are one byte each.
        assert len(row.raw) <= 64 * 1024
        assert sum(map(len, row.values.values())) <= way.limit, "no more is kept than a record may hold"
        assert not (row.values and row.problem)


def _check_end(file: Contents, checkpoint: Checkpoint, rows: list[Row], end: Position) -> None:
    readable, broken = _unpacked(file, checkpoint.layout.steps)
    # Half a character at the end of UTF-16 counts as a whole one.
    spare = int(checkpoint.layout.encoding != "utf-8")
    assert end.offset <= readable + spare
    if broken:
        assert rows[-1].problem is not None, "what cannot be read is said"
    else:
        assert end.offset >= readable, "all of it was read"


def _unpacked(file: Contents, steps: Steps) -> tuple[int, bool]:
    size = 0
    try:
        for block in file.blocks(0, steps):
            size += len(block)
    except FileBroken:
        return size, True
    return size, False


def _check_feedback(rows: list[Row], way: Way) -> None:
    rejected, ratings, unread = [], RatingCounts(), Unread()
    for row in rows:
        decides(row.values.get("date", ""))
        ratings = ratings.plus(row.values.get("stars", ""))
        try:
            said, raw = to_feedback(row, ValueForms(date_order=way.order, stars_scale=ratings.scale))
        except RowRejected as error:
            _check_reason(error)
            rejected.append(
                RejectedRow(
                    execution_id=EXECUTION_ID, position=str(row.number), reason=str(error), raw=row.raw
                )
            )
            continue
        message = a_file_message(row_number=row.number, feedback=said, raw_values=raw)
        for text in unread_fields(said, raw).values():
            unread = unread.plus(text)
        body = queue_body(message)
        assert len(body.encode()) < SQS_LIMIT
        assert FileMessage.model_validate_json(body) == message
    assert len(json.dumps(unread.model_dump())) < LONGEST_REASON, "what is shown of values is bounded"
    assert len(list(_written(rejected))) == len(rejected), "each rejected row is a line for people"


def _written(rejected: list[RejectedRow]) -> Iterator[list[str]]:
    file = io.BytesIO()
    write_csv(file, rejected)
    csv.field_size_limit(10 * 1024 * 1024)
    text = file.getvalue().decode("utf-8-sig")
    lines = csv.reader(io.StringIO(text, newline=""))
    next(lines)
    for line in lines:
        assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@")) for cell in line), (
            "no cell is a formula"
        )
        yield line
