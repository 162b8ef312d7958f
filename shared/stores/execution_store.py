"""Table `execution`: one uploaded file, or one day of direct feedback, from arrival to report.

Only SQL lives here; which change goes with which event is said in `shared.changes.lifecycle`, and what is
read to watch over executions is in `shared.stores.watch_store`.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from shared.contracts.events import Counts
from shared.contracts.execution import Execution, ExecutionStatus, Source, Usage
from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Transaction

_CREATE_FILE = """
    INSERT INTO execution (execution_id, kind, profile, status, execution_key, source_bucket, source_key,
        source_version, source_etag, source_bytes, started_at, last_progress_at)
    VALUES (%(execution_id)s, 'file', %(profile)s, 'receiving', %(execution_key)s, %(bucket)s, %(key)s,
        %(version)s, %(etag)s, %(bytes)s, NOW(3), NOW(3))
    ON DUPLICATE KEY UPDATE execution_id = execution.execution_id
"""
_CREATE_DIRECT = """
    INSERT INTO execution (execution_id, kind, profile, status, execution_key, open_profile,
        started_at, last_progress_at)
    VALUES (%(execution_id)s, 'direct', %(profile)s, 'receiving', %(execution_key)s, %(profile)s,
        NOW(3), NOW(3))
    ON DUPLICATE KEY UPDATE execution_id = execution.execution_id
"""
_FIND = "SELECT * FROM execution WHERE execution_id = %(execution_id)s"
_FIND_OPEN = "SELECT * FROM execution WHERE open_profile = %(profile)s FOR UPDATE"
_LIST_OPEN = "SELECT * FROM execution WHERE open_profile IS NOT NULL"
_SAVE_SLICE = """
    UPDATE execution SET ingest_slice = ingest_slice + 1, checkpoint = %(checkpoint)s,
        rows_read = %(rows_read)s, accepted = %(accepted)s, rejected = %(rejected)s, last_progress_at = NOW(3)
    WHERE execution_id = %(execution_id)s AND ingest_slice = %(slice)s AND status = 'receiving'
"""
_ADD_WRITTEN = """
    UPDATE execution SET rows_read = rows_read + %(rows_read)s, accepted = accepted + %(accepted)s,
        rejected = rejected + %(rejected)s, labelled = labelled + %(labelled)s,
        `unknown` = `unknown` + %(unknown)s, failed = failed + %(failed)s, parked = parked + %(parked)s,
        last_progress_at = NOW(3), stalled_at = NULL
    WHERE execution_id = %(execution_id)s
"""
_ADD_USAGE = """
    UPDATE execution SET calls = calls + %(calls)s, input_tokens = input_tokens + %(input_tokens)s,
        output_tokens = output_tokens + %(output_tokens)s,
        cache_read_tokens = cache_read_tokens + %(cache_read_tokens)s,
        cache_write_tokens = cache_write_tokens + %(cache_write_tokens)s,
        estimated_cost = estimated_cost + %(estimated_cost)s, last_progress_at = NOW(3), stalled_at = NULL
    WHERE execution_id = %(execution_id)s
"""
_SET_EXPECTED_COST = """
    UPDATE execution SET expected_cost = %(cost)s
    WHERE execution_id = %(execution_id)s AND expected_cost IS NULL
"""
# `{stamp}` is one of _STAMPS, never input.
_SET_STATUS = """
    UPDATE execution SET status = %(status)s, open_profile = NULL, last_progress_at = NOW(3),
        stalled_at = NULL, {stamp} failure_reason = COALESCE(%(reason)s, failure_reason)
    WHERE execution_id = %(execution_id)s
"""
_STAMPS = {
    ExecutionStatus.CLASSIFYING: "ingested_at = NOW(3),",
    ExecutionStatus.CLASSIFIED: "classified_at = NOW(3),",
    ExecutionStatus.CATEGORIZED: "categorized_at = NOW(3),",
    ExecutionStatus.COMPLETED: "completed_at = NOW(3),",
    ExecutionStatus.FAILED: "completed_at = NOW(3),",
}
_SET_UNREPORTED = """
    UPDATE execution SET status = 'categorized', failure_reason = NULL, completed_at = NULL,
        notified_revision = NULL, stalled_at = NULL, last_progress_at = NOW(3)
    WHERE execution_id = %(execution_id)s
"""
_SET_DISCOVERY = """
    UPDATE execution SET discovery = %(discovery)s, discovered = discovered + %(discovered)s
    WHERE execution_id = %(execution_id)s
"""
_REVISE = """
    UPDATE execution SET loud_revision = IF(%(quietly)s, loud_revision, revision + 1),
        revision = revision + 1, last_progress_at = NOW(3), stalled_at = NULL
    WHERE execution_id = %(execution_id)s
"""
_SET_TASK_TOKEN = "UPDATE execution SET task_token = %(task_token)s WHERE execution_id = %(execution_id)s"
_FORGET_TASK_TOKEN = """
    UPDATE execution SET task_token = NULL
    WHERE execution_id = %(execution_id)s AND CAST(task_token AS BINARY) = CAST(%(task_token)s AS BINARY)
"""
_SET_NOTIFIED = """
    UPDATE execution SET notified_revision = %(revision)s
    WHERE execution_id = %(execution_id)s AND COALESCE(notified_revision, -1) < %(revision)s
"""
_MONTH_COST = """
    SELECT COALESCE(SUM(estimated_cost), 0) AS cost FROM execution
    WHERE started_at >= DATE_FORMAT(UTC_DATE(), '%%Y-%%m-01')
