"""Turns a parked row back into its SQS message."""

from shared.contracts.execution import Execution
from shared.contracts.records import FileMessage, ParkedMessage
from shared.stores.feedback_store import FeedbackRow


def message_of(row: FeedbackRow, execution: Execution) -> FileMessage | ParkedMessage:
    """The message that sends the row to classify again, which updates the row with its outcome.

    Args:
        execution: the row's; its key proves that the message is ours.
    """
    if row.row_number is None:
        return ParkedMessage(
            execution_id=row.execution_id,
            execution_key=execution.execution_key,
            record_id=row.record_id,
            profile=row.profile,
            feedback=row.to_feedback(),
            segments=row.segments,
            found=dict(row.found),
        )
    return FileMessage(
        execution_id=row.execution_id,
        execution_key=execution.execution_key,
        row_number=row.row_number,
        profile=row.profile,
        feedback=row.to_feedback(),
        raw_values=row.raw_values,
        segments=row.segments,
        found=dict(row.found),
    )
