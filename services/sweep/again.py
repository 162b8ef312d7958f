"""Turns a parked row back into its SQS message."""

from typing import Any

from shared.contracts.execution import Execution
from shared.contracts.records import FileMessage, ParkedMessage
from shared.stores.feedback_store import FeedbackRow


def message_of(row: FeedbackRow, execution: Execution) -> FileMessage | ParkedMessage:
    """The message that sends the row to classify again, which updates the row with its outcome.

    Args:
        execution: the row's; its key proves that the message is ours.
    """
    sent: dict[str, Any] = {
        "execution_id": row.execution_id,
        "execution_key": execution.execution_key,
        "profile": row.profile,
        "feedback": row.to_feedback(),
        "segments": row.segments,
        "found": dict(row.found),
    }
    if row.row_number is None:
        return ParkedMessage(record_id=row.record_id, **sent)
    return FileMessage(row_number=row.row_number, raw_values=row.raw_values, **sent)
