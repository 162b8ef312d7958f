"""Rows as results.csv is written of them."""

from typing import Any

from shared.stores.feedback_store import FeedbackRow
from tests.unit.notify.figures_case import at


def a_row(**changes: Any) -> FeedbackRow:
    fields: dict[str, Any] = dict.fromkeys(FeedbackRow.model_fields)
    fields |= {"id": 7, "record_id": "e:1", "execution_id": "e", "row_number": 1, "profile": "feedback"}
    fields |= {
        "feedback": "good",
        "status": "labelled",
        "text_key": b"",
        "last_updated_time": at(2026, 1, 1),
    }
    return FeedbackRow.model_validate(fields | changes)
