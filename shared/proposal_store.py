"""Table `category_row`: the unknown rows that wait for a proposed category to be approved."""

from collections.abc import Sequence

from shared.database import Transaction

_ATTACH = """
    INSERT INTO category_row (category_id, feedback_id) VALUES (%(category_id)s, %(feedback_id)s)
    ON DUPLICATE KEY UPDATE category_id = category_row.category_id
"""
_ROWS = "SELECT feedback_id FROM category_row WHERE category_id = %(category_id)s ORDER BY feedback_id"


def attach(tx: Transaction, category_id: int, row_ids: Sequence[int]) -> None:
    """Lets these rows wait for the category's approval."""
    if row_ids:
        tx.executemany(_ATTACH, [{"category_id": category_id, "feedback_id": row_id} for row_id in row_ids])


def rows_of(tx: Transaction, category_id: int) -> list[int]:
    """The rows that were attached to the category when it was proposed."""
    tx.execute(_ROWS, {"category_id": category_id})
    return [row["feedback_id"] for row in tx.fetchall()]
