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
from shared.stores.feedback_store.tallies import EARLIER, LATEST_FIRST, Tallies
from shared.stores.reading import many, one

# Each `{table}` is a derived table of `tallies`, never input.
_BY_ID = """
    SELECT e.execution_id, e.source_key, e.started_at, SUM(p.`rows`) AS `rows`, SUM(p.same) AS same
    FROM {table} AS p JOIN execution e ON e.execution_id = p.earlier
    GROUP BY e.execution_id, e.source_key, e.started_at
    ORDER BY SUM(p.`rows`) DESC, e.started_at DESC
"""
_BY_TEXT = """
    SELECT e.execution_id, e.source_key, e.started_at, SUM(p.`rows`) AS `rows`, SUM(p.`rows`) AS same
    FROM {table} AS p JOIN execution e ON e.execution_id = p.earlier
    GROUP BY e.execution_id, e.source_key, e.started_at
    ORDER BY SUM(p.`rows`) DESC, e.started_at DESC LIMIT 1
"""
_IDS = "SELECT SUM(`rows`) AS without_id, SUM(same) AS ids_again FROM {table} AS p"
_ANSWERED = f"""
    SELECT ref_id, text_key FROM (
        SELECT g.ref_id, g.text_key, g.status,
            ROW_NUMBER() OVER (PARTITION BY CAST(g.ref_id AS BINARY) {LATEST_FIRST}) AS place
        FROM customer_feedback g FORCE INDEX (feedback_by_ref)
        STRAIGHT_JOIN execution e ON e.execution_id = g.execution_id
        WHERE g.ref_id IN %(ref_ids)s AND {EARLIER}
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


def known(tx: Transaction, counted: Tallies) -> Known:
    """What of a file's rows is known; nothing of direct feedback, whose ids tell what is the same."""
    if counted.execution.kind == "direct":
        return Known()
    arguments = counted.arguments
    tx.execute(_IDS.format(table=counted.table("ids")), arguments)
    ids = tx.fetchone() or {}
    return Known(
        by_id=tuple(many(tx, EarlierFile, _BY_ID.format(table=counted.table("known_ids")), arguments)),
        without_id=int(ids["without_id"] or 0),
        by_text=one(tx, EarlierFile, _BY_TEXT.format(table=counted.table("known_texts")), arguments),
        ids_again=int(ids["ids_again"] or 0),
    )


def answered_texts(tx: Transaction, execution: Execution, ref_ids: Collection[str]) -> dict[str, bytes]:
    """The text under which each of these ids came last before, if that row has a label or is unknown."""
    if not ref_ids:
        return {}
    tx.execute(_ANSWERED, Tallies(execution).arguments | {"ref_ids": list(ref_ids)})
    return {row["ref_id"]: bytes(row["text_key"]) for row in tx.fetchall()}
