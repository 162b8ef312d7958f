"""Decisions about categories: each is one transaction, idempotent, and can be undone.

Rows follow their category: approving labels the rows that wait, merging and renaming move its rows, retiring
makes them unknown. The first batch is changed in the decision's transaction, the others by the sweeper
(`go_on`). Executions that had ended are revised with the last row. Each function returns what it changed.
"""

from shared.changes import replay
from shared.changes.row_batches import NOTHING, Curated, begin, go_on, refuse_busy
from shared.contracts.errors import PermanentError
from shared.contracts.records import ExecutionId, Profile
from shared.contracts.taxonomy import Category, CategoryStatus, NewCategory, Taxonomy
from shared.platform.database import Transaction
from shared.stores import category_store, curation_store
from shared.stores.curation_store import (
    Action,
    CategoryState,
    Change,
    RowPlan,
    Selection,
    state_of,
)
from shared.stores.feedback_store.replay import executions_with_outdated


class CurationError(PermanentError):
    """The decision cannot be carried out; the text tells people why."""


def approve(tx: Transaction, category_id: int, *, told: bool = False) -> Curated:
    """Makes a proposed category active, and labels the rows that wait for it.

    Args:
        told: whether people get a mail about the decision itself.
    """
    category = _get(tx, category_id)
    if category.status is CategoryStatus.ACTIVE:
        return NOTHING
    if category.status is not CategoryStatus.PROPOSED:
        raise CurationError(f"{category.name!r} is not proposed but {category.status}")
    after = _with(category, status=CategoryStatus.ACTIVE)
    plan = RowPlan(selection=Selection.WAITING, change=Change.RELABEL, to=category.name)
    return _decide(tx, Action.APPROVE, category, after, plan, told=told)


def reject(tx: Transaction, category_id: int) -> Curated:
    """Turns a proposed category down; its rows stay unknown, and discovery does not propose it again."""
    category = _get(tx, category_id)
    if category.status is CategoryStatus.RETIRED:
        return NOTHING
    if category.status is not CategoryStatus.PROPOSED:
        raise CurationError(f"{category.name!r} is not proposed but {category.status}: retire it instead")
    after = _with(category, status=CategoryStatus.RETIRED)
    _write(tx, category, after)
    return Curated(curation_store.add(tx, Action.REJECT, category, after))


def rename(tx: Transaction, category_id: int, new: NewCategory) -> Curated:
    """Changes name and description of a category; its rows get the new name."""
    category = _get(tx, category_id)
    after = CategoryState(name=new.name, description=new.description, status=category.status)
    if after == state_of(category):
        return NOTHING
    _refuse_taken(tx, category, new.name)
    plan = RowPlan(selection=Selection.LABELLED, change=Change.RELABEL, to=new.name)
    return _decide(tx, Action.RENAME, category, after, plan if category.name != new.name else None)


def merge(tx: Transaction, category_id: int, into_id: int) -> Curated:
    """Moves a category's rows to another, active one, and retires it."""
    category, target = _get(tx, category_id), _get(tx, into_id)
    if category.id == target.id or category.profile != target.profile:
        raise CurationError("a category is merged into another one of its own profile")
    if target.status is not CategoryStatus.ACTIVE:
        raise CurationError(f"{target.name!r} is not active but {target.status}")
    if category.status is CategoryStatus.RETIRED:
        return NOTHING
    after = _with(category, status=CategoryStatus.RETIRED, merged_into=target.id)
    waits = category.status is CategoryStatus.PROPOSED
    selection = Selection.WAITING if waits else Selection.LABELLED
    plan = RowPlan(selection=selection, change=Change.RELABEL, to=target.name)
    return _decide(tx, Action.MERGE, category, after, plan)


