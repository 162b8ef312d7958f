"""Tables `curation` and `curation_row`: what people decided about categories, and the rows it changed.

A change is written down first, row by row, and then carried out from what is written; to undo it is to
carry out the same rows the other way round. Counters move with the rows.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, field_validator

from shared import execution_store
from shared.contract import Contract
from shared.database import Transaction
from shared.events import Counts
from shared.records import ExecutionId, Profile
from shared.taxonomy import Category, CategoryStatus


class Action(StrEnum):
    """What people can decide about a category."""

    APPROVE = "approve"
    REJECT = "reject"
    RENAME = "rename"
    MERGE = "merge"
    RETIRE = "retire"


class CategoryState(Contract):
    """What of a category a decision changes."""

    name: str
    description: str
    status: CategoryStatus


class Curation(Contract):
    """A decision."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    profile: Profile
    action: Action
    category_id: int
    before_state: CategoryState
    after_state: CategoryState
    created_time: datetime
    undone_time: datetime | None

    @field_validator("before_state", "after_state", mode="before")
    @classmethod
    def _from_json(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, str | bytes) else value


class Selection(StrEnum):
    """Which rows a decision changes, as a condition on `f`."""

    LABELLED = "f.profile = %(profile)s AND f.label_final = %(name)s AND f.status = 'labelled'"
    WAITING = (
        "f.id IN (SELECT feedback_id FROM category_row WHERE category_id = %(category_id)s)"
        " AND f.status = 'unknown' AND f.label_correction IS NULL"
        " AND (f.label_post_processing IS NULL OR f.label_post_processing = 'unknown')"
    )


class Change(StrEnum):
    """What the rows get: expressions for label, correction and status, with the name `%(to)s`."""

    RELABEL = (
        "IF(f.label_correction IS NULL, %(to)s, f.label_post_processing),"
        " IF(f.label_correction IS NULL, NULL, %(to)s), 'labelled'"
    )
    FORGET = "IF(f.label_llm = 'unknown', NULL, 'unknown'), NULL, 'unknown'"
    ASK_AGAIN = "NULL, NULL, 'parked'"


_ADD = """
    INSERT INTO curation (profile, action, category_id, before_state, after_state)
    VALUES (%(profile)s, %(action)s, %(category_id)s, %(before_state)s, %(after_state)s)
"""
_FIND = "SELECT * FROM curation WHERE id = %(curation_id)s FOR UPDATE"
_LATEST = "SELECT * FROM curation WHERE profile = %(profile)s ORDER BY id DESC LIMIT %(limit)s"
_SET_UNDONE = "UPDATE curation SET undone_time = NOW(3) WHERE id = %(curation_id)s"
_EXECUTIONS = "SELECT DISTINCT f.execution_id FROM customer_feedback f WHERE {selection}"
_WRITE_DOWN = """
    INSERT INTO curation_row (curation_id, feedback_id, before_label, before_correction, before_status,
        after_label, after_correction, after_status)
    SELECT %(curation_id)s, f.id, f.label_post_processing, f.label_correction, f.status, {change}
    FROM customer_feedback f WHERE {selection} AND f.execution_id IN %(executions)s
"""
# Only rows that are as they are said to be: whoever changed one since had a reason.
_AS_SAID = """
    FROM customer_feedback f JOIN curation_row r ON r.feedback_id = f.id
    WHERE r.curation_id = %(curation_id)s AND f.status = r.{was}_status
        AND f.label_post_processing <=> r.{was}_label AND f.label_correction <=> r.{was}_correction
"""
_TOUCHED = """
    SELECT DISTINCT f.execution_id FROM customer_feedback f JOIN curation_row r ON r.feedback_id = f.id
    WHERE r.curation_id = %(curation_id)s
"""
_MOVES = (
    "SELECT f.execution_id, r.{was}_status AS was, r.{becomes}_status AS becomes, COUNT(*) AS `rows`"
    + _AS_SAID
    + "GROUP BY f.execution_id, r.{was}_status, r.{becomes}_status"
)
# A row parked for the budget is sent again by the sweeper as soon as budgets allow.
_CARRY_OUT = """
    UPDATE customer_feedback f JOIN curation_row r ON r.feedback_id = f.id
    SET f.label_post_processing = r.{becomes}_label, f.label_correction = r.{becomes}_correction,
        f.status = r.{becomes}_status, f.parked_cause = IF(r.{becomes}_status = 'parked', 'budget', NULL)
    WHERE r.curation_id = %(curation_id)s AND f.status = r.{was}_status
        AND f.label_post_processing <=> r.{was}_label AND f.label_correction <=> r.{was}_correction
"""


