"""Rows of files that are known from earlier files, by the customer's own id or by their text.

An earlier row is one of a file of the same profile that began before, and did not fail. Ids are compared
exactly, though the column's collation takes `aB` for `Ab`.
"""

from collections.abc import Collection
from datetime import datetime

from shared.contracts.base import Contract
from shared.contracts.execution import Execution
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores.reading import count, many, one

# Conditions on the earlier row `g` and its execution `e`.
_EARLIER = """
    g.profile = %(profile)s AND g.`row_number` IS NOT NULL AND g.status <> 'skipped' AND e.status <> 'failed'
    AND (e.started_at, e.execution_id) < (%(started_at)s, %(execution_id)s)
"""
_LATEST_FIRST = "ORDER BY e.started_at DESC, e.execution_id DESC, g.`row_number` DESC"
# The order of the tables and the indexes are told, because both sides have very many rows: a server that
# began with the earlier ones took minutes.
_BY_ID = f"""
    SELECT p.execution_id, e.source_key, e.started_at, COUNT(*) AS `rows`, SUM(p.same) AS same
    FROM (
        SELECT g.execution_id, g.text_key = f.text_key AS same,
            ROW_NUMBER() OVER (PARTITION BY f.id {_LATEST_FIRST}) AS place
        FROM customer_feedback f STRAIGHT_JOIN customer_feedback g FORCE INDEX (feedback_by_ref)
            ON g.ref_id = f.ref_id
        STRAIGHT_JOIN execution e ON e.execution_id = g.execution_id
        WHERE f.execution_id = %(execution_id)s AND {_EARLIER}
            AND CAST(g.ref_id AS BINARY) = CAST(f.ref_id AS BINARY)
    ) AS p JOIN execution e ON e.execution_id = p.execution_id
    WHERE p.place = 1 GROUP BY p.execution_id, e.source_key, e.started_at
    ORDER BY COUNT(*) DESC, e.started_at DESC
"""
# Each text once: one that everybody sends has very many rows here and there.
_BY_TEXT = f"""
    SELECT p.execution_id, e.source_key, e.started_at, SUM(p.`rows`) AS `rows`, SUM(p.`rows`) AS same
    FROM (
        SELECT g.execution_id, t.text_key, t.`rows`
        FROM (
            SELECT text_key, COUNT(*) AS `rows` FROM customer_feedback
            WHERE execution_id = %(execution_id)s AND ref_id IS NULL GROUP BY text_key
        ) AS t
        STRAIGHT_JOIN customer_feedback g FORCE INDEX (feedback_by_text) ON g.text_key = t.text_key
        STRAIGHT_JOIN execution e ON e.execution_id = g.execution_id
        WHERE {_EARLIER} GROUP BY g.execution_id, t.text_key, t.`rows`
    ) AS p JOIN execution e ON e.execution_id = p.execution_id
    GROUP BY p.execution_id, e.source_key, e.started_at
    ORDER BY SUM(p.`rows`) DESC, e.started_at DESC LIMIT 1
"""
_WITHOUT_ID = """
    SELECT COUNT(*) AS `rows` FROM customer_feedback WHERE execution_id = %(execution_id)s AND ref_id IS NULL
"""
_IDS_AGAIN = """
    SELECT COUNT(ref_id) - COUNT(DISTINCT CAST(ref_id AS BINARY)) AS `rows`
    FROM customer_feedback WHERE execution_id = %(execution_id)s
"""
_ANSWERED = f"""
    SELECT ref_id, text_key FROM (
        SELECT g.ref_id, g.text_key, g.status,
            ROW_NUMBER() OVER (PARTITION BY CAST(g.ref_id AS BINARY) {_LATEST_FIRST}) AS place
        FROM customer_feedback g FORCE INDEX (feedback_by_ref)
        STRAIGHT_JOIN execution e ON e.execution_id = g.execution_id
        WHERE g.ref_id IN %(ref_ids)s AND {_EARLIER}
    ) AS p WHERE place = 1 AND status IN ('labelled', 'unknown')
"""
SUPERSEDED = """
    EXISTS (
        SELECT 1 FROM customer_feedback n FORCE INDEX (feedback_by_ref)
        STRAIGHT_JOIN execution ne ON ne.execution_id = n.execution_id
        STRAIGHT_JOIN execution fe ON fe.execution_id = f.execution_id
        WHERE n.profile = f.profile AND n.ref_id = f.ref_id
            AND CAST(n.ref_id AS BINARY) = CAST(f.ref_id AS BINARY)
            AND ne.duplicates = 'replace' AND ne.status <> 'failed' AND f.`row_number` IS NOT NULL
            AND (ne.started_at, n.execution_id, n.`row_number`)
                > (fe.started_at, f.execution_id, f.`row_number`))
"""
"""A condition on `f`: a file that replaces has a later row with its id."""


class EarlierFile(Contract):
    """A file from which rows are known: how many, and how many of them with the same text."""

    execution_id: ExecutionId
    source_key: str | None
    started_at: datetime
    rows: int
    same: int


class Known(Contract):
    """What of an execution's rows is known.

    Attributes:
        by_id: each row with an earlier row of its id counts with the latest such file, most rows first.
        without_id: rows that have no id.
        by_text: the file that has the texts of most of these.
        ids_again: rows whose id another row of the same file has, too, the first of each not counted.
    """

    by_id: tuple[EarlierFile, ...] = ()
    without_id: int = 0
    by_text: EarlierFile | None = None
    ids_again: int = 0


def known(tx: Transaction, execution: Execution) -> Known:
    """What of a file's rows is known; nothing of direct feedback, whose ids tell what is the same."""
    if execution.kind == "direct":
        return Known()
    which = _which(execution)
    return Known(
        by_id=tuple(many(tx, EarlierFile, _BY_ID, which)),
        without_id=count(tx, _WITHOUT_ID, which),
        by_text=one(tx, EarlierFile, _BY_TEXT, which),
        ids_again=count(tx, _IDS_AGAIN, which),
    )


def answered_texts(tx: Transaction, execution: Execution, ref_ids: Collection[str]) -> dict[str, bytes]:
    """The text under which each of these ids came last before, if that row has a label or is unknown."""
    if not ref_ids:
        return {}
    tx.execute(_ANSWERED, _which(execution) | {"ref_ids": list(ref_ids)})
    return {row["ref_id"]: bytes(row["text_key"]) for row in tx.fetchall()}


def _which(execution: Execution) -> dict[str, object]:
    return execution.model_dump(include={"execution_id", "profile", "started_at"})
