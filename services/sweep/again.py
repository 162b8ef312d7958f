"""A parked row as the message that it once was."""

from pydantic import BaseModel

from shared.contracts.execution import Execution
from shared.contracts.records import DirectFeedback, Feedback, FileMessage
from shared.stores.feedback_store import FeedbackRow


def message_of(row: FeedbackRow, execution: Execution) -> BaseModel:
    """What classify is sent again: it finds the row by its record id, and settles it."""
    if row.row_number is None:
        return _direct(row)
    return FileMessage(
        execution_id=row.execution_id,
        execution_key=execution.execution_key,
        row_number=row.row_number,
        profile=row.profile,
        feedback=Feedback(
            product_name=row.product_name or "",
            store=row.store or "",
            ref_id=row.ref_id or "",
            stars=row.stars,
            title=row.title or "",
            feedback=row.feedback,
            date=row.create_date,
        ),
    )


def _direct(row: FeedbackRow) -> DirectFeedback:
    return DirectFeedback(
        id=row.record_id,
        profile=row.profile,
        product_name=row.product_name or "",
        store=row.store or "",
        stars=row.stars,
        title=row.title or "",
        feedback=row.feedback,
        date=row.create_date,
    )
