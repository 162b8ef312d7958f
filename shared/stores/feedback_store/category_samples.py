"""Rows that say what a category is: how many have it, and samples of them."""

from collections.abc import Iterable

from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Transaction
from shared.stores.feedback_store import topics
from shared.stores.feedback_store.discover import PoolRow, topic_rows
from shared.stores.reading import many

_CATEGORY_SIZES = """
    SELECT label_final, COUNT(*) AS `rows` FROM customer_feedback
    WHERE execution_id = %(execution_id)s AND status = 'labelled' GROUP BY label_final
"""
# Rows that speak of something else besides say less of what the category is.
_CATEGORY_SAMPLE = """
    SELECT f.id, f.text_key FROM (
        SELECT id, text_key FROM customer_feedback FORCE INDEX (feedback_by_label)
        WHERE profile = %(profile)s AND label_final = %(name)s AND status = 'labelled'
        ORDER BY id DESC LIMIT %(limit)s
    ) f
    ORDER BY EXISTS (
        SELECT 1 FROM feedback_aspect a
        WHERE a.feedback_id = f.id AND a.position > 1 AND a.category = 'unknown'), f.id DESC
"""
_CORRECTED_SAMPLE = """
    SELECT id, text_key, 1 AS corrected FROM customer_feedback
    WHERE profile = %(profile)s AND label_correction = %(name)s
    ORDER BY last_updated_time DESC, id DESC LIMIT %(limit)s
"""
_WAITING_SAMPLE = """
    SELECT f.id, f.text_key FROM category_row w JOIN customer_feedback f ON f.id = w.feedback_id
    WHERE w.category_id = %(category_id)s ORDER BY f.id DESC LIMIT %(limit)s
"""


def category_sizes(tx: Transaction, execution_id: ExecutionId) -> dict[str, int]:
    """Labelled rows of the execution by final label."""
    tx.execute(_CATEGORY_SIZES, {"execution_id": execution_id})
    return {row["label_final"]: row["rows"] for row in tx.fetchall()}


def category_sample(tx: Transaction, profile: Profile, name: str, limit: int) -> list[PoolRow]:
    """The category's newest rows with different texts, at most `limit`: first those that people gave it."""
    which = {"profile": profile, "name": name, "limit": 4 * limit}
    corrected = many(tx, PoolRow, _CORRECTED_SAMPLE, which)
    return _distinct([*corrected, *many(tx, PoolRow, _CATEGORY_SAMPLE, which)])[:limit]


def mention_sample(tx: Transaction, category_id: int, limit: int) -> list[PoolRow]:
    """The newest topics that got the category by discovery, with different texts, at most `limit`."""
    return _distinct(topic_rows(tx, topics.of_category(tx, category_id, limit)))


def waiting_sample(tx: Transaction, category_id: int, limit: int) -> list[PoolRow]:
    """The newest rows that wait, or waited, for the category, with different texts, at most `limit`."""
    which = {"category_id": category_id, "limit": 2 * limit}
    return _distinct(many(tx, PoolRow, _WAITING_SAMPLE, which))[:limit]


def _distinct(rows: Iterable[PoolRow]) -> list[PoolRow]:
    found: dict[bytes, PoolRow] = {}
    for row in rows:
        found.setdefault(row.text_key, row)
    return list(found.values())
