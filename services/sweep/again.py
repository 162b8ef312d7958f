"""A parked row as the message that it once was."""

from shared.contracts.execution import Execution
from shared.contracts.records import FileMessage, ParkedMessage
from shared.stores.feedback_store import FeedbackRow


def message_of(row: FeedbackRow, execution: Execution) -> FileMessage | ParkedMessage:
    """What classify is sent again: it settles the row if record id, profile and text are the row's."""
    if row.row_number is None:
        return ParkedMessage(
            execution_id=row.execution_id,
            execution_key=execution.execution_key,
            record_id=row.record_id,
            profile=row.profile,
            feedback=row.to_feedback(),
        )
    return FileMessage(
        execution_id=row.execution_id,
        execution_key=execution.execution_key,
        row_number=row.row_number,
        profile=row.profile,
        feedback=row.to_feedback(),
        raw_values=row.raw_values,
    )
