"""Revises the reports of many executions after one change, with one mail for each profile."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.notices import SHOWN, ReportsRevised, RevisedReport
from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Transaction
from shared.stores import execution_store, feedback_store

_NAMED = 5


def revise_all(
    tx: Transaction, executions: Collection[ExecutionId], reason: str, *, told: bool = False
) -> None:
    """Has the reports of these executions drawn again, since one change has changed their rows.

    A report that is revised alone has its own mail, with its link.

    Args:
        told: whether people get a mail about the change itself, so that many reports need no other.
    """
    locked = [found for each in sorted(executions) if (found := execution_store.lock(tx, each))]
    finished: defaultdict[Profile, list[Execution]] = defaultdict(list)
    for execution in locked:
        if execution.status is ExecutionStatus.COMPLETED:
            finished[execution.profile].append(execution)
    for execution in locked:
        quietly = len(finished[execution.profile]) > 1
        lifecycle.revise(tx, execution.execution_id, reason, quietly=quietly)
    for profile, several in finished.items():
        if len(several) > 1 and not told:
            tx.announce(_many_revised(profile, several, reason))


def revise_when_answered(tx: Transaction, execution_id: ExecutionId, change: Counts) -> None:
    """Revises an execution that went on without its parked rows, when the last of them is answered.

    While parked rows of other executions are sent again, too, as after a category was retired, the report is
    drawn without a mail; that of the last execution names the others.

    Args:
        change: what was just counted.
    """
    execution = execution_store.lock(tx, execution_id) if change.parked < 0 else None
    if execution is None or execution.parked:
        return
    reason = "rows that had waited were labelled"
    if feedback_store.park.is_asked_again(tx, execution.profile):
        lifecycle.revise(tx, execution_id, reason, quietly=True)
        return
    others = [
        each
        for each in execution_store.watch.quietly_revised(tx, execution.profile)
        if each.execution_id != execution_id
    ]
    also = f", also those of {_names(others)}" if others else ""
    lifecycle.revise(tx, execution_id, reason + also)


def _many_revised(profile: Profile, executions: Sequence[Execution], reason: str) -> ReportsRevised:
    shown = executions[:SHOWN]
    return ReportsRevised(
        profile=profile,
        reason=reason,
        reports=tuple(RevisedReport(execution_id=e.execution_id, source_key=e.source_key) for e in shown),
        count=len(executions),
    )


def _names(executions: Iterable[Execution]) -> str:
    names = [(each.source_key or each.execution_id).rpartition("/")[2] for each in executions]
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
