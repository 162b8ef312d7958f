"""Whether every row of a file is accounted for: the file counted here, its outcome read back from MySQL."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pymysql

from local.mysql import Connection
from local.row_counts import RowCount
from shared.contracts.base import Tolerant


class ExecutionCounts(Tolerant):
    """One execution, as the database has it. Counts are of rows, not of what a counter says."""

    execution_id: str
    status: str
    failure_reason: str | None
    rows_read: int
    labelled: int
    unknown: int
    failed: int
    skipped: int = 0
    parked: int
    rejected: int
    discovered: int
    discovery: str | None
    calls: int
    input_tokens: int
    output_tokens: int
    last_progress_at: datetime

    @property
    def settled(self) -> int:
        """Rows whose outcome is known."""
        return self.labelled + self.unknown + self.failed + self.skipped + self.rejected

    @property
    def over(self) -> bool:
        """Whether nothing more will come of this execution by itself."""
        return self.status in ("completed", "failed")


def executions_of(connection: Connection, bucket: str, key: str) -> set[str]:
    """The ids of all executions of one object, of whatever version."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT execution_id FROM execution WHERE source_bucket = %s AND source_key = %s", (bucket, key)
        )
        return {str(row["execution_id"]) for row in cursor.fetchall()}


def read_figures(connection: Connection, execution_id: str) -> ExecutionCounts:
    """The execution's row, and its rows counted one by one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM execution WHERE execution_id = %s", (execution_id,))
        execution: dict[str, Any] = cursor.fetchone() or {}
        cursor.execute(
            "SELECT status, COUNT(*) AS n FROM customer_feedback WHERE execution_id = %s GROUP BY status",
            (execution_id,),
        )
        counted = {str(row["status"]): int(row["n"]) for row in cursor.fetchall()}
        cursor.execute("SELECT COUNT(*) AS n FROM rejected_row WHERE execution_id = %s", (execution_id,))
        rejected = int((cursor.fetchone() or {"n": 0})["n"])
    rows = {name: counted.get(name, 0) for name in ("labelled", "unknown", "failed", "skipped", "parked")}
    return ExecutionCounts.model_validate(
        {"execution_id": execution_id} | execution | rows | {"rejected": rejected}
    )


class CategoryCount(NamedTuple):
    """A category: rows that have it as label, rows that speak of it at all, whether it was found here.

    One that was found here has its most typical text.
    """

    name: str
    rows: int
    mentions: int
    is_new: bool
    quote: str = ""


def read_categories(connection: Connection, execution_id: str) -> list[CategoryCount]:
    """The categories that the execution's rows have or speak of, most rows first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.category AS name, SUM(m.position = 1) AS n, COUNT(*) AS mentions,"
            " MAX(c.execution_id IS NOT NULL) AS is_new, MAX(c.examples) AS examples"
            " FROM feedback_mentions m LEFT JOIN customer_feedback_category c"
            " ON c.profile = m.profile AND c.name = m.category AND c.execution_id = m.execution_id"
            " WHERE m.execution_id = %s AND m.category <> 'unknown'"
            " GROUP BY m.category ORDER BY n DESC, mentions DESC, name",
            (execution_id,),
        )
        rows = cursor.fetchall()
        return [
            CategoryCount(
                str(row["name"]),
                int(row["n"]),
                int(row["mentions"]),
                bool(row["is_new"]),
                _first_text(cursor, json.loads(row["examples"] or "[]")),
            )
            for row in rows
        ]


def _first_text(cursor: pymysql.cursors.DictCursor, record_ids: Sequence[str]) -> str:
    if not record_ids:
        return ""
    cursor.execute("SELECT feedback FROM customer_feedback WHERE record_id = %s", (record_ids[0],))
    return str((cursor.fetchone() or {"feedback": ""})["feedback"])


def unaccounted(counted: RowCount, figures: ExecutionCounts) -> str | None:
    """Why the rows do not add up, in one sentence; None if each of them is accounted for."""
    if figures.status == "failed":
        return f"The file was refused: {figures.failure_reason}"
    # Of a file whose quotation marks do not fit, only ingest can say into which rows it fell.
    rows = counted.rows if counted.certain else figures.rows_read
    if rows == figures.settled and figures.settled >= counted.rows:
        return None
    skipped = f" + {figures.skipped} skipped" if figures.skipped else ""
    return (
        f"{rows} rows in the file, but {figures.labelled} labelled + {figures.unknown} unknown"
        f" + {figures.failed} failed{skipped} + {figures.rejected} rejected = {figures.settled}"
        + (f" ({figures.parked} are parked)" if figures.parked else "")
    )
