"""Changes the rows of decisions about categories, in batches.

The state of each row before and after is first inserted into table `curation_row` and applied from there; to
undo a decision, the same rows are applied in reverse. Counters move with the rows. Table
`curation_execution` holds the executions that were changed, until the last row is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.events import Counts
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores import curation_store, execution_store
from shared.stores.curation_store import Change, Curation, Direction, Selection
from shared.stores.feedback_store.rows import UNKNOWN_YET
from shared.stores.inserting import insert
from shared.stores.reading import column, count

BATCH = 5_000
"""Rows that one transaction changes, at most."""


@dataclass(frozen=True)
class ChangedRows:
    """What one transaction changed.

    Attributes:
        changed: rows by execution.
        ids: of the rows that were looked at; of these, some may have been changed otherwise meanwhile.
        over: whether it was the last.
    """

    changed: Mapping[ExecutionId, int] = field(default_factory=dict)
    ids: Sequence[int] = ()
    over: bool = True


# The rows `f` that a decision changes. A category's are read by its name: by their status, all labelled ones
# would be, which statistics of a large table call as good.
_SELECTIONS = {
    Selection.LABELLED: (
        "customer_feedback f FORCE INDEX (feedback_by_label)"
        " WHERE f.profile = %(profile)s AND f.label_final = %(name)s AND f.status = 'labelled'"
    ),
    Selection.WAITING: (
        "customer_feedback f"
        " WHERE f.id IN (SELECT feedback_id FROM category_row WHERE category_id = %(category_id)s)"
        f" AND {UNKNOWN_YET}"
    ),
}
# Their new label, correction and status, as expressions with the name `%(to)s`.
_CHANGES = {
    Change.RELABEL: (
        "IF(f.label_correction IS NULL, %(to)s, f.label_post_processing),"
        " IF(f.label_correction IS NULL, NULL, %(to)s), 'labelled'"
    ),
    Change.FORGET: "IF(f.label_llm = 'unknown', NULL, 'unknown'), NULL, 'unknown'",
    Change.ASK_AGAIN: "NULL, NULL, 'parked'",
}
_NEXT = """
    SELECT f.id, f.execution_id FROM {selection} AND f.id > %(through)s
    ORDER BY f.id LIMIT %(limit)s
"""
_NEXT_WRITTEN = """
    SELECT r.feedback_id AS id, f.execution_id
    FROM curation_row r JOIN customer_feedback f ON f.id = r.feedback_id
    WHERE r.curation_id = %(curation_id)s AND r.feedback_id > %(through)s
    ORDER BY r.feedback_id LIMIT %(limit)s
"""
_COUNT = "SELECT COUNT(*) AS `rows` FROM {selection} AND f.id > %(through)s"
_WRITE_DOWN = """
    INSERT INTO curation_row (curation_id, feedback_id, before_label, before_correction, before_status,
        after_label, after_correction, after_status)
    SELECT %(curation_id)s, f.id, f.label_post_processing, f.label_correction, f.status, {change}
    FROM {selection} AND f.id > %(through)s AND f.id <= %(last)s AND f.execution_id IN %(executions)s
"""
# Only rows in the recorded state: one that was changed since keeps that change.
_AS_SAID = """
    WHERE r.curation_id = %(curation_id)s AND r.feedback_id > %(through)s AND r.feedback_id <= %(last)s
        AND f.execution_id IN %(executions)s AND f.status = r.{was}_status
        AND f.label_post_processing <=> r.{was}_label AND f.label_correction <=> r.{was}_correction
"""
_MOVES = f"""
    SELECT f.execution_id, r.{{was}}_status AS was, r.{{becomes}}_status AS becomes, COUNT(*) AS `rows`
    FROM customer_feedback f JOIN curation_row r ON r.feedback_id = f.id
    {_AS_SAID}
    GROUP BY f.execution_id, r.{{was}}_status, r.{{becomes}}_status