"""


def create_file(
    tx: Transaction, execution_id: ExecutionId, profile: Profile, execution_key: str, source: Source
) -> bool:
    """Creates the execution of a file; False if the same S3 event created it before."""
    row = {"execution_id": execution_id, "profile": profile, "execution_key": execution_key}
    return tx.execute(_CREATE_FILE, row | source.model_dump()) > 0


def create_direct(tx: Transaction, execution_id: ExecutionId, profile: Profile, execution_key: str) -> bool:
    """Opens a day of direct feedback; False if one of this id, or another open one, exists."""
    row = {"execution_id": execution_id, "profile": profile, "execution_key": execution_key}
    return tx.execute(_CREATE_DIRECT, row) > 0


def find(tx: Transaction, execution_id: ExecutionId) -> Execution | None:
    """The execution as it stands, without a lock."""
    return _one(tx, _FIND, {"execution_id": execution_id})


def lock(tx: Transaction, execution_id: ExecutionId) -> Execution | None:
    """The execution, its row locked until the transaction ends. Lock before counting."""
    return _one(tx, _FIND + " FOR UPDATE", {"execution_id": execution_id})


def lock_open_direct(tx: Transaction, profile: Profile) -> Execution | None:
    """The profile's open day of direct feedback, locked; None if there is none."""
    return _one(tx, _FIND_OPEN, {"profile": profile})


def list_open_direct(tx: Transaction) -> list[Execution]:
    """The open days of direct feedback of all profiles."""
    return _many(tx, _LIST_OPEN, {})


def save_slice(
    tx: Transaction,
    execution_id: ExecutionId,
    slice_number: int,
    checkpoint: Mapping[str, Any],
    counts: Counts,
) -> bool:
    """Saves ingest's absolute counts with its checkpoint; False if slice `slice_number` was saved before."""
    row = {
        "execution_id": execution_id,
        "slice": slice_number,
        "checkpoint": json.dumps(checkpoint),
        "rows_read": counts.rows_read,
        "accepted": counts.accepted,
        "rejected": counts.rejected,
    }
    return tx.execute(_SAVE_SLICE, row) == 1


def add_counts(tx: Transaction, execution_id: ExecutionId, change: Counts) -> None:
    """Adds to the counters (a field may be negative: a move from one to another)."""
    tx.execute(_ADD_WRITTEN, {"execution_id": execution_id} | change.model_dump())


def add_usage(tx: Transaction, execution_id: ExecutionId, usage: Usage) -> None:
    """Adds what model calls cost. Calls that are answered are progress, though no row is written yet."""
    tx.execute(_ADD_USAGE, {"execution_id": execution_id} | usage.model_dump())


def set_expected_cost(tx: Transaction, execution_id: ExecutionId, cost: Decimal) -> bool:
    """Stores the US dollars that the execution is expected to cost; False if that was done before."""
    return tx.execute(_SET_EXPECTED_COST, {"execution_id": execution_id, "cost": cost}) > 0


def set_status(
    tx: Transaction, execution_id: ExecutionId, status: ExecutionStatus, reason: str | None = None
) -> None:
    """Sets status and its time. Whether it may be set is the caller's to know, under the row's lock."""
    query = _SET_STATUS.format(stamp=_STAMPS[status])
    tx.execute(query, {"execution_id": execution_id, "status": status, "reason": reason and reason[:1000]})


def set_unreported(tx: Transaction, execution_id: ExecutionId) -> None:
    """Sets an ended execution back to where its report is to be drawn."""
    tx.execute(_SET_UNREPORTED, {"execution_id": execution_id})


def set_discovery(
    tx: Transaction, execution_id: ExecutionId, discovery: Literal["done", "failed"], discovered: int = 0
) -> None:
    """Records how discovery ended and how many new categories it found."""
    row = {"execution_id": execution_id, "discovery": discovery, "discovered": discovered}
    tx.execute(_SET_DISCOVERY, row)


def revise(tx: Transaction, execution_id: ExecutionId, *, quietly: bool = False) -> None:
    """Counts one more revision; `quietly`: one without a mail of its own."""
    tx.execute(_REVISE, {"execution_id": execution_id, "quietly": quietly})


def set_task_token(tx: Transaction, execution_id: ExecutionId, task_token: str) -> None:
    """Stores the token of the tracker that waits for this execution."""
    tx.execute(_SET_TASK_TOKEN, {"execution_id": execution_id, "task_token": task_token})


def forget_task_token(tx: Transaction, execution_id: ExecutionId, task_token: str) -> None:
    """Forgets this token, unless the tracker waits on another by now."""
    tx.execute(_FORGET_TASK_TOKEN, {"execution_id": execution_id, "task_token": task_token})


def set_notified(tx: Transaction, execution_id: ExecutionId, revision: int) -> bool:
    """Records that people were told of this revision; False if they had been."""
    return tx.execute(_SET_NOTIFIED, {"execution_id": execution_id, "revision": revision}) > 0


def month_cost(tx: Transaction) -> Decimal:
    """Estimated US dollars of all executions started in this calendar month (UTC)."""
    tx.execute(_MONTH_COST, {})
    row = tx.fetchone()
    return Decimal(row["cost"]) if row else Decimal(0)


def _one(tx: Transaction, query: str, arguments: Mapping[str, Any]) -> Execution | None:
    tx.execute(query, arguments)
    row = tx.fetchone()
    return Execution.model_validate(row) if row else None


def _many(tx: Transaction, query: str, arguments: Mapping[str, Any]) -> list[Execution]:
    tx.execute(query, arguments)
    return [Execution.model_validate(row) for row in tx.fetchall()]
