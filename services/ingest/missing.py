"""Rows whose messages were lost: sent again from the file, or counted as failed if it is gone for good.

The execution's own counts stand: ingest read these rows before. Sending a row that was not lost does no
harm, classify knows it by its record id.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from services.ingest.checkpoint import Checkpoint
from services.ingest.dependencies import Dependencies
from services.ingest.opening import file_of, rows_from
from services.ingest.reader import Position, Row
from services.ingest.refusal import FileRefused, RowRejected
from services.ingest.sorter import message_of, sender_of
from services.ingest.value_forms import ValueForms
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.messages import SendMissing
from shared.contracts.records import FileMessage
from shared.platform.database import Transaction
from shared.platform.queue_batches import queue_body
from shared.stores import execution_store, feedback_store

_PAGE = 500
_PAGE_CHARACTERS = 4 * 1024 * 1024
_REFUSED = "its message was lost, and the row would not be taken any more"
_MOST_REFUSED = 1000
"""Rows that one slice notes as not taken any more, and counts one by one."""


@dataclass(frozen=True)
class Resent:
    """What became of rows whose messages were lost.

    Attributes:
        sent: rows sent again.
        failed: rows counted as failed.
        reason: why the file cannot be read any more; None if it can.
    """

    sent: int = 0
    failed: int = 0
    reason: str | None = None


class Resender:
    """Carries out one order to look for rows without a row."""

    def __init__(self, deps: Dependencies, execution: Execution, order: SendMissing) -> None:
        self._deps = deps
        self._execution = execution
        self._order = order
        self._refused: dict[int, str] = {}

    def run(self, deadline: float) -> Resent:
        """Works until the file ends or the clock shows `deadline`; then it orders itself to go on.

        Raises:
            TransientError: S3, SQS or MySQL is away; the same order is to be carried out again.
        """
        try:
            return self._send(deadline)
        except FileRefused as error:
            # Its messages may still be only late: nothing is counted before the sweeper gives up.
            failed = self._count_failed(deadline) if self._order.give_up else 0
            return Resent(failed=failed, reason=str(error))

    def _send(self, deadline: float) -> Resent:
        checkpoint = Checkpoint.stored(self._execution.checkpoint)
        place = checkpoint.at(_place(self._order, checkpoint))
        reader = rows_from(file_of(self._deps, self._execution), place)
        rows, sent, over = iter(reader), 0, False
        with sender_of(self._deps, self._execution) as sender:
            while not over:
                page, over = _page(rows)
                for message in self._messages(page, checkpoint.forms):
                    sender.send(queue_body(message))
                    sent += 1
                if self._deps.clock() >= deadline or len(self._refused) >= _MOST_REFUSED:
                    break
            sender.flush()
        if self._order.give_up:
            for number, why in self._refused.items():
                self._fail(number, number, f"{_REFUSED}: {why}")
        if not over:
            self._go_on(**asdict(reader.position))
        return Resent(sent, len(self._refused) if self._order.give_up else 0)

    def _messages(self, page: Sequence[Row], forms: ValueForms) -> Iterator[FileMessage]:
        """Of the rows that are missing; those that were taken by other rules than today's are noted."""
        if not page:
            return
        numbers = self._deps.database.transact(
            lambda tx: feedback_store.missing.numbers(
                tx, self._execution.execution_id, page[0].number, page[-1].number
            )
        )
        for row in page:
            if row.number in numbers:
                try:
                    yield message_of(row, self._execution, forms)
                except RowRejected as error:
                    self._refused[row.number] = str(error)

    def _count_failed(self, deadline: float) -> int:
        failed, number, end = 0, self._order.row_number, self._execution.rows_read
        while number < end:
            last = min(number + _PAGE, end)
            failed, number = failed + self._fail(number + 1, last), last
            if self._deps.clock() >= deadline:
                break
        if number < end:
            self._go_on(row_number=number)
        return failed

    def _fail(self, first: int, last: int, reason: str = feedback_store.missing.REASON) -> int:
        work = partial(
            _fail, execution_id=self._execution.execution_id, first=first, last=last, reason=reason
        )
        return self._deps.database.transact(work)

    def _go_on(self, **place: object) -> None:
        following = self._order.model_copy(update=place)
        self._deps.database.transact(lambda tx: tx.announce(following, self._execution.execution_id))


def _place(order: SendMissing, checkpoint: Checkpoint) -> Position:
    if order.offset is None:
        return Position(checkpoint.layout.start)
    return Position(order.offset, order.row_number, order.inside_long_line)


def _page(rows: Iterator[Row | None]) -> tuple[list[Row], bool]:
    """The next rows, as many as memory should hold, and whether the file is over."""
    page, size = [], 0
    for steps, row in enumerate(rows, 1):
        if row is not None:
            page.append(row)
            size += sum(map(len, row.values.values()))
        if steps == _PAGE or size >= _PAGE_CHARACTERS:
            return page, False
    return page, True


def _fail(tx: Transaction, execution_id: str, first: int, last: int, reason: str) -> int:
    execution = execution_store.lock(tx, execution_id)
    if execution is None or execution.status is not ExecutionStatus.CLASSIFYING:
        return 0
    numbers = feedback_store.missing.numbers(tx, execution_id, first, last)
    failed = feedback_store.missing.write_failed(tx, execution, numbers, reason)
    lifecycle.count_written(tx, execution_id, Counts(failed=failed))
    return failed
