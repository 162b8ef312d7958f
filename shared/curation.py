"""What people can do with categories; each in the caller's one transaction, idempotent, and undoable.

Rows follow their category: approving labels those that wait, merging and renaming move theirs, retiring
returns them to unknown. Executions that had ended are revised. Each function returns what it changed;
the caller publishes `outbox_ids` after the commit.
"""

from dataclasses import dataclass

from shared import category_store, curation_store, lifecycle, replay
from shared.curation_store import Action, CategoryState, Change, Selection, state_of
from shared.database import Transaction
from shared.errors import PermanentError
from shared.records import ExecutionId, Profile
from shared.taxonomy import Category, CategoryStatus, NewCategory, Taxonomy


class CurationError(PermanentError):
    """The decision cannot be carried out; the text says why, to people."""


@dataclass(frozen=True)
class Curated:
    """What a decision changed.

    Attributes:
        curation_id: for `undo`; None if there was nothing to change.
        rows: whose label or status changed.
        outbox_ids: to publish after the commit.
    """

    curation_id: int | None = None
    rows: int = 0
    outbox_ids: tuple[int, ...] = ()


NOTHING = Curated()


def approve(tx: Transaction, category_id: int) -> Curated:
    """A proposed category becomes active, and the rows that waited for it get it."""
    category = _get(tx, category_id)
    if category.status is CategoryStatus.ACTIVE:
        return NOTHING
    if category.status is not CategoryStatus.PROPOSED:
        raise CurationError(f"{category.name!r} is not proposed but {category.status}")
    after = _with(category, status=CategoryStatus.ACTIVE)
    curation_id = _decide(tx, Action.APPROVE, category, after)
    curation_store.write_rows(tx, curation_id, category, Selection.WAITING, Change.RELABEL, to=category.name)
    return _finish(tx, curation_id, category.profile, f"category {category.name!r} was approved")


def reject(tx: Transaction, category_id: int) -> Curated:
    """A proposed category is turned down; its rows stay unknown, and discovery will not propose it again."""
    category = _get(tx, category_id)
    if category.status is CategoryStatus.RETIRED:
        return NOTHING
    if category.status is not CategoryStatus.PROPOSED:
        raise CurationError(f"{category.name!r} is not proposed but {category.status}: retire it instead")
    after = _with(category, status=CategoryStatus.RETIRED)
    return Curated(_decide(tx, Action.REJECT, category, after))


def rename(tx: Transaction, category_id: int, new: NewCategory) -> Curated:
    """A category gets another name and description; its rows carry the new name."""
    category = _get(tx, category_id)
    after = CategoryState(name=new.name, description=new.description, status=category.status)
    if after == state_of(category):
        return NOTHING
    _refuse_taken(tx, category, new.name)
    curation_id = _decide(tx, Action.RENAME, category, after)
    if category.name != new.name:
        curation_store.write_rows(tx, curation_id, category, Selection.LABELLED, Change.RELABEL, to=new.name)
    return _finish(tx, curation_id, category.profile, f"category {category.name!r} is now {new.name!r}")


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
    curation_id = _decide(tx, Action.MERGE, category, after)
    waits = category.status is CategoryStatus.PROPOSED
    selection = Selection.WAITING if waits else Selection.LABELLED
    curation_store.write_rows(tx, curation_id, category, selection, Change.RELABEL, to=target.name)
    reason = f"category {category.name!r} was merged into {target.name!r}"
    return _finish(tx, curation_id, category.profile, reason)


def retire(tx: Transaction, category_id: int, *, ask_again: bool = True) -> Curated:
    """A category is given no more, and its rows belong to none.

    Args:
        ask_again: park the rows, so that the sweeper sends them to be labelled anew as soon as budgets
            allow; else they are unknown at once, and count in with the next discovery.
    """
    category = _get(tx, category_id)
    if category.status is CategoryStatus.PROPOSED:
        return reject(tx, category_id)
    if category.status is CategoryStatus.RETIRED:
        return NOTHING
    after = _with(category, status=CategoryStatus.RETIRED)
    curation_id = _decide(tx, Action.RETIRE, category, after)
    change = Change.ASK_AGAIN if ask_again else Change.FORGET
    curation_store.write_rows(tx, curation_id, category, Selection.LABELLED, change)
    return _finish(tx, curation_id, category.profile, f"category {category.name!r} was retired")


def undo(tx: Transaction, curation_id: int) -> Curated:
    """Takes a decision back: the category as it was, and every row that nobody changed since."""
    decision = curation_store.find(tx, curation_id)
    if decision is None:
        raise CurationError(f"there is no decision {curation_id}")
    if decision.undone_time is not None:
        return NOTHING
    category = _get(tx, decision.category_id)
    if state_of(category) != decision.after_state:
        raise CurationError(f"{category.name!r} was changed since: undo that first")
    _refuse_taken(tx, category, decision.before_state.name)
    _write(tx, category, decision.before_state)
    curation_store.set_undone(tx, curation_id)
    reason = f"the decision to {decision.action} {decision.before_state.name!r} was undone"
    return _finish(tx, curation_id, decision.profile, reason, backwards=True)


def outdated(tx: Transaction, profile: Profile) -> list[ExecutionId]:
    """The profile's executions with rows that `relabel` would have asked again."""
    return replay.outdated(tx, _taxonomy(tx, profile))


def relabel(tx: Transaction, profile: Profile, execution_id: ExecutionId | None = None) -> Curated:
    """Has rows that were labelled under older categories or corrections labelled anew; never done unasked.

    They are parked, as where a category is retired, discovery's labels for them are dropped, and the
    sweeper sends them as soon as budgets allow. What people corrected stays.

    Args:
        execution_id: only this execution's rows; else all of the profile's.
    """
    taxonomy = _taxonomy(tx, profile)
    executions = replay.outdated(tx, taxonomy) if execution_id is None else [execution_id]
    return Curated(rows=replay.ask_outdated(tx, taxonomy, executions))


def _taxonomy(tx: Transaction, profile: Profile) -> Taxonomy:
    taxonomy = category_store.taxonomy(tx, profile)
    if not taxonomy.categories:
        raise CurationError(f"the profile {profile!r} has no active category to label with")
    return taxonomy


def _get(tx: Transaction, category_id: int) -> Category:
    category = category_store.lock(tx, category_id)
    if category is None:
        raise CurationError(f"there is no category {category_id}")
    return category


def _refuse_taken(tx: Transaction, category: Category, name: str) -> None:
    """Names are compared as the database does, which knows no case."""
    others = (c for c in category_store.categories(tx, category.profile) if c.id != category.id)
    if any(other.name.casefold() == name.casefold() for other in others):
        raise CurationError(f"there is a category called {name!r} already: merge the two instead")


def _with(category: Category, status: CategoryStatus) -> CategoryState:
    return CategoryState(name=category.name, description=category.description, status=status)


def _decide(tx: Transaction, action: Action, before: Category, after: CategoryState) -> int:
    _write(tx, before, after)
    return curation_store.add(tx, action, before, after)


def _write(tx: Transaction, category: Category, state: CategoryState) -> None:
    category_store.change(tx, category.model_copy(update=dict(state)))


def _finish(
    tx: Transaction, curation_id: int, profile: Profile, reason: str, *, backwards: bool = False
) -> Curated:
    changed = curation_store.carry_out(tx, curation_id, backwards=backwards)
    category_store.next_taxonomy_version(tx, profile)
    outbox_ids = [
        each for execution_id in sorted(changed) for each in lifecycle.revise(tx, execution_id, reason)
    ]
    return Curated(curation_id, sum(changed.values()), tuple(outbox_ids))
