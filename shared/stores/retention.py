"""What is kept for a while only, and forgotten by the sweeper bit by bit, so that no table grows for ever."""

from typing import Any

from shared.platform.database import Transaction

_MOST = 10_000
"""Rows deleted in one transaction, at most."""
_FEW = 20
"""Discoveries whose themes are deleted in one transaction, at most: each may have hundreds, and long ones."""

_FORGET_SUSPECTS = """
    DELETE FROM suspect_record WHERE created_time < NOW(3) - INTERVAL %(days)s DAY LIMIT %(limit)s
"""
_OLD_DISCOVERIES = """
    SELECT d.execution_id FROM discovery d
    WHERE d.created_time < NOW(3) - INTERVAL %(days)s DAY
        AND EXISTS (SELECT 1 FROM discovery_theme t WHERE t.execution_id = d.execution_id)
    LIMIT %(limit)s
"""
_FORGET_THEMES = "DELETE FROM discovery_theme WHERE execution_id IN %(executions)s"
_OLD_DECISION = """
    SELECT id FROM curation
    WHERE created_time < NOW(3) - INTERVAL %(days)s DAY AND pending IS NULL AND rows_forgotten < 2
    ORDER BY created_time LIMIT 1
"""
_FORGET_ROWS = "DELETE FROM curation_row WHERE curation_id = %(curation_id)s LIMIT %(limit)s"
_SET_FORGOTTEN = "UPDATE curation SET rows_forgotten = %(how)s WHERE id = %(curation_id)s"


def forget_suspects(tx: Transaction, days: int) -> int:
    """Deletes records under suspicion longer than any message of them can come; returns how many."""
    return tx.execute(_FORGET_SUSPECTS, {"days": days, "limit": _MOST})


def forget_themes(tx: Transaction, days: int) -> int:
    """Deletes the groups of discoveries that ended long ago; returns how many."""
    tx.execute(_OLD_DISCOVERIES, {"days": days, "limit": _FEW})
    executions = [row["execution_id"] for row in tx.fetchall()]
    return tx.execute(_FORGET_THEMES, {"executions": executions}) if executions else 0


def forget_curation_rows(tx: Transaction, days: int) -> int:
    """Deletes what an old decision changed, by which it could be undone; returns how many rows."""
    tx.execute(_OLD_DECISION, {"days": days})
    decision: dict[str, Any] | None = tx.fetchone()
    if decision is None:
        return 0
    forgotten = tx.execute(_FORGET_ROWS, {"curation_id": decision["id"], "limit": _MOST})
    tx.execute(_SET_FORGOTTEN, {"curation_id": decision["id"], "how": 1 if forgotten == _MOST else 2})
    return forgotten
