"""Writes a discovery's result in one transaction: categories, rows, counters, events, the next stage."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.categorize import remembering
from services.categorize.decisions import Decision
from shared.changes import lifecycle, revisions, routes
from shared.contracts.events import BusEvent, CategoryEvent, EventType
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.records import ExecutionId, Profile
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus
from shared.platform.database import Transaction
from shared.platform.named_lock import assert_held
from shared.stores import (
    category_store,
    discovery_answer_store,
    discovery_store,
    execution_store,
    feedback_store,
)
from shared.stores.discovery_store import DiscoveryState


@dataclass
class DiscoveryResult:
    """What a discovery changed.

    Attributes:
        discovered: names of new categories, active or proposed.
        relabelled: rows that were unknown and have a label now, by execution.
        mentioned: topics of rows that no category covered and one does now, by execution.
        moved: rows that had another label.
        left_out: unknown rows that were too many to be looked at this time.
        unjudged: groups of rows that the model could not answer about; they are looked at again.
    """

    discovered: list[str] = field(default_factory=list)
    relabelled: Counter[ExecutionId] = field(default_factory=Counter)
    mentioned: Counter[ExecutionId] = field(default_factory=Counter)
    moved: int = 0
    left_out: int = 0
    unjudged: int = 0


class _Carried(NamedTuple):
    """A decision that was carried out, and its category, which may be new."""

    decision: Decision
    category: Category
    is_new: bool

    @property
    def judged_ids(self) -> tuple[int, ...]:
        """The group's rows; with those that are alike if people have not agreed to the category."""
        agreed = self.category.status is CategoryStatus.ACTIVE
        return self.decision.judged_ids + (() if agreed else self.decision.alike_ids)


def lock_name(profile: Profile) -> str:
    """The name of the lock by which a profile has one discovery at a time."""
    return f"discovery {profile}"


def apply(
    tx: Transaction,
    execution_id: ExecutionId,
    decisions: Sequence[Decision],
    record_ids: Mapping[int, str],
    state: DiscoveryState,
) -> DiscoveryResult:
    """Writes the decisions and ends the discovery; changes nothing if it had ended.

    Args:
        record_ids: by row id, of the rows that carry a theme.
        state: what was judged.

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
    carried = [
        each
        for decision in decisions
        if (each := _carry_out(tx, execution, decision, record_ids, result)) is not None
    ]
    activated = any(each.is_new and each.category.status is CategoryStatus.ACTIVE for each in carried)
    _remember(tx, execution, carried, state, activated=activated)
    discovery_answer_store.forget_answers(tx, execution_id)
    if activated:
        category_store.next_taxonomy_version(tx, execution.profile)
    reason = f"unknown rows were labelled by the discovery of {execution_id}"
    relabelled = [each for each in touched if each in result.relabelled.keys() | result.mentioned.keys()]
    revisions.revise_all(tx, relabelled, reason)
    _tell_others(tx, execution, carried)
    count = len(result.discovered)
    lifecycle.categorized(tx, execution_id, failed=False, discovered=count)
    return result


def give_up(tx: Transaction, execution_id: ExecutionId) -> bool:
    """Ends the discovery as failed; False if it had ended. Verdicts that a group is no theme are kept."""
    execution = execution_store.lock(tx, execution_id)
    if not lifecycle.categorized(tx, execution_id, failed=True):
        return False
    state = discovery_store.find(tx, execution_id)
    if execution is not None and state is not None:
        for rows in remembering.left_over(state.themes, remembering.not_mixed(state.themes)):
            discovery_store.remember(tx, execution, rows, state.taxonomy_version)
    discovery_answer_store.forget_answers(tx, execution_id)
    return True


def _carry_out(
    tx: Transaction,
    execution: Execution,
    decision: Decision,
    record_ids: Mapping[int, str],
    result: DiscoveryResult,
) -> _Carried | None:
    is_new = False
    if decision.new is not None:
        examples = [record_ids[row_id] for row_id in decision.example_ids if row_id in record_ids]
        origin = CategoryOrigin.DISCOVERED
        is_new = category_store.add(
            tx, execution.profile, decision.new, decision.status, origin, execution.execution_id, examples
        )
        if is_new and decision.parent_id is not None:
            category_store.set_parent(tx, decision.new.name, decision.parent_id)
    category = _find(tx, execution, decision)
    if category is None:
        return None
    if is_new or category.status is CategoryStatus.PROPOSED:
        # They wait for a proposed one. Should people turn down an active one, it is known by them.
        feedback_store.discovered.attach(tx, category.id, decision.row_ids + decision.moved_ids)
    _label(tx, category, decision.row_ids, result)
    if category.status is CategoryStatus.ACTIVE:
        result.moved += feedback_store.discovered.move_labelled(
            tx, execution.execution_id, decision.moved_ids, category.name
        )
        changed = [row_id for row_id in decision.row_ids + decision.moved_ids if row_id > 0]
        routes.tell(tx, execution.profile, changed)
    if is_new:
        result.discovered.append(category.name)
        _announce(tx, execution, category, len(decision.row_ids + decision.moved_ids))
    return _Carried(decision, category, is_new)


def _remember(
    tx: Transaction,
    execution: Execution,
    carried: Sequence[_Carried],
    state: DiscoveryState,
    *,
    activated: bool,
) -> None:
    """Keeps what was judged; the verdicts hold under the taxonomy that this discovery itself changes."""
    version = state.taxonomy_version
    if category_store.taxonomy_version(tx, execution.profile) == version:
        version += activated
    for each in carried:
        discovery_store.remember(tx, execution, each.judged_ids, version, each.category.id)
    placed = [row_id for each in carried for row_id in each.decision.judged_ids + each.decision.alike_ids]
    for rows in remembering.left_over(state.themes, placed):
        discovery_store.remember(tx, execution, rows, version)


def _tell_others(tx: Transaction, execution: Execution, carried: Sequence[_Carried]) -> None:
    """Announces a proposal with the executions whose rows it has, if none of them is this execution's."""
    here = execution.execution_id
    for each in carried:
        if each.is_new and each.category.status is CategoryStatus.PROPOSED:
            homes = {
                origin.execution_id for origin in feedback_store.discover.origins(tx, each.decision.row_ids)
            }
            if here not in homes:
                revisions.revise_all(tx, homes, f"the discovery of {here} proposes a category for some rows")


def _find(tx: Transaction, execution: Execution, decision: Decision) -> Category | None:
    """The category as it stands now: it may have been renamed or retired while the model was asked."""
    if decision.new is not None:
        return category_store.named(tx, execution.profile, decision.new.name)
    known = category_store.categories(tx, execution.profile)
    return next((category for category in known if category.id == decision.category_id), None)


def _label(tx: Transaction, category: Category, row_ids: Sequence[int], result: DiscoveryResult) -> None:
    """Labels the rows of an active category; those of one that people turned down stay unknown.

    Topics of rows are noted as its in any case: they are mentions of it while it is active.
    """
    topics = feedback_store.topics.rows_of(row_ids)
    given = feedback_store.topics.give(tx, topics, category.id)
    if category.status is CategoryStatus.ACTIVE:
        result.relabelled += feedback_store.discovered.label_unknown(tx, row_ids, category.name)
        result.mentioned += given


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
