"""Sends good rows to their queue and writes the others to table `rejected_row`; counts both."""

from services.ingest.checkpoint import Checkpoint
from services.ingest.dependencies import Dependencies
from services.ingest.reader import Row
from services.ingest.refusal import RowRejected
from services.ingest.rows import to_feedback
from services.ingest.segments import kept
from services.ingest.sender import Sender
from services.ingest.unread import Unread, unread_fields
from services.ingest.value_forms import ValueForms
from shared.contracts.execution import Execution
from shared.contracts.records import FileMessage
from shared.platform.queue_batches import queue_body
from shared.stores import rejected_store
from shared.stores.rejected_store import RejectedRow

_REJECT_PAGE = 200
_REJECT_CHARACTERS = 2_000_000
"""Of rejected rows that wait to be written, about."""


def message_of(row: Row, execution: Execution, forms: ValueForms) -> FileMessage:
    """The message of a row for classify.

    Raises:
        RowRejected: the row is no feedback.
    """
    said = to_feedback(row, forms)
    return FileMessage(
        execution_id=execution.execution_id,
        execution_key=execution.execution_key,
        row_number=row.number,
        profile=execution.profile,
        feedback=said.feedback,
        raw_values=dict(said.raw_values),
        segments=kept(row.segments),
        found=row.found,
    )


def sender_of(deps: Dependencies, execution: Execution) -> Sender:
    """What sends rows of this execution, so that other executions' may pass them."""
    settings = deps.settings
    return Sender(deps.sqs, settings.feedback_queue_url, execution.execution_id, settings.sender_threads)


class Sorter:
    """Sends good rows and writes rejected ones, in batches, and counts both."""

    def __init__(
        self,
        deps: Dependencies,
        sender: Sender,
        execution: Execution,
        checkpoint: Checkpoint,
    ) -> None:
        self.accepted = checkpoint.accepted
        self.rejected = checkpoint.rejected
        self.unread = dict(checkpoint.unread)
        self._deps = deps
        self._sender = sender
        self._execution = execution
        self._forms = checkpoint.forms
        self._rejects: list[RejectedRow] = []
        self._waiting = 0

    def take(self, row: Row) -> None:
        """Sends or rejects one row."""
        try:
            self._accept(row)
        except RowRejected as error:
            self._reject(row, str(error))

    def flush(self) -> None:
        """Returns when SQS has every good row and MySQL every other."""
        self._sender.flush()
        self._write_rejects()

    def _accept(self, row: Row) -> None:
        message = message_of(row, self._execution, self._forms)
        self._sender.send(queue_body(message))
        self.accepted += 1
        for name, text in unread_fields(message.feedback, message.raw_values).items():
            self.unread[name] = self.unread.get(name, Unread()).plus(text)

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
        self._waiting += len(row.raw)
        if len(self._rejects) >= _REJECT_PAGE or self._waiting >= _REJECT_CHARACTERS:
            self._write_rejects()

    def _write_rejects(self) -> None:
        rows, self._rejects, self._waiting = self._rejects, [], 0
        if rows:
            self._deps.database.transact(lambda tx: rejected_store.reject(tx, rows))
