"""Rows whose messages were lost: sent again from the file, or counted as failed if it is gone for good.

The execution's own counts stand: ingest read these rows before. Sending a row that was not lost does no
harm, classify knows it by its record id.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from services.ingest.checkpoint import Checkpoint
from services.ingest.dependencies import Dependencies
from services.ingest.opening import file_of, rows_from
from services.ingest.reader import Position, Row
from services.ingest.refusal import FileRefused, RowRejected
from services.ingest.sender import Sender
from services.ingest.sorter import message_of, sender_of
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.messages import SendMissing
from shared.platform.database import Transaction
from shared.platform.queue_batches import queue_body
from shared.stores import execution_store, feedback_store

_PAGE = 500
_PAGE_CHARACTERS = 4 * 1024 * 1024
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
    """Looks for rows without a row."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    def run(self, execution: Execution, order: SendMissing, deadline: float) -> Resent:
        """Works until the file ends or the clock shows `deadline`; then it orders itself to go on.

        Raises:
            TransientError: S3, SQS or MySQL is away; the same order is to be carried out again.
        """
        try:
            return self._send(execution, order, deadline)
        except FileRefused as error:
            # Its messages may still be only late: nothing is counted before the sweeper gives up.
            if not order.give_up:
                return Resent(reason=str(error))
            return self._count_failed(execution, order, deadline, str(error))

    def _send(self, execution: Execution, order: SendMissing, deadline: float) -> Resent:
        checkpoint = Checkpoint.model_validate(execution.checkpoint)
        place = checkpoint.at(_place(order, checkpoint))
        reader = rows_from(file_of(self._deps, execution), place, self._deps.settings.max_record_bytes)
        rows, sent, over = iter(reader), 0, False
        refused: dict[int, str] = {}
        with sender_of(self._deps, execution) as sender:
            while not over:
                page, over = _page(rows)
                sent += self._send_page(execution, checkpoint, page, sender, refused)
                if self._deps.clock() >= deadline or len(refused) >= _MOST_REFUSED:
                    break
            sender.flush()
        if order.give_up:
            self._fail_refused(execution, refused)
        if not over:
            self._go_on(order, **asdict(reader.position))
        return Resent(sent, len(refused) if order.give_up else 0)

    def _send_page(
        self,
        execution: Execution,
        checkpoint: Checkpoint,
        page: Sequence[Row],
        sender: Sender,
        refused: dict[int, str],
    ) -> int:
        """Sends what is missing; rows that were taken by other rules than today's are noted in `refused`."""
        if not page:
            return 0
        look = partial(
            feedback_store.missing.numbers,
            execution_id=execution.execution_id,
            first=page[0].number,
            last=page[-1].number,
        )
        missing, sent = self._deps.database.transact(look), 0
        for row in page:
            if row.number in missing:
                try:
                    message = message_of(row, execution, checkpoint.forms)
                except RowRejected as error:
                    refused[row.number] = str(error)
                else:
                    sender.send(queue_body(message))
                    sent += 1
        return sent

    def _fail_refused(self, execution: Execution, refused: Mapping[int, str]) -> None:
        for number, why in refused.items():
            reason = f"its message was lost, and the row would not be taken any more: {why}"
            work = partial(
                _fail, execution_id=execution.execution_id, first=number, last=number, reason=reason
            )
            self._deps.database.transact(work)

    def _count_failed(self, execution: Execution, order: SendMissing, deadline: float, reason: str) -> Resent:
        failed, number = 0, order.row_number
        while number < execution.rows_read:
            last = min(number + _PAGE, execution.rows_read)
            work = partial(_fail, execution_id=execution.execution_id, first=number + 1, last=last)
            failed, number = failed + self._deps.database.transact(work), last
            if self._deps.clock() >= deadline:
                break
        if number < execution.rows_read:
            self._go_on(order, row_number=number)
        return Resent(failed=failed, reason=reason)

    def _go_on(self, order: SendMissing, **place: object) -> None:
        following = order.model_copy(update=place)
        self._deps.database.transact(lambda tx: tx.announce(following, order.execution_id))


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


def _fail(
    tx: Transaction, execution_id: str, first: int, last: int, reason: str = feedback_store.missing.REASON
) -> int:
    execution = execution_store.lock(tx, execution_id)
    if execution is None or execution.status is not ExecutionStatus.CLASSIFYING:
        return 0
    numbers = feedback_store.missing.numbers(tx, execution_id, first, last)
    failed = feedback_store.missing.write_failed(tx, execution, numbers, reason)
    lifecycle.count_written(tx, execution_id, Counts(failed=failed))
    return failed
