"""What tables hold, read whole: for tests only."""

from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores import feedback_store, rejected_store
from shared.stores.curation_store import Curation
from shared.stores.feedback_store import FeedbackRow, RowStatus
from shared.stores.rejected_store import RejectedRow


def feedback_rows(tx: Transaction, execution_id: str, size: int = 1000) -> list[FeedbackRow]:
    """The execution's rows in the file's order."""
    rows: list[FeedbackRow] = []
    while page := feedback_store.page(tx, execution_id, rows[-1].place if rows else None, size):
        rows += page
    return rows


def rejected_rows(tx: Transaction, execution_id: str, size: int = 500) -> list[RejectedRow]:
    """The execution's rejected rows in the order of their positions."""
    rows: list[RejectedRow] = []
    while page := rejected_store.rejected_after(tx, execution_id, rows[-1].position if rows else "", size):
        rows += page
    return rows


def decisions(tx: Transaction, profile: str = "feedback") -> list[Curation]:
    """The profile's decisions, oldest first."""
    tx.execute("SELECT * FROM curation WHERE profile = %(profile)s ORDER BY id", {"profile": profile})
    return [Curation.model_validate(row) for row in tx.fetchall()]


def count_by_status(tx: Transaction, execution_id: ExecutionId) -> dict[RowStatus, int]:
    """The execution's rows, counted from the table and not from its counters."""
    tx.execute(
        "SELECT status, COUNT(*) AS `rows` FROM customer_feedback WHERE execution_id = %s GROUP BY status",
        [execution_id],
    )
    return {RowStatus(row["status"]): row["rows"] for row in tx.fetchall()}
