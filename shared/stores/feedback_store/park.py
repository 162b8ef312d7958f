"""Parked rows: they wait for a budget or a model, and are then sent again."""

from collections.abc import Collection
from datetime import datetime

from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Transaction
from shared.stores.feedback_store.rows import SIZE, FeedbackRow, ParkedCause
from shared.stores.reading import count, page

_PARKED = """
    SELECT {columns} FROM customer_feedback FORCE INDEX (feedback_by_cause)
    WHERE execution_id = %(execution_id)s AND status = 'parked' AND parked_cause = %(cause)s
        AND last_updated_time <= %(parked_until)s AND id > %(after)s
    ORDER BY id LIMIT %(limit)s
"""
_HAS_PARKED = """
    SELECT id FROM customer_feedback
    WHERE execution_id = %(execution_id)s AND status = 'parked' AND parked_cause IN %(causes)s LIMIT 1
"""
_COUNT = """
    SELECT COUNT(*) AS `rows` FROM customer_feedback FORCE INDEX (feedback_by_cause)
    WHERE execution_id = %(execution_id)s AND status = 'parked' AND parked_cause = %(cause)s
"""
_ASKED_AGAIN = """
    SELECT f.id FROM execution e FORCE INDEX (execution_by_parked)
    STRAIGHT_JOIN customer_feedback f FORCE INDEX (feedback_by_cause) ON f.execution_id = e.execution_id
    WHERE e.parked > 0 AND e.profile = %(profile)s AND f.status = 'parked' AND f.parked_cause = 'replay'
    LIMIT 1
"""
_SENT_AGAIN = """
    UPDATE customer_feedback SET parked_cause = 'replay', last_updated_time = NOW(3)
    WHERE id IN %(ids)s AND status = 'parked'
"""


def parked(
    tx: Transaction,
    execution_id: ExecutionId,
    cause: ParkedCause,
    parked_until: datetime,
    after: int,
    limit: int,
) -> list[FeedbackRow]:
    """A page of the rows parked for this cause at `parked_until` or before, after the id `after`: at most
    `limit`, and what PAGE_BYTES hold.
    """
    which = {"execution_id": execution_id, "cause": cause, "parked_until": parked_until}
    return page(tx, FeedbackRow, _PARKED, which | {"after": after, "limit": limit}, SIZE)


def has_parked(tx: Transaction, execution_id: ExecutionId, causes: Collection[ParkedCause]) -> bool:
    """Whether the execution has a row that is parked for one of these causes."""
    return tx.execute(_HAS_PARKED, {"execution_id": execution_id, "causes": list(causes)}) > 0


def count_parked(tx: Transaction, execution_id: ExecutionId, cause: ParkedCause) -> int:
    """How many of the execution's rows are parked for this cause."""
    return count(tx, _COUNT, {"execution_id": execution_id, "cause": cause})


def is_asked_again(tx: Transaction, profile: Profile) -> bool:
    """Whether a parked row of the profile has been sent to its queue again, and is not settled yet."""
    return tx.execute(_ASKED_AGAIN, {"profile": profile}) > 0


def set_sent_again(tx: Transaction, ids: Collection[int]) -> None:
    """Marks these parked rows as sent to their queue again."""
    if ids:
        tx.execute(_SENT_AGAIN, {"ids": list(ids)})
