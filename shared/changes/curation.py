"""What people can do with categories; each in the caller's one transaction, idempotent, and undoable.

Rows follow their category: approving labels those that wait, merging and renaming move theirs, retiring
returns them to unknown. The first few thousand follow in the decision's own transaction; where there are
more, the sweeper goes on (`go_on`). Executions that had ended are revised with the last row. Each function
returns what it changed.
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
    """The decision cannot be carried out; the text says why, to people."""


def approve(tx: Transaction, category_id: int, *, told: bool = False) -> Curated:
    """A proposed category becomes active, and the rows that waited for it get it.

    Args:
        told: whether people have a mail of the decision itself.
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
    """A proposed category is turned down; its rows stay unknown, and discovery will not propose it again."""
    category = _get(tx, category_id)
    if category.status is CategoryStatus.RETIRED:
        return NOTHING
    if category.status is not CategoryStatus.PROPOSED:
        raise CurationError(f"{category.name!r} is not proposed but {category.status}: retire it instead")
    after = _with(category, status=CategoryStatus.RETIRED)
    _write(tx, category, after)
    return Curated(curation_store.add(tx, Action.REJECT, category, after))


def rename(tx: Transaction, category_id: int, new: NewCategory) -> Curated:
    """A category gets another name and description; its rows carry the new name."""
    category = _get(tx, category_id)
    after = CategoryState(name=new.name, description=new.description, status=category.status)
    if after == state_of(category):
        return NOTHING
    _refuse_taken(tx, category, new.name)
    plan = RowPlan(selection=Selection.LABELLED, change=Change.RELABEL, to=new.name)
    return _decide(tx, Action.RENAME, category, after, plan if category.name != new.name else None)


def merge(tx: Transaction, category_id: int, into_id: int) -> Curated:
    """A category's rows move to another, active one, and it is retired."""
    category, target = _get(tx, category_id), _get(tx, into_id)
    if category.id == target.id or category.profile != target.profile:
        raise CurationError("a category is merged into another one of its own profile")
    if target.status is not CategoryStatus.ACTIVE:
        raise CurationError(f"{target.name!r} is not active but {target.status}")
    if category.status is CategoryStatus.RETIRED:
        return NOTHING
    after = _with(category, status=CategoryStatus.RETIRED)
    waits = category.status is CategoryStatus.PROPOSED
    selection = Selection.WAITING if waits else Selection.LABELLED
    plan = RowPlan(selection=selection, change=Change.RELABEL, to=target.name)
    return _decide(tx, Action.MERGE, category, after, plan)


def retire(tx: Transaction, category_id: int, *, ask_again: bool = True, told: bool = False) -> Curated:
    """A category is given no more, and its rows belong to none.

    Args:
        ask_again: park the rows, so that the sweeper sends them to be labelled anew as soon as budgets
            allow; else they are unknown at once, and count in with the next discovery.
        told: whether people have a mail of the decision itself.
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
    """Takes a decision back: the category as it was, and every row that nobody changed since."""
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
    """The profile's executions with rows that `relabel` would have asked again."""
    return executions_with_outdated(tx, _taxonomy(tx, profile))


def relabel(tx: Transaction, profile: Profile, execution_id: ExecutionId | None = None) -> Curated:
    """Has rows that were labelled under older categories or corrections labelled anew; never done unasked.

    They are parked, as where a category is retired, discovery's labels for them are dropped, and the
    sweeper sends them as soon as budgets allow. What people corrected stays.

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


def _with(category: Category, status: CategoryStatus) -> CategoryState:
    return CategoryState(name=category.name, description=category.description, status=status)


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
    # Last: everybody locks executions before the taxonomy's row.
    category_store.next_taxonomy_version(tx, before.profile)
    return decided


def _write(tx: Transaction, category: Category, state: CategoryState) -> None:
    category_store.change(tx, category.model_copy(update=dict(state)))
