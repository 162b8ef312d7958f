"""Table `category_row`: the unknown rows that wait for a proposed category to be approved."""

from collections.abc import Sequence

from shared.platform.database import Transaction
from shared.stores.relabelling import PoolRow

_ATTACH = """
    INSERT INTO category_row (category_id, feedback_id) VALUES (%(category_id)s, %(feedback_id)s)
    ON DUPLICATE KEY UPDATE category_id = category_row.category_id
"""
_SAMPLE = """
    SELECT f.id, f.text_key FROM category_row w JOIN customer_feedback f ON f.id = w.feedback_id
    WHERE w.category_id = %(category_id)s ORDER BY f.id DESC LIMIT %(limit)s
"""
_ROWS = "SELECT feedback_id FROM category_row WHERE category_id = %(category_id)s ORDER BY feedback_id"


def attach(tx: Transaction, category_id: int, row_ids: Sequence[int]) -> None:
    """Lets these rows wait for the category's approval."""
    if row_ids:
        tx.executemany(_ATTACH, [{"category_id": category_id, "feedback_id": row_id} for row_id in row_ids])


def sample(tx: Transaction, category_id: int, limit: int) -> list[PoolRow]:
    """The newest of its rows with different texts, at most `limit`, whatever was decided since."""
    tx.execute(_SAMPLE, {"category_id": category_id, "limit": 2 * limit})
    rows = {bytes(row["text_key"]): PoolRow.model_validate(row) for row in tx.fetchall()}
    return list(rows.values())[:limit]


def rows_of(tx: Transaction, category_id: int) -> list[int]:
    """The rows that were attached to the category when it was proposed."""
    tx.execute(_ROWS, {"category_id": category_id})
    return [row["feedback_id"] for row in tx.fetchall()]
