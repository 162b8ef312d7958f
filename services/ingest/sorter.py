"""Good rows → their queue, the others → table `rejected_row`, both counted."""

from services.ingest.checkpoint import Checkpoint
from services.ingest.dates import DateOrder
from services.ingest.dependencies import Dependencies
from services.ingest.reader import Row
from services.ingest.refusal import RowRejected
from services.ingest.rows import to_feedback
from services.ingest.sender import Sender
from services.ingest.settings import IngestSettings
from shared.contracts.execution import Execution
from shared.contracts.records import FileMessage
from shared.platform.queue_batches import queue_body
from shared.stores import rejected_store
from shared.stores.rejected_store import RejectedRow

_REJECT_PAGE = 200


def message_of(row: Row, execution: Execution, order: DateOrder | None) -> FileMessage:
    """What classify is sent of a row.

    Raises:
        RowRejected: the row is no feedback.
    """
    return FileMessage(
        execution_id=execution.execution_id,
        execution_key=execution.execution_key,
        row_number=row.number,
        profile=execution.profile,
        feedback=to_feedback(row, order),
    )


def queue_of(settings: IngestSettings, rows: int) -> str:
    """The URL of the queue that a file with about so many rows has its rows sent to."""
    large = rows > settings.bulk_threshold
    return settings.feedback_bulk_queue_url if large else settings.feedback_queue_url


class Sorter:
    """Sends good rows to their queue and writes the others down, counting both."""

    def __init__(
        self,
        deps: Dependencies,
        sender: Sender,
        execution: Execution,
        checkpoint: Checkpoint,
    ) -> None:
        self.accepted = checkpoint.accepted
        self.rejected = checkpoint.rejected
        self._deps = deps
        self._sender = sender
        self._execution = execution
        self._order: DateOrder | None = checkpoint.date_order
        self._estimated_rows = checkpoint.estimated_rows
        self._rejects: list[RejectedRow] = []

    def take(self, row: Row) -> None:
        """Deals with one row."""
        try:
            self._accept(row)
        except RowRejected as error:
            self._reject(row, str(error))

    def flush(self) -> None:
        """Returns when SQS has every good row and MySQL every other."""
        self._sender.flush()
        self._write_rejects()

    def _accept(self, row: Row) -> None:
        body = queue_body(message_of(row, self._execution, self._order))
        self._sender.send(queue_of(self._deps.settings, max(self._estimated_rows, row.number)), body)
        self.accepted += 1

    def _reject(self, row: Row, reason: str) -> None:
        self._rejects.append(
            RejectedRow(
                execution_id=self._execution.execution_id,
                position=str(row.number),
                reason=reason,
                raw=row.raw,
            )
        )
        self.rejected += 1
        if len(self._rejects) >= _REJECT_PAGE:
            self._write_rejects()

    def _write_rejects(self) -> None:
        rows, self._rejects = self._rejects, []
        if rows:
            self._deps.database.transact(lambda tx: rejected_store.reject(tx, rows))
