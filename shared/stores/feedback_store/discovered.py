"""What a discovery writes of the rows of its themes; table `category_row` has those of each category.

An id below 0 is of a topic of the row (`feedback_store.topics`).
"""

from collections import Counter
from collections.abc import Sequence

from shared.contracts.events import Counts
from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Transaction
from shared.stores import execution_store
from shared.stores.feedback_store import topics
from shared.stores.feedback_store.rows import UNKNOWN_YET
from shared.stores.inserting import insert
from shared.stores.reading import chunks, column

_ATTACHED = "SELECT feedback_id FROM category_row WHERE category_id = %(category_id)s"
_STILL_UNKNOWN = f"""
    SELECT f.id, f.execution_id FROM customer_feedback f WHERE f.id IN %(ids)s AND {UNKNOWN_YET} FOR UPDATE
"""
_RELABEL = """
    UPDATE customer_feedback SET label_post_processing = %(label)s, status = 'labelled' WHERE id IN %(ids)s
"""
_MOVE = """
    UPDATE customer_feedback SET label_post_processing = %(label)s
    WHERE id IN %(ids)s AND execution_id = %(execution_id)s AND status = 'labelled'
        AND label_correction IS NULL
"""
# What a discovery notes about a row is no change of the row.
_SET_JUDGED = """
    UPDATE customer_feedback SET judged_theme = %(theme)s, last_updated_time = last_updated_time
    WHERE id IN %(ids)s
"""
_WAITING = """
    SELECT w.category_id FROM category_row w JOIN customer_feedback f ON f.id = w.feedback_id
    WHERE f.execution_id = %(execution_id)s
    UNION SELECT a.category_id FROM customer_feedback_category c
    STRAIGHT_JOIN feedback_aspect a FORCE INDEX (aspect_by_category) ON a.category_id = c.id
    STRAIGHT_JOIN customer_feedback f ON f.id = a.feedback_id
    WHERE c.profile = %(profile)s AND c.status = 'proposed' AND f.execution_id = %(execution_id)s
"""
_MOST_WAITING = 2000
"""Topics by which it is decided whether a proposed category is used: more change nothing."""


def attached(tx: Transaction, category_id: int) -> list[int]:
    """The rows for which the category was found, and the newest topics of rows that wait for it."""
    waiting = topics.of_category(tx, category_id, _MOST_WAITING)
    return column(tx, _ATTACHED, {"category_id": category_id}) + [-row_id for row_id in waiting]


def attach(tx: Transaction, category_id: int, row_ids: Sequence[int]) -> None:
    """Notes that the category was found for these rows; those of a proposed one wait for its approval."""
    rows = [{"category_id": category_id, "feedback_id": key} for key in topics.not_topics(row_ids)]
    insert(tx, "category_row", rows, once=True)


def label_unknown(tx: Transaction, ids: Sequence[int], label: str) -> Counter[ExecutionId]:
    """Labels those of these rows that are still unknown; returns how many, by execution.

    Their counts move with them. The caller has locked the executions.
    """
    moved = topics.change_found(tx, topics.not_topics(ids), _STILL_UNKNOWN, _RELABEL, {"label": label})
    for execution_id, rows in moved.items():
        execution_store.add_counts(tx, execution_id, Counts(labelled=rows, unknown=-rows))
    return moved


def move_labelled(tx: Transaction, execution_id: ExecutionId, ids: Sequence[int], label: str) -> int:
    """Gives rows of this execution that have a label, and none by a person, this one; returns how many.

    Their counts stay as they are. The caller has locked the execution.
    """
    which = {"execution_id": execution_id, "label": label}
    return sum(tx.execute(_MOVE, which | {"ids": chunk}) for chunk in chunks(ids))


def set_judged(tx: Transaction, ids: Sequence[int], theme: int) -> None:
    """Notes the theme in which these rows and topics were judged."""
    for chunk in chunks(sorted(topics.not_topics(ids))):
        tx.execute(_SET_JUDGED, {"ids": chunk, "theme": theme})
    topics.set_judged(tx, topics.rows_of(ids), theme)


def waiting(tx: Transaction, profile: Profile, execution_id: ExecutionId) -> list[int]:
    """The ids of the categories for which rows of this execution, or topics of them, wait, or waited."""
    return column(tx, _WAITING, {"profile": profile, "execution_id": execution_id})