"""
# A row parked for the budget is sent again by the sweeper as soon as budgets allow.
_CARRY_OUT = f"""
    UPDATE customer_feedback f JOIN curation_row r ON r.feedback_id = f.id
    SET f.label_post_processing = r.{{becomes}}_label, f.label_correction = r.{{becomes}}_correction,
        f.status = r.{{becomes}}_status, f.parked_cause = IF(r.{{becomes}}_status = 'parked', 'budget', NULL)
    {_AS_SAID}
"""
_TOUCHED = """
    SELECT execution_id FROM curation_execution WHERE curation_id = %(curation_id)s ORDER BY execution_id
"""
_FORGET_TOUCHED = "DELETE FROM curation_execution WHERE curation_id = %(curation_id)s"


def change_batch(tx: Transaction, decision: Curation) -> ChangedRows:
    """Changes the next rows of a pending decision, and locks their executions. The caller has locked it."""
    values = _values(decision) | {"limit": BATCH}
    forward = decision.pending is Direction.FORWARD
    tx.execute(_NEXT.format(selection=_selection(decision)) if forward else _NEXT_WRITTEN, values)
    rows = tx.fetchall()
    changed: Mapping[ExecutionId, int] = {}
    if rows:
        executions = _lock(tx, rows)
        values |= {"last": rows[-1]["id"], "executions": executions}
        if forward:
            _write_down(tx, decision, values)
        changed = _carry_out(tx, decision, values)
    over = len(rows) < BATCH
    curation_store.advance(tx, decision.id, rows[-1]["id"] if rows else decision.through, over=over)
    return ChangedRows(changed, [row["id"] for row in rows], over)


def count_left(tx: Transaction, decision: Curation) -> int:
    """How many rows a pending decision has still to change."""
    return count(tx, _COUNT.format(selection=_selection(decision)), _values(decision))


def take_touched(tx: Transaction, curation_id: int) -> list[ExecutionId]:
    """The executions whose rows the decision changed, in the order of their ids; they are deleted here."""
    executions = column(tx, _TOUCHED, {"curation_id": curation_id})
    tx.execute(_FORGET_TOUCHED, {"curation_id": curation_id})
    return executions


def _values(decision: Curation) -> dict[str, Any]:
    return {
        "curation_id": decision.id,
        "profile": decision.profile,
        "category_id": decision.category_id,
        "name": decision.before_state.name,
        "to": decision.plan.to if decision.plan else "",
        "through": decision.through,
    }


def _selection(decision: Curation) -> str:
    assert decision.plan is not None, "only a decision about rows is pending"
    return _SELECTIONS[decision.plan.selection]


def _lock(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> list[ExecutionId]:
    executions = sorted({row["execution_id"] for row in rows})
    for execution_id in executions:
        execution_store.lock(tx, execution_id)
    return executions


def _write_down(tx: Transaction, decision: Curation, values: Mapping[str, Any]) -> None:
    assert decision.plan is not None, "only a decision about rows is pending"
    change = _CHANGES[decision.plan.change]
    tx.execute(_WRITE_DOWN.format(selection=_selection(decision), change=change), values)


def _carry_out(tx: Transaction, decision: Curation, values: Mapping[str, Any]) -> dict[ExecutionId, int]:
    forward = decision.pending is Direction.FORWARD
    names = {"was": "before", "becomes": "after"} if forward else {"was": "after", "becomes": "before"}
    tx.execute(_MOVES.format(**names), values)
    moves = tx.fetchall()
    tx.execute(_CARRY_OUT.format(**names), values)
    changed = Counter[ExecutionId]()
    for move in moves:
        changed[move["execution_id"]] += move["rows"]
        if move["was"] != move["becomes"]:
            change = Counts(**{move["was"]: -move["rows"], move["becomes"]: move["rows"]})
            execution_store.add_counts(tx, move["execution_id"], change)
    touched = [{"curation_id": decision.id, "execution_id": execution_id} for execution_id in changed]
    insert(tx, "curation_execution", touched, once=True)
    return changed