def add(tx: Transaction, action: Action, before: Category, after: CategoryState) -> int:
    """Writes a decision down; returns its id."""
    row = {
        "profile": before.profile,
        "action": action,
        "category_id": before.id,
        "before_state": state_of(before).model_dump_json(),
        "after_state": after.model_dump_json(),
    }
    tx.execute(_ADD, row)
    return tx.lastrowid


def state_of(category: Category) -> CategoryState:
    """What of the category a decision can change."""
    return CategoryState(name=category.name, description=category.description, status=category.status)


def find(tx: Transaction, curation_id: int) -> Curation | None:
    """The decision, locked."""
    tx.execute(_FIND, {"curation_id": curation_id})
    row = tx.fetchone()
    return Curation.model_validate(row) if row else None


def latest(tx: Transaction, profile: Profile, limit: int = 50) -> list[Curation]:
    """The profile's last decisions, the last one first."""
    tx.execute(_LATEST, {"profile": profile, "limit": limit})
    return [Curation.model_validate(row) for row in tx.fetchall()]


def set_undone(tx: Transaction, curation_id: int) -> None:
    """Says of a decision that it was taken back."""
    tx.execute(_SET_UNDONE, {"curation_id": curation_id})


def write_rows(
    tx: Transaction, curation_id: int, category: Category, selection: Selection, change: Change, to: str = ""
) -> None:
    """Writes down which rows of which executions change, and how. Locks those executions."""
    values: dict[str, Any] = {
        "curation_id": curation_id,
        "profile": category.profile,
        "category_id": category.id,
        "name": category.name,
        "to": to,
    }
    executions = _lock(tx, _EXECUTIONS.format(selection=selection), values)
    if executions:
        query = _WRITE_DOWN.format(selection=selection, change=change)
        tx.execute(query, values | {"executions": executions})


def carry_out(tx: Transaction, curation_id: int, *, backwards: bool = False) -> dict[ExecutionId, int]:
    """Changes the rows as it is written down, moves their counts; returns rows changed by execution."""
    names = {"was": "after", "becomes": "before"} if backwards else {"was": "before", "becomes": "after"}
    values = {"curation_id": curation_id}
    _lock(tx, _TOUCHED, values)
    tx.execute(_MOVES.format(**names), values)
    moves = tx.fetchall()
    tx.execute(_CARRY_OUT.format(**names), values)
    changed: dict[ExecutionId, int] = {}
    for move in moves:
        changed[move["execution_id"]] = changed.get(move["execution_id"], 0) + move["rows"]
        _count(tx, move)
    return changed


def _lock(tx: Transaction, query: str, values: Mapping[str, Any]) -> Sequence[ExecutionId]:
    tx.execute(query, values)
    executions = sorted(row["execution_id"] for row in tx.fetchall())
    for execution_id in executions:
        execution_store.lock(tx, execution_id)
    return executions


def _count(tx: Transaction, move: Mapping[str, Any]) -> None:
    if move["was"] != move["becomes"]:
        change = Counts(**{move["was"]: -move["rows"], move["becomes"]: move["rows"]})
        execution_store.add_counts(tx, move["execution_id"], change)
