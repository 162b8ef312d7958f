"""What the sweeper watches: executions that stalled, have parked rows, or ended without a notice."""

from collections.abc import Callable, Collection, Iterator

from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Database, Transaction
from shared.stores.reading import count, many, page
from shared.stores.retention import MESSAGE_DAYS

_SIZE = "OCTET_LENGTH(COALESCE(checkpoint, '')) + 4000"
"""Bytes of an execution, about: its checkpoint holds what a file's header says."""
_UNDER_WAY = "status IN ('receiving', 'classifying', 'classified', 'categorized')"
# What ended before is let go: no message of it is left in any queue.
_UNTOLD = f"""
    status IN ('completed', 'failed') AND last_progress_at > NOW(3) - INTERVAL {MESSAGE_DAYS} DAY
        AND (notified_revision IS NULL OR notified_revision < revision OR task_token IS NOT NULL)
"""
"""A condition: people, or the tracker, were not notified of the end."""
_STANDING_STILL = f"""
    SELECT {{columns}} FROM execution
    WHERE {_UNDER_WAY} AND open_profile IS NULL
        AND last_progress_at < NOW(3) - INTERVAL %(seconds)s SECOND
        AND (stalled_at IS NULL OR stalled_at < NOW(3) - INTERVAL %(seconds)s SECOND)
        AND (last_progress_at, execution_id) > (%(time)s, %(execution_id)s)
    ORDER BY last_progress_at, execution_id LIMIT %(limit)s
"""
_FIND_UNTOLD = f"""
    SELECT * FROM execution
    WHERE {_UNTOLD} AND last_progress_at < NOW(3) - INTERVAL %(seconds)s SECOND
        AND (stalled_at IS NULL OR stalled_at < NOW(3) - INTERVAL %(seconds)s SECOND)
    ORDER BY last_progress_at LIMIT 100
"""
_COUNT_STALLED = """
    SELECT COUNT(*) AS `rows` FROM execution e
    WHERE status IN %(statuses)s AND stalled_at >= last_progress_at
        AND NOT (status = 'classifying' AND parked > 0 AND EXISTS (
            SELECT 1 FROM customer_feedback f
            WHERE f.execution_id = e.execution_id AND f.status = 'parked' AND f.parked_cause IN %(causes)s
        ))
"""
_WITH_PARKED = """
    SELECT {columns} FROM execution FORCE INDEX (execution_by_parked)
    WHERE parked > 0 AND (started_at, execution_id) > (%(time)s, %(execution_id)s)
    ORDER BY started_at, execution_id LIMIT %(limit)s
"""
_FIRST = {"time": "1000-01-01", "execution_id": ""}
_QUIETLY_REVISED = """
    SELECT * FROM execution
    WHERE status = 'completed' AND last_progress_at > NOW(3) - INTERVAL 1 DAY
        AND profile = %(profile)s AND revision > loud_revision
    ORDER BY last_progress_at LIMIT 100
"""
_OWED = {
    ExecutionStatus.RECEIVING: """
        SELECT COUNT(*) AS messages FROM execution WHERE status = 'receiving' AND open_profile IS NULL
    """,
    ExecutionStatus.CLASSIFYING: """
        SELECT COALESCE(SUM(GREATEST(accepted, `rows`) - `rows`), 0) + (
            SELECT COUNT(*) FROM execution p FORCE INDEX (execution_by_parked)
            STRAIGHT_JOIN customer_feedback f FORCE INDEX (feedback_by_cause)
                ON f.execution_id = p.execution_id
            WHERE p.parked > 0 AND f.status = 'parked' AND f.parked_cause = 'replay'
        ) AS messages
        FROM (
            SELECT accepted, labelled + `unknown` + failed + skipped + parked AS `rows` FROM execution
            WHERE status IN ('receiving', 'classifying')
        ) AS open_ones
    """,
    ExecutionStatus.CLASSIFIED: "SELECT COUNT(*) AS messages FROM execution WHERE status = 'classified'",
}
_OWED_TO_NOTIFY = f"SELECT COUNT(*) AS messages FROM execution WHERE status = 'categorized' OR ({_UNTOLD})"
_SET_STALLED = "UPDATE execution SET stalled_at = NOW(3) WHERE execution_id = %(execution_id)s"


def every(
    database: Database, read: Callable[[Transaction, Execution | None], list[Execution]]
) -> Iterator[Execution]:
    """All that `read` finds, page by page: it gets the last execution of the page before, first None."""
    after = None
    while rows := database.transact(read, after):
        yield from rows
        after = rows[-1]


def standing_still(
    tx: Transaction, after: Execution | None, *, seconds: int, limit: int = 500
) -> list[Execution]:
    """The next executions without progress for `seconds`, unless handled less than `seconds` ago."""
    place = {"time": after.last_progress_at, "execution_id": after.execution_id} if after else _FIRST
    return page(tx, Execution, _STANDING_STILL, {"seconds": seconds, "limit": limit, **place}, _SIZE)


def owed(tx: Transaction, status: ExecutionStatus) -> int:
    """How many messages the queue holds, if none was lost, that executions of this status wait in.

    Of classify's it is the rows that are not written, without those that wait for a reason; of any other
    stage, or once an execution has ended, it is the event or the message to go on, one for each execution.
    """
    return count(tx, _OWED.get(status, _OWED_TO_NOTIFY), {})


def untold(tx: Transaction, seconds: int) -> list[Execution]:
    """Executions that ended more than `seconds` ago (at most 100, none of long ago), of which people or the
    tracker were not notified, unless that was tried again less than `seconds` ago.
    """
    return many(tx, Execution, _FIND_UNTOLD, {"seconds": seconds})


def set_stalled(tx: Transaction, execution_id: ExecutionId) -> None:
    """Records that this stalled execution was handled now."""
    tx.execute(_SET_STALLED, {"execution_id": execution_id})


def count_stalled(tx: Transaction, statuses: Collection[ExecutionStatus], causes: Collection[str]) -> int:
    """How many of these statuses are stalled and were handled, without those that wait for these causes."""
    return count(tx, _COUNT_STALLED, {"statuses": list(statuses), "causes": list(causes)})


def with_parked(tx: Transaction, after: Execution | None = None, limit: int = 500) -> list[Execution]:
    """The next executions that have parked rows, oldest first."""
    place = {"time": after.started_at, "execution_id": after.execution_id} if after else _FIRST
    return page(tx, Execution, _WITH_PARKED, {"limit": limit, **place}, _SIZE)


def quietly_revised(tx: Transaction, profile: Profile) -> list[Execution]:
    """The profile's executions that were revised in the last day without their own mail."""
    return many(tx, Execution, _QUIETLY_REVISED, {"profile": profile})
