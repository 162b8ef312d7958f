"""The state transitions of an execution, each in one transaction with the event that announces it.

    receiving ──close──▶ classifying ──last row──▶ classified ──▶ categorized ──▶ completed
        └───────────────────── refused, or lost for good ─────────────────────▶ failed
                                  no report could be drawn of it, until redrawn ◀──▶

Every function works in the caller's transaction and returns whether it changed anything: repeating a call is
harmless.
"""

import secrets
from datetime import date

from shared.contracts.events import BusEvent, Counts, EventType, ExecutionEvent
from shared.contracts.execution import Duplicates, Execution, ExecutionStatus, Source, Usage
from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Transaction
from shared.stores import execution_store, results_upload_store

_STAGE_EVENT = {
    ExecutionStatus.CLASSIFIED: EventType.EXECUTION_CLASSIFIED,
    ExecutionStatus.CATEGORIZED: EventType.EXECUTION_CATEGORIZED,
    ExecutionStatus.COMPLETED: EventType.EXECUTION_REVISED,
    ExecutionStatus.FAILED: EventType.EXECUTION_FAILED,
}


def start_file(
    tx: Transaction,
    execution_id: ExecutionId,
    profile: Profile,
    source: Source,
    duplicates: Duplicates = Duplicates.KEEP,
) -> bool:
    """Creates the execution of a file; what it does with known rows stays as it is now."""
    key = secrets.token_hex(16)
    if not execution_store.create_file(tx, execution_id, profile, key, source, duplicates):
        return False
    _announce(tx, execution_id, EventType.EXECUTION_STARTED)
    return True


def open_direct(tx: Transaction, profile: Profile, today: date) -> Execution:
    """The profile's open day of direct feedback, locked; opened now if there is none."""
    number = 0
    while (execution := execution_store.lock_open_direct(tx, profile)) is None:
        # The day of this name may be closed already: what comes later that day opens another one.
        number += 1
        suffix = "" if number == 1 else f"-{number}"
        execution_id = f"direct-{profile}-{today.isoformat()}{suffix}"[-80:]
        if execution_store.create_direct(tx, execution_id, profile, secrets.token_hex(16)):
            _announce(tx, execution_id, EventType.EXECUTION_STARTED)
    return execution


def close_receiving(tx: Transaction, execution_id: ExecutionId) -> bool:
    """Ends receiving: ingest read the last row, or the day is over."""
    execution = execution_store.lock(tx, execution_id)
    if execution is None or execution.status is not ExecutionStatus.RECEIVING:
        return False
    execution_store.set_status(tx, execution_id, ExecutionStatus.CLASSIFYING)
    _announce(tx, execution_id, EventType.EXECUTION_INGESTED)
    settle(tx, execution_id)
    return True


def count_written(
    tx: Transaction, execution_id: ExecutionId, change: Counts, usage: Usage | None = None
) -> bool:
    """Counts rows that were written, under the caller's lock, and tests whether they were all."""
    execution_store.add_counts(tx, execution_id, change)
    if usage is not None:
        execution_store.add_usage(tx, execution_id, usage)
    return settle(tx, execution_id)


def settle(tx: Transaction, execution_id: ExecutionId) -> bool:
    """Moves an execution on to `classified` if receiving is over and every accepted record is written."""
    execution = execution_store.lock(tx, execution_id)
    if execution is None or not execution.all_written:
        return False
    if execution.status is not ExecutionStatus.CLASSIFYING:
        return False
    execution_store.set_status(tx, execution_id, ExecutionStatus.CLASSIFIED)
    _announce(tx, execution_id, EventType.EXECUTION_CLASSIFIED)
    return True


def categorized(tx: Transaction, execution_id: ExecutionId, *, failed: bool, discovered: int = 0) -> bool:
    """Moves an execution on to `categorized` when discovery has ended, also if it failed."""
    execution = execution_store.lock(tx, execution_id)
    if execution is None or execution.status is not ExecutionStatus.CLASSIFIED:
        return False
    execution_store.set_discovery(tx, execution_id, "failed" if failed else "done", discovered)
    execution_store.set_status(tx, execution_id, ExecutionStatus.CATEGORIZED)
    _announce(tx, execution_id, EventType.EXECUTION_CATEGORIZED)
    return True


def completed(tx: Transaction, execution_id: ExecutionId) -> bool:
    """Moves an execution on to `completed` when its report is written."""
    execution = execution_store.lock(tx, execution_id)
    if execution is None or execution.status is not ExecutionStatus.CATEGORIZED:
        return False
    execution_store.set_status(tx, execution_id, ExecutionStatus.COMPLETED)
    _announce(tx, execution_id, EventType.EXECUTION_COMPLETED)
    return True


def fail(tx: Transaction, execution_id: ExecutionId, reason: str) -> bool:
    """Ends an execution that cannot go on; `reason` tells people what to do."""
    execution = execution_store.lock(tx, execution_id)
    if execution is None or execution.status.over:
        return False
    execution_store.set_status(tx, execution_id, ExecutionStatus.FAILED, reason)
    _announce(tx, execution_id, EventType.EXECUTION_FAILED, reason)
    return True


def revise(tx: Transaction, execution_id: ExecutionId, reason: str, *, quietly: bool = False) -> bool:
    """Has the report of an execution drawn again, since its rows were changed after it had ended.

    While its report is being drawn, the revision is incremented without an event: notify sees it and draws
    the report again. Before that nothing is needed. A report that could not be drawn is tried again.

    Args:
        quietly: without a mail of its own.
    """
    execution = execution_store.lock(tx, execution_id)
    if execution is not None and execution.lacks_report:
        return redraw(tx, execution_id)
    if execution is None or execution.status not in (ExecutionStatus.CATEGORIZED, ExecutionStatus.COMPLETED):
        return False
    execution_store.revise(tx, execution_id, quietly=quietly)
    if execution.status is ExecutionStatus.COMPLETED:
        _announce(tx, execution_id, EventType.EXECUTION_REVISED, reason)
    return True


def redraw(tx: Transaction, execution_id: ExecutionId) -> bool:
    """Has the report of an ended execution drawn again, also one that could not be drawn."""
    execution = execution_store.lock(tx, execution_id)
    if execution is None or not execution.lacks_report:
        return execution is not None and revise(tx, execution_id, "it was asked for")
    # Rows that changed since it failed have not changed its revision.
    results_upload_store.forget(tx, execution_id)
    execution_store.set_unreported(tx, execution_id)
    _announce(tx, execution_id, EventType.EXECUTION_CATEGORIZED)
    return True


def repeat_stage_event(tx: Transaction, execution: Execution) -> bool:
    """Announces the stage of a stalled execution once more, or how it ended."""
    event_type = _STAGE_EVENT.get(execution.status)
    if event_type is None:
        return False
    if execution.status is ExecutionStatus.COMPLETED and execution.notified_revision is None:
        event_type = EventType.EXECUTION_CATEGORIZED
    _announce(tx, execution.execution_id, event_type, execution.failure_reason)
    return True


def _announce(
    tx: Transaction, execution_id: ExecutionId, event_type: EventType, reason: str | None = None
) -> None:
    execution = execution_store.find(tx, execution_id)
    assert execution is not None, "an event is announced only of an execution that exists"
    event = ExecutionEvent(
        execution_id=execution_id,
        profile=execution.profile,
        status=execution.status,
        revision=execution.revision,
        counts=execution.counts,
        reason=reason,
    )
    tx.announce(BusEvent(type=event_type, detail=event), execution_id)
