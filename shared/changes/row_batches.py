"""Changes the rows that a decision about their category concerns, in batches.

The first batch is changed in the decision's transaction, the others by the sweeper. Counters move with each;
executions that had ended are revised with the last.
"""

from dataclasses import dataclass, replace

from shared.changes import lifecycle, revisions, routes
from shared.contracts.errors import TransientError
from shared.contracts.records import Profile
from shared.contracts.taxonomy import Category
from shared.platform.database import Transaction
from shared.stores import curation_store, feedback_store
from shared.stores.curation_store import Action, Curation, Direction


class CurationBusy(TransientError):
    """An earlier decision about the same category is still being carried out."""


@dataclass(frozen=True)
class Curated:
    """What a decision changed.

    Attributes:
        curation_id: for `undo`; None if there was nothing to change.
        rows: how many rows it changed.
        left: how many the sweeper will change.
    """

    curation_id: int | None = None
    rows: int = 0
    left: int = 0


NOTHING = Curated()


def go_on(tx: Transaction, curation_id: int, *, told: bool = False) -> Curated:
    """Changes the next batch of rows of a decision, or changes it back; NOTHING if there are no more.

    Args:
        told: whether people get a mail about the decision itself.
    """
    decision = curation_store.find(tx, curation_id)
    if decision is None or decision.pending is None:
        return NOTHING
    batch = feedback_store.curate.change_batch(tx, decision)
    for execution_id in sorted(batch.changed):
        lifecycle.settle(tx, execution_id)
    routes.tell(tx, decision.profile, batch.ids)
    if batch.over:
        touched = {
            *feedback_store.curate.take_touched(tx, curation_id),
            *feedback_store.topics.executions_of(tx, decision.category_id),
        }
        revisions.revise_all(tx, touched, _reason(decision), told=told)
    return Curated(curation_id, sum(batch.changed.values()))


def begin(tx: Transaction, curation_id: int, *, told: bool = False) -> Curated:
    """Changes the first batch of rows of a decision, and counts the rows that are left."""
    curated = go_on(tx, curation_id, told=told)
    decision = curation_store.find(tx, curation_id)
    left = feedback_store.curate.count_left(tx, decision) if decision and decision.pending else 0
    return replace(curated, left=left)


def pending(tx: Transaction) -> list[int]:
    """The decisions that have rows left to change, oldest first."""
    return [decision.id for decision in curation_store.pending(tx)]


def refuse_while_pending(tx: Transaction, profile: Profile) -> None:
    """Raises CurationBusy while a decision of this profile has rows left to change."""
    if any(decision.profile == profile for decision in curation_store.pending(tx)):
        raise CurationBusy(f"an earlier decision about categories of {profile!r} is still being carried out")


def refuse_busy(tx: Transaction, category: Category, besides: int | None) -> None:
    """Raises CurationBusy while a pending decision moves rows from or to the category."""
    for decision in curation_store.pending(tx):
        to = decision.plan.to if decision.plan else None
        about = decision.category_id == category.id or to == category.name
        if decision.id != besides and decision.profile == category.profile and about:
            raise CurationBusy(f"an earlier decision about {category.name!r} is still being carried out")


def _reason(decision: Curation) -> str:
    name = decision.before_state.name
    if decision.pending is Direction.BACKWARD:
        return f"the decision to {decision.action} {name!r} was undone"
    to = decision.plan.to if decision.plan else ""
    return {
        Action.APPROVE: f"category {name!r} was approved",
        Action.RENAME: f"category {name!r} is now {to!r}",
        Action.MERGE: f"category {name!r} was merged into {to!r}",
        Action.RETIRE: f"category {name!r} was retired",
    }.get(decision.action, f"category {name!r} was changed")
