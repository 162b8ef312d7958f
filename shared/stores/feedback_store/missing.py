"""Rows of a file that neither `customer_feedback` nor `rejected_row` holds: their messages were lost."""

from collections.abc import Collection

from shared.contracts.execution import Execution
from shared.contracts.records import ExecutionId, text_key
from shared.platform.database import Transaction
from shared.stores.feedback_store.rows import REASON_LENGTH, RowStatus
from shared.stores.inserting import insert
from shared.stores.reading import column

REASON = (
    "its message was lost, and the file could not be read again to send another: upload the row in a new file"
)
"""The reason of such a row, when it is counted as failed in the end."""
_WRITTEN = """
    SELECT `row_number` AS number FROM customer_feedback
    WHERE execution_id = %(execution_id)s AND `row_number` BETWEEN %(first)s AND %(last)s
"""
_REJECTED = """
    SELECT position AS number FROM rejected_row
    WHERE execution_id = %(execution_id)s AND position IN %(positions)s
"""


def numbers(tx: Transaction, execution_id: ExecutionId, first: int, last: int) -> set[int]:
    """The row numbers from `first` to `last` that neither table holds."""
    asked = range(first, last + 1)
    if not asked:
        return set()
    positions = [str(number) for number in asked]
    values = {"execution_id": execution_id, "first": first, "last": last, "positions": positions}
    known = column(tx, _WRITTEN, values) + column(tx, _REJECTED, values)
    return set(asked) - set(map(int, known))


def write_failed(
    tx: Transaction, execution: Execution, numbers: Collection[int], reason: str = REASON
) -> int:
    """Inserts rows that are lost as failed, without a text; returns how many are new.

    The caller has locked the execution, and counts them.
    """
    shared = {
        "execution_id": execution.execution_id,
        "profile": execution.profile,
        "status": RowStatus.FAILED,
        "failure_reason": reason[:REASON_LENGTH],
        # An empty text marks the row as one that cannot be asked again.
        "feedback": "",
        "text_key": text_key("", ""),
    }
    rows = [
        {"record_id": f"{execution.execution_id}:{number}", "row_number": number} | shared
        for number in sorted(numbers)
    ]
    return insert(tx, "customer_feedback", rows, once=True)
