"""Updates status, revision, task token and the revision that people were notified of."""

from typing import Literal

from shared.contracts.execution import ExecutionStatus
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction

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
_NOTE_PROGRESS = """
    UPDATE execution SET last_progress_at = NOW(3), stalled_at = NULL WHERE execution_id = %(execution_id)s
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


def set_status(
    tx: Transaction, execution_id: ExecutionId, status: ExecutionStatus, reason: str | None = None
) -> None:
    """Sets the status and its timestamp. The caller holds the lock and has checked the transition."""
    query = _SET_STATUS.format(stamp=_STAMPS[status])
    tx.execute(query, {"execution_id": execution_id, "status": status, "reason": reason and reason[:1000]})


def set_unreported(tx: Transaction, execution_id: ExecutionId) -> None:
    """Sets an execution that has ended back to `categorized`, so that its report is drawn."""
    tx.execute(_SET_UNREPORTED, {"execution_id": execution_id})


def set_discovery(
    tx: Transaction, execution_id: ExecutionId, discovery: Literal["done", "failed"], discovered: int = 0
) -> None:
    """Records how discovery ended and how many new categories it found."""
    row = {"execution_id": execution_id, "discovery": discovery, "discovered": discovered}
    tx.execute(_SET_DISCOVERY, row)


def revise(tx: Transaction, execution_id: ExecutionId, *, quietly: bool = False) -> None:
    """Increments the revision; `quietly`: one without its own mail."""
    tx.execute(_REVISE, {"execution_id": execution_id, "quietly": quietly})


def note_progress(tx: Transaction, execution_id: ExecutionId) -> None:
    """Records that its stage is being worked on, which takes longer than an invocation."""
    tx.execute(_NOTE_PROGRESS, {"execution_id": execution_id})


def set_task_token(tx: Transaction, execution_id: ExecutionId, task_token: str) -> None:
    """Stores the token of the tracker that waits for this execution."""
    tx.execute(_SET_TASK_TOKEN, {"execution_id": execution_id, "task_token": task_token})


def forget_task_token(tx: Transaction, execution_id: ExecutionId, task_token: str) -> None:
    """Deletes this token, unless a newer one has replaced it."""
    tx.execute(_FORGET_TASK_TOKEN, {"execution_id": execution_id, "task_token": task_token})


def set_notified(tx: Transaction, execution_id: ExecutionId, revision: int) -> bool:
    """Records that people were notified of this revision; False if they were before."""
    return tx.execute(_SET_NOTIFIED, {"execution_id": execution_id, "revision": revision}) > 0
