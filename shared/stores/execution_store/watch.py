"""What is read to watch over executions: which stand still, wait, or ended without anybody told."""

from collections.abc import Callable, Iterator
from functools import partial

from shared.contracts.execution import Execution
from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Database, Transaction
from shared.stores.reading import count, many

_STANDING_STILL = """
    SELECT * FROM execution
    WHERE status IN ('receiving', 'classifying', 'classified', 'categorized') AND open_profile IS NULL
        AND last_progress_at < NOW(3) - INTERVAL %(seconds)s SECOND
        AND (stalled_at IS NULL OR stalled_at < NOW(3) - INTERVAL %(seconds)s SECOND)
        AND (last_progress_at, execution_id) > (%(time)s, %(execution_id)s)
    ORDER BY last_progress_at, execution_id LIMIT %(limit)s
"""
_UNTOLD = """
    SELECT * FROM execution
    WHERE status IN ('completed', 'failed')
        AND last_progress_at < NOW(3) - INTERVAL %(seconds)s SECOND
        AND last_progress_at > NOW(3) - INTERVAL %(days)s DAY
        AND (notified_revision IS NULL OR notified_revision < revision OR task_token IS NOT NULL)
        AND (stalled_at IS NULL OR stalled_at < NOW(3) - INTERVAL %(seconds)s SECOND)
    ORDER BY last_progress_at LIMIT %(limit)s
"""
_COUNT_STALLED = """
    SELECT COUNT(*) AS `rows` FROM execution
    WHERE status IN ('receiving', 'classifying', 'classified', 'categorized')
        AND stalled_at >= last_progress_at
"""
_WITH_PARKED = """
    SELECT * FROM execution
    WHERE parked > 0 AND (started_at, execution_id) > (%(time)s, %(execution_id)s)
    ORDER BY started_at, execution_id LIMIT %(limit)s
"""
_FIRST = {"time": "1000-01-01", "execution_id": ""}
_QUIETLY_REVISED = """
    SELECT * FROM execution
    WHERE status = 'completed' AND last_progress_at > NOW(3) - INTERVAL 1 DAY
        AND profile = %(profile)s AND revision > loud_revision
    ORDER BY last_progress_at LIMIT %(limit)s
"""
_SET_STALLED = "UPDATE execution SET stalled_at = NOW(3) WHERE execution_id = %(execution_id)s"


def every(
    database: Database, read: Callable[[Transaction, Execution | None], list[Execution]]
) -> Iterator[Execution]:
    """All that `read` finds page by page, given the last one of the page before."""
    after = None
    while page := database.transact(partial(_read, read=read, after=after)):
        yield from page
        after = page[-1]


def standing_still(
    tx: Transaction, after: Execution | None, *, seconds: int, limit: int = 500
) -> list[Execution]:
    """The next executions without progress for `seconds`, unless that was said less than `seconds` ago."""
    place = {"time": after.last_progress_at, "execution_id": after.execution_id} if after else _FIRST
    return many(tx, Execution, _STANDING_STILL, {"seconds": seconds, "limit": limit, **place})


def untold(tx: Transaction, seconds: int, days: int, limit: int = 100) -> list[Execution]:
    """Executions that ended more than `seconds` and less than `days` ago, of which people or the tracker
    were not told, unless that was repeated less than `seconds` ago.
    """
    return many(tx, Execution, _UNTOLD, {"seconds": seconds, "days": days, "limit": limit})


def set_stalled(tx: Transaction, execution_id: ExecutionId) -> None:
    """Records that somebody was told that this execution stands still."""
    tx.execute(_SET_STALLED, {"execution_id": execution_id})


def count_stalled(tx: Transaction) -> int:
    """How many executions stand still, of which somebody was told."""
    return count(tx, _COUNT_STALLED, {})


def with_parked(tx: Transaction, after: Execution | None = None, limit: int = 500) -> list[Execution]:
    """The next executions that have parked rows, oldest first."""
    place = {"time": after.started_at, "execution_id": after.execution_id} if after else _FIRST
    return many(tx, Execution, _WITH_PARKED, {"limit": limit, **place})


def quietly_revised(tx: Transaction, profile: Profile, limit: int = 100) -> list[Execution]:
    """The profile's executions that were revised in the last day without a mail of their own."""
    return many(tx, Execution, _QUIETLY_REVISED, {"profile": profile, "limit": limit})


def _read(
    tx: Transaction,
    read: Callable[[Transaction, Execution | None], list[Execution]],
    after: Execution | None,
) -> list[Execution]:
    return read(tx, after)
