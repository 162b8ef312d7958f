"""Good rows → their queue, the others → table `rejected_row`, both counted."""

from services.ingest.checkpoint import Checkpoint
from services.ingest.dates import DateOrder
from services.ingest.reader import Row
from services.ingest.refusal import RowRejected
from services.ingest.rows import to_feedback
from services.ingest.sender import Sender
from services.ingest.settings import IngestSettings
from shared import feedback_store
from shared.database import Database
from shared.execution_store import Execution
from shared.feedback_store import RejectedRow
from shared.queue_batch import queue_body
from shared.records import FileMessage

_REJECT_PAGE = 200


class Sorter:
    """Sends good rows to their queue and writes the others down, counting both."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        settings: IngestSettings,
        execution: Execution,
        checkpoint: Checkpoint,
    ) -> None:
        self.accepted = checkpoint.accepted
        self.rejected = checkpoint.rejected
        self._database = database
        self._sender = sender
        self._settings = settings
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
        message = FileMessage(
            execution_id=self._execution.execution_id,
            execution_key=self._execution.execution_key,
            row_number=row.number,
            profile=self._execution.profile,
            feedback=to_feedback(row, self._order),
        )
        self._sender.send(self._queue_url(row.number), queue_body(message))
        self.accepted += 1

    def _queue_url(self, rows_so_far: int) -> str:
        large = max(self._estimated_rows, rows_so_far) > self._settings.bulk_threshold
        return self._settings.feedback_bulk_queue_url if large else self._settings.feedback_queue_url

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
            self._database.transact(lambda tx: feedback_store.reject(tx, rows))
