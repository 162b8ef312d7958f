"""Writes rows, counters, usage and events of one execution in one transaction, under its row lock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.classify import budget
from services.classify.cascade_learning import learn
from services.classify.groups import Group
from services.classify.incoming import Delivery, Rejection
from shared.changes import lifecycle, revisions, routes
from shared.contracts.events import Counts
from shared.contracts.execution import Execution, Usage
from shared.contracts.records import DEFAULT_PROFILE, ExecutionId, RecordId, name_known
from shared.contracts.taken import VersionStatus
from shared.platform.database import Transaction
from shared.stores import (
    budget_store,
    category_store,
    execution_store,
    feedback_store,
    rejected_store,
    suspect_store,
    version_store,
)
from shared.stores.feedback_store import Outcome, Whereabouts
from shared.stores.rejected_store import RejectedRow
from shared.stores.version_store import Text


class Written(NamedTuple):
    """Where a group was written, what of it was really new, and how many new versions came first in it."""

    execution_id: ExecutionId
    counts: Counts
    versions: int


def write_group(tx: Transaction, group: Group, today: date) -> Written:
    """Writes a group's outcomes."""
    execution = _home(tx, group, today)
    here = execution.execution_id
    found = feedback_store.whereabouts(tx, group.outcomes.keys())
    # A direct record may have got its row meanwhile, in this or another day's execution: it stays as it is.
    outcomes = [
        each
        for key, each in group.outcomes.items()
        if key not in found or (group.deliveries[key].execution_key and found[key].execution_id == here)
    ]
    new = group.outcomes.keys() - found.keys()
    counts = feedback_store.write_outcomes(tx, here, outcomes, found)
    news = [each for each in outcomes if _is_news(each, found)]
    _tell_routes(tx, group, [each.record.record_id for each in news])
    learn(tx, group, news)
    if execution.kind == "direct":
        # Ingest has counted a file's records as accepted; a direct one is counted when it is written.
        counts = counts.model_copy(update={"rows_read": len(new), "accepted": len(new)})
    suspect_store.clear(tx, group.outcomes.keys())
    lifecycle.count_written(tx, here, counts, group.owed())
    revisions.revise_when_answered(tx, here, counts)
    _tell_of_budget(tx, execution, group)
    return Written(here, counts, _number_versions(tx, [group.deliveries[key] for key in sorted(new)]))


def _is_news(outcome: Outcome, found: Mapping[RecordId, Whereabouts]) -> bool:
    """Whether the outcome is written now: the record had no row, or one that waited for it."""
    row = found.get(outcome.record.record_id)
    return row is None or row.awaits(outcome.record)


def _tell_routes(tx: Transaction, group: Group, record_ids: Sequence[RecordId]) -> None:
    if group.prompts.document.has_routes:
        routes.tell(tx, group.profile, feedback_store.find.ids_of(tx, record_ids))


def _number_versions(tx: Transaction, deliveries: Iterable[Delivery]) -> int:
    """Numbers the direct records that the API has not; returns how many are new versions."""
    texts = [Text(each.identity, each.record.text_key) for each in deliveries if each.identity]
    numbered = version_store.number(tx, texts)
    return sum(each.status is VersionStatus.NEW_VERSION for each in numbered)


def write_usage(tx: Transaction, group: Group, today: date) -> None:
    """Adds the attempt's usage to the execution when its outcomes cannot be written."""
    lifecycle.count_written(tx, _home(tx, group, today).execution_id, Counts(), group.usage)


def write_owed(tx: Transaction, owed: Mapping[ExecutionId, Usage]) -> None:
    """Adds usage that messages carried to their records' executions."""
    for execution_id in sorted(owed):  # one order for everybody who locks several
        execution_store.lock(tx, execution_id)
        lifecycle.count_written(tx, execution_id, Counts(), owed[execution_id])


def write_rejections(tx: Transaction, rejections: Sequence[Rejection], today: date) -> Counts:
    """Writes messages that are no feedback as rejected rows of the day's execution, each body once."""
    execution = lifecycle.open_direct(tx, DEFAULT_PROFILE, today)
    known = ""
    if any(each.of_profile for each in rejections):
        known = f"; {name_known(category_store.known_profiles(tx))}"
    rows = [
        RejectedRow(
            execution_id=execution.execution_id,
            position=each.message.digest,
            reason=each.reason + (known if each.of_profile else ""),
            raw=_storable(each.message.body),
        )
        for each in rejections
    ]
    new = rejected_store.reject(tx, rows)
    counts = Counts(rows_read=new, rejected=new)
    lifecycle.count_written(tx, execution.execution_id, counts)
    return counts


def _storable(text: str) -> str:
    """The text without lone surrogates, which no database takes: they would fail the whole transaction."""
    return text.encode("utf-8", "replace").decode()


def _home(tx: Transaction, group: Group, today: date) -> Execution:
    if group.home is None:
        return lifecycle.open_direct(tx, group.profile, today)
    execution = execution_store.lock(tx, group.home)
    assert execution is not None, "executions are never deleted, and this one was found"
    return execution


def _tell_of_budget(tx: Transaction, execution: Execution, group: Group) -> None:
    reached, execution_id = group.reached, execution.execution_id
    if reached is None or not budget_store.claim(tx, execution_id, reached.budget, reached.limit):
        return
    today = execution_store.find(tx, execution_id) or execution
    tx.announce(budget.notice(today, reached, group.price), execution_id)