def retire(tx: Transaction, category_id: int, *, ask_again: bool = True, told: bool = False) -> Curated:
    """Retires a category: it is given to no row any more, and its rows lose it.

    Args:
        ask_again: park the rows, so that the sweeper sends them to be labelled again as soon as budgets
            allow; else they are unknown at once, and part of the next discovery.
        told: whether people get a mail about the decision itself.
    """
    category = _get(tx, category_id)
    if category.status is CategoryStatus.PROPOSED:
        return reject(tx, category_id)
    if category.status is CategoryStatus.RETIRED:
        return NOTHING
    after = _with(category, status=CategoryStatus.RETIRED)
    change = Change.ASK_AGAIN if ask_again else Change.FORGET
    plan = RowPlan(selection=Selection.LABELLED, change=change)
    return _decide(tx, Action.RETIRE, category, after, plan, told=told)


def undo(tx: Transaction, curation_id: int) -> Curated:
    """Undoes a decision: restores the category, and every row that was not changed since."""
    decision = curation_store.find(tx, curation_id)
    if decision is None:
        raise CurationError(f"there is no decision {curation_id}")
    if decision.undone_time is not None:
        return NOTHING
    if decision.rows_forgotten:
        raise CurationError("it is too long ago: which rows it changed is not known any more")
    category = _get(tx, decision.category_id, besides=curation_id)
    if state_of(category) != decision.after_state:
        raise CurationError(f"{category.name!r} was changed since: undo that first")
    _refuse_taken(tx, category, decision.before_state.name)
    _write(tx, category, decision.before_state)
    curation_store.take_back(tx, curation_id)
    undone = go_on(tx, curation_id)
    category_store.next_taxonomy_version(tx, decision.profile)
    return undone


def outdated(tx: Transaction, profile: Profile) -> list[ExecutionId]:
    """The profile's executions with rows that `relabel` would park."""
    return executions_with_outdated(tx, _taxonomy(tx, profile))


def relabel(tx: Transaction, profile: Profile, execution_id: ExecutionId | None = None) -> Curated:
    """Parks rows that were labelled under older categories or corrections, for the model to label them again.

    This is done on request only. Labels by discovery are dropped, corrections stay. The sweeper sends the
    rows as soon as budgets allow.

    Args:
        execution_id: only this execution's rows; else all of the profile's.
    """
    taxonomy = _taxonomy(tx, profile)
    executions = executions_with_outdated(tx, taxonomy) if execution_id is None else [execution_id]
    return Curated(rows=replay.ask_outdated(tx, taxonomy, executions))


def _taxonomy(tx: Transaction, profile: Profile) -> Taxonomy:
    taxonomy = category_store.taxonomy(tx, profile)
    if not taxonomy.categories:
        raise CurationError(f"the profile {profile!r} has no active category to label with")
    return taxonomy


def _get(tx: Transaction, category_id: int, besides: int | None = None) -> Category:
    category = category_store.lock(tx, category_id)
    if category is None:
        raise CurationError(f"there is no category {category_id}")
    refuse_busy(tx, category, besides)
    return category


def _refuse_taken(tx: Transaction, category: Category, name: str) -> None:
    other = category_store.named(tx, category.profile, name)
    if other is not None and other.id != category.id:
        raise CurationError(f"there is a category called {other.name!r} already: merge the two instead")


def _with(category: Category, status: CategoryStatus, merged_into: int | None = None) -> CategoryState:
    return CategoryState(
        name=category.name, description=category.description, status=status, merged_into=merged_into
    )


def _decide(
    tx: Transaction,
    action: Action,
    before: Category,
    after: CategoryState,
    plan: RowPlan | None,
    *,
    told: bool = False,
) -> Curated:
    _write(tx, before, after)
    curation_id = curation_store.add(tx, action, before, after, plan)
    decided = Curated(curation_id) if plan is None else begin(tx, curation_id, told=told)
    # Last: locks are taken on executions first, then on the taxonomy's row.
    category_store.next_taxonomy_version(tx, before.profile)
    return decided


def _write(tx: Transaction, category: Category, state: CategoryState) -> None:
    category_store.change(tx, category.model_copy(update=dict(state)))
