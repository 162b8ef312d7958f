"""Table `curation`: decisions about categories, pending until `feedback_store.curate` changed their rows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.contracts.base import Contract, FromJson, Tolerant
from shared.contracts.records import Profile
from shared.contracts.taxonomy import Category, CategoryStatus
from shared.platform.database import Transaction
from shared.stores.inserting import insert
from shared.stores.reading import count, many, one


class Action(StrEnum):
    """What people can decide about a category."""

    APPROVE = "approve"
    REJECT = "reject"
    RENAME = "rename"
    MERGE = "merge"
    RETIRE = "retire"


class CategoryState(Contract):
    """The part of a category that a decision changes."""

    name: str
    description: str
    status: CategoryStatus
    merged_into: int | None = None


class Selection(StrEnum):
    """Which rows a decision changes: those labelled so, or those that wait for the category."""

    LABELLED = "labelled"
    WAITING = "waiting"


class Change(StrEnum):
    """What becomes of them: another label, none, or none and the model is asked again."""

    RELABEL = "relabel"
    FORGET = "forget"
    ASK_AGAIN = "ask_again"


class RowPlan(Contract):
    """Which rows a decision changes, and how."""

    selection: Selection
    change: Change
    to: str = ""
    """The new label."""


class Direction(StrEnum):
    """Whether a decision is being carried out or taken back."""

    FORWARD = "forward"
    BACKWARD = "backward"


class Curation(Tolerant):
    """A row of table `curation`: one decision."""

    id: int
    profile: Profile
    action: Action
    category_id: int
    before_state: FromJson[CategoryState]
    after_state: FromJson[CategoryState]
    created_time: datetime
    undone_time: datetime | None
    plan: FromJson[RowPlan | None] = None
    pending: Direction | None = None
    """Set while rows are still to be changed."""
    through: int = 0
    """The id of the last row that was changed."""
    rows_forgotten: int = 0
    """Not 0: the decision is so old that its rows were deleted from `curation_row`."""


_FIND = "SELECT * FROM curation WHERE id = %(curation_id)s FOR UPDATE"
_DECISIONS = "SELECT COUNT(*) AS decisions FROM curation WHERE category_id = %(category_id)s"
_PENDING = "SELECT * FROM curation WHERE pending IS NOT NULL ORDER BY id"
_TAKE_BACK = """
    UPDATE curation SET undone_time = NOW(3), pending = 'backward', through = 0 WHERE id = %(curation_id)s
"""
_ADVANCE = """
    UPDATE curation SET through = %(through)s, pending = IF(%(over)s, NULL, pending)
    WHERE id = %(curation_id)s
"""
_MOST_FORGOTTEN = 10_000
"""Rows deleted in one transaction, at most."""
_OLD_DECISION = """
    SELECT id FROM curation
    WHERE created_time < NOW(3) - INTERVAL %(days)s DAY AND pending IS NULL AND rows_forgotten < 2
    ORDER BY created_time LIMIT 1
"""
_FORGET_ROWS = "DELETE FROM curation_row WHERE curation_id = %(curation_id)s LIMIT %(limit)s"
_SET_FORGOTTEN = "UPDATE curation SET rows_forgotten = %(how)s WHERE id = %(curation_id)s"


def add(
    tx: Transaction, action: Action, before: Category, after: CategoryState, plan: RowPlan | None = None
) -> int:
    """Inserts a decision and returns its id; one with a plan is pending until its rows are changed."""
    row = {
        "profile": before.profile,
        "action": action,
        "category_id": before.id,
        "before_state": state_of(before).model_dump_json(),
        "after_state": after.model_dump_json(),
        "plan": plan and plan.model_dump_json(),
        "pending": plan and Direction.FORWARD,
    }
    insert(tx, "curation", [row])
    return tx.lastrowid


def state_of(category: Category) -> CategoryState:
    """The part of the category that a decision can change."""
    return CategoryState.model_validate(category.model_dump(include=set(CategoryState.model_fields)))


def find(tx: Transaction, curation_id: int) -> Curation | None:
    """The decision, its row locked until the transaction ends."""
    return one(tx, Curation, _FIND, {"curation_id": curation_id})


def is_decided(tx: Transaction, category_id: int) -> bool:
    """Whether anybody ever decided about the category, also if that was undone."""
    return count(tx, _DECISIONS, {"category_id": category_id}) > 0


def pending(tx: Transaction) -> list[Curation]:
    """The decisions that still have rows to change, oldest first."""
    return many(tx, Curation, _PENDING, {})


def take_back(tx: Transaction, curation_id: int) -> None:
    """Marks the decision as undone; its rows are to be changed back, from the first one on."""
    tx.execute(_TAKE_BACK, {"curation_id": curation_id})


def advance(tx: Transaction, curation_id: int, through: int, *, over: bool) -> None:
    """Saves the id of the last row that was changed, and whether the decision is carried out with it."""
    tx.execute(_ADVANCE, {"curation_id": curation_id, "through": through, "over": over})


def forget_rows(tx: Transaction, days: int) -> int:
    """Deletes rows of one old decision, which cannot be undone then; returns how many (at most 10,000)."""
    tx.execute(_OLD_DECISION, {"days": days})
    decision: dict[str, Any] | None = tx.fetchone()
    if decision is None:
        return 0
    forgotten = tx.execute(_FORGET_ROWS, {"curation_id": decision["id"], "limit": _MOST_FORGOTTEN})
    tx.execute(
        _SET_FORGOTTEN, {"curation_id": decision["id"], "how": 1 if forgotten == _MOST_FORGOTTEN else 2}
    )
    return forgotten
