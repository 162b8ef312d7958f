"""The end of a discovery, in one transaction: categories, rows, counters, events, the next stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.categorize.decisions import Decision
from shared.changes import lifecycle, revisions
from shared.contracts.events import BusEvent, CategoryEvent, EventType
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.records import ExecutionId, Profile
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus
from shared.platform.database import Transaction
from shared.platform.named_lock import assert_held
from shared.stores import category_store, execution_store, feedback_store


@dataclass
class DiscoveryResult:
    """What a discovery changed.

    Attributes:
        discovered: names of new categories, active or proposed.
        relabelled: rows that were unknown and have a label now, by execution.
        left_out: unknown rows that were too many to be looked at this time.
        unjudged: groups of rows that the model could not answer about; they are looked at again.
    """

    discovered: list[str] = field(default_factory=list)
    relabelled: dict[ExecutionId, int] = field(default_factory=dict)
    left_out: int = 0
    unjudged: int = 0


def lock_name(profile: Profile) -> str:
    """By which a discovery keeps others of its profile out: there is one at a time."""
    return f"discovery {profile}"


def apply(
    tx: Transaction,
    execution_id: ExecutionId,
    decisions: Sequence[Decision],
    record_ids: Mapping[int, str],
) -> DiscoveryResult:
    """Writes the decisions and ends the discovery; changes nothing if it had ended.

    Args:
        record_ids: by row id, of the rows that carry a theme.

    Raises:
        LockBusy: the profile's lock was lost on the way.
    """
    result = DiscoveryResult()
    row_ids = [row_id for decision in decisions for row_id in decision.row_ids]
    touched = feedback_store.lock_executions_of(tx, row_ids, execution_id)
    execution = execution_store.find(tx, execution_id)
    if execution is None or execution.status is not ExecutionStatus.CLASSIFIED:
        return result
    assert_held(tx, lock_name(execution.profile))
    added = [_carry_out(tx, execution, decision, record_ids, result) for decision in decisions]
    if any(category is not None and category.status is CategoryStatus.ACTIVE for category in added):
        category_store.next_taxonomy_version(tx, execution.profile)
    reason = f"unknown rows were labelled by the discovery of {execution_id}"
    relabelled = [each for each in touched if each in result.relabelled]
    revisions.revise_all(tx, relabelled, reason)
    count = len(result.discovered)
    lifecycle.categorized(tx, execution_id, failed=False, discovered=count)
    return result


def _carry_out(
    tx: Transaction,
    execution: Execution,
    decision: Decision,
    record_ids: Mapping[int, str],
    result: DiscoveryResult,
) -> Category | None:
    """Returns the category if it is new."""
    added = False
    if decision.new is not None:
        examples = [record_ids[row_id] for row_id in decision.example_ids if row_id in record_ids]
        origin = CategoryOrigin.DISCOVERED
        added = category_store.add(
            tx, execution.profile, decision.new, decision.status, origin, execution.execution_id, examples
        )
    category = _find(tx, execution, decision)
    if category is None:
        return None
    _place(tx, category, decision.row_ids, result)
    if not added:
        return None
    result.discovered.append(category.name)
    _announce(tx, execution, category, len(decision.row_ids))
    return category


def _find(tx: Transaction, execution: Execution, decision: Decision) -> Category | None:
    """The category as it stands now: it may have been renamed or retired while the model was asked."""
    if decision.new is not None:
        return category_store.named(tx, execution.profile, decision.new.name)
    known = category_store.categories(tx, execution.profile)
    return next((category for category in known if category.id == decision.category_id), None)


def _place(tx: Transaction, category: Category, row_ids: Sequence[int], result: DiscoveryResult) -> None:
    """Labels the rows, or lets them wait; those of a category that people turned down stay unknown."""
    if category.status is CategoryStatus.PROPOSED:
        feedback_store.discover.let_wait(tx, category.id, row_ids)
    if category.status is CategoryStatus.ACTIVE:
        for execution_id, rows in feedback_store.discover.label_unknown(tx, row_ids, category.name).items():
            result.relabelled[execution_id] = result.relabelled.get(execution_id, 0) + rows


def _announce(tx: Transaction, execution: Execution, category: Category, rows: int) -> None:
    active = category.status is CategoryStatus.ACTIVE
    event = CategoryEvent(
        profile=execution.profile,
        name=category.name,
        description=category.description,
        status="active" if active else "proposed",
        execution_id=execution.execution_id,
        rows=rows,
    )
    tx.announce(BusEvent(type=EventType.CATEGORY_DISCOVERED, detail=event), execution.execution_id)
