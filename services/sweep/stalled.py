"""Resumes stalled executions and announces them once; repeats the end event that notify did not handle."""

from datetime import datetime, timedelta

from shared.changes import lifecycle
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.messages import ContinueIngest, SendMissing
from shared.contracts.notices import ExecutionStalled, ExecutionWaits
from shared.platform.database import Transaction
from shared.stores import execution_store, feedback_store, model_health_store
from shared.stores.feedback_store import ParkedCause

_ASKS_THE_MODEL = (ExecutionStatus.CLASSIFYING, ExecutionStatus.CLASSIFIED)
_FOR_A_REASON = (ParkedCause.BUDGET, ParkedCause.MODEL)
_GIVE_UP_AFTER = timedelta(days=1)
_UNREAD = (
    "its file could not be read to its end in a day of trying; ingest's log and dead-letter queue say more."
    " Upload it again when that is put right"
)

_UNDRAWN = (
    "its rows are labelled and kept, but its report could not be drawn in a day of trying; notify's log and"
    " dead-letter queue say more"
)


def attend(tx: Transaction, seen: Execution, model_id: str, now: datetime, *, in_turn: bool = False) -> bool:
    """Resumes one stalled execution, or ends its stage as failed; returns whether it was given up.

    Args:
        seen: the execution as it was selected; if it has changed since, nothing is done.
        model_id: while this model is recorded as unavailable, an execution that waits for it is not stalled.
        now: UTC, without a zone.
        in_turn: whether its messages may be waiting in a queue behind others. Then it is resumed after a day,
            for the queue may hold others' messages instead, and never ended.
    """
    execution = execution_store.lock(tx, seen.execution_id)
    if execution is None or execution.last_progress_at != seen.last_progress_at or execution.status.over:
        return False
    if lifecycle.settle(tx, execution.execution_id):
        return False
    if _waits(tx, execution, model_id):
        _tell_of_waiting(tx, execution, now)
        return False
    if in_turn and _is_young(execution, now):
        return False
    if not in_turn and _is_hopeless(execution) and _give_up(tx, execution):
        return True
    execution_store.watch.set_stalled(tx, execution.execution_id)
    _push(tx, execution, in_turn=in_turn)
    if execution.stalled_at is None:
        tx.announce(_stalled(execution), execution.execution_id)
    return False


def remind(tx: Transaction, seen: Execution, now: datetime, *, in_turn: bool = False) -> None:
    """Announces the end of an execution again, if notify has not handled it.

    The first event may be in notify's dead-letter queue, if SNS or S3 was away for longer than its retries.

    Args:
        seen: the execution as it was selected; if it has changed since, nothing is done.
        now: UTC, without a zone.
        in_turn: as in `attend`.
    """
    execution = execution_store.lock(tx, seen.execution_id)
    if execution is None or execution.last_progress_at != seen.last_progress_at:
        return
    if in_turn and _is_young(execution, now):
        return
    execution_store.watch.set_stalled(tx, execution.execution_id)
    lifecycle.repeat_stage_event(tx, execution)


def count(tx: Transaction, model_id: str) -> int:
    """How many executions stand still, without those that wait for a model or a budget."""
    away = model_health_store.find(tx, model_id) != "available"
    statuses = [each for each in ExecutionStatus if not (each.over or (away and each in _ASKS_THE_MODEL))]
    return execution_store.watch.count_stalled(tx, statuses, _FOR_A_REASON)


def _stalled(execution: Execution) -> ExecutionStalled:
    return ExecutionStalled(
        execution_id=execution.execution_id,
        source_key=execution.source_key,
        status=execution.status,
        since=execution.last_progress_at,
        done=execution.labelled + execution.unknown + execution.failed,
        accepted=execution.accepted,
        parked=execution.parked,
        sent_again=execution.status is ExecutionStatus.CLASSIFYING and execution.kind == "file",
    )


def _tell_of_waiting(tx: Transaction, execution: Execution, now: datetime) -> None:
    """Announces once that the execution still waits: the event that would resume it may be lost."""
    if execution.stalled_at is not None or _is_young(execution, now):
        return
    execution_store.watch.set_stalled(tx, execution.execution_id)
    notice = ExecutionWaits(
        execution_id=execution.execution_id,
        source_key=execution.source_key,
        since=execution.last_progress_at,
        accepted=execution.accepted,
        parked=execution.parked,
    )
    tx.announce(notice, execution.execution_id)


def _waits(tx: Transaction, execution: Execution, model_id: str) -> bool:
    """Whether it waits for a model or a budget, which was announced before."""
    if execution.status in _ASKS_THE_MODEL and model_health_store.find(tx, model_id) != "available":
        return True
    # In any other stage, parked rows are not what it waits for.
    classifying = execution.status is ExecutionStatus.CLASSIFYING
    return classifying and feedback_store.park.has_parked(tx, execution.execution_id, _FOR_A_REASON)


def _give_up(tx: Transaction, execution: Execution) -> bool:
    """Ends a stage that was resumed too often, with an event that says so; False in a stage without one."""
    if execution.status is ExecutionStatus.RECEIVING:
        return lifecycle.fail(tx, execution.execution_id, _UNREAD)
    if execution.status is ExecutionStatus.CLASSIFIED:
        return lifecycle.categorized(tx, execution.execution_id, failed=True)
    if execution.status is ExecutionStatus.CATEGORIZED:
        return lifecycle.fail(tx, execution.execution_id, _UNDRAWN)
    # Rows that classify does not write are sent again by ingest, which gives up if there are none to send.
    return False


def _is_young(execution: Execution, now: datetime) -> bool:
    return now - execution.last_progress_at < _GIVE_UP_AFTER


def _is_hopeless(execution: Execution) -> bool:
    still = execution.stalled_at is not None and execution.stalled_at - execution.last_progress_at
    return bool(still and still > _GIVE_UP_AFTER)


def _push(tx: Transaction, execution: Execution, *, in_turn: bool) -> None:
    """Announces the event or sends the message of the stage that the execution is in again.

    Args:
        execution: as it was before it was marked as stalled in this transaction.
    """
    if execution.status is ExecutionStatus.CLASSIFYING:
        _send_missing(tx, execution, in_turn=in_turn)
    elif execution.status is ExecutionStatus.RECEIVING:
        execution_id = execution.execution_id
        tx.announce(ContinueIngest(execution_id=execution_id, slice=execution.ingest_slice), execution_id)
    else:
        lifecycle.repeat_stage_event(tx, execution)


def _send_missing(tx: Transaction, execution: Execution, *, in_turn: bool) -> None:
    """Has ingest send the rows again that were not written: SQS lost them, or kept them for its 14 days.

    Each time after about twice as long, because they may only be waiting behind others. Direct feedback is
    accepted when it is written, so none of it can be missing.
    """
    execution_id = execution.execution_id
    now = execution_store.find(tx, execution_id)
    if execution.kind != "file" or now is None:
        return
    if (_quiet(now), _is_hopeless(now)) == (_quiet(execution), _is_hopeless(execution)):
        return
    give_up = _is_hopeless(now) and not in_turn
    tx.announce(SendMissing(execution_id=execution_id, give_up=give_up), execution_id)


def _quiet(execution: Execution) -> int:
    """How many times its stall time has doubled since it was first marked; 0 if it was not marked yet."""
    if execution.stalled_at is None:
        return 0
    return int((execution.stalled_at - execution.last_progress_at).total_seconds()).bit_length()
