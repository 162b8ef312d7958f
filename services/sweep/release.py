"""Sends rows that were parked for a budget or a model to their queue again when the cause is gone."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from services.sweep import model_return_store
from services.sweep.again import message_of
from services.sweep.alone import each_alone
from services.sweep.backlog import Backlogs
from services.sweep.budgets import may_go_on
from services.sweep.dependencies import Dependencies
from shared.contracts.execution import Execution, ExecutionStatus
from shared.platform.database import Transaction
from shared.platform.named_lock import LockBusy, named_lock
from shared.platform.queue_batches import QueueMessage, batches, queue_body, send_batch
from shared.stores import budget_store, execution_store, feedback_store, model_health_store
from shared.stores.feedback_store import FeedbackRow, ParkedCause

_PAGE = 200
_GRACE = timedelta(minutes=15)
"""Workers that were calling the model when it came back may park rows a little after its return."""
_LONGER = 4
"""In an outage, and while the queue may hold the messages: so many times as long."""


class Releaser:
    """Sends parked rows to classify again.

    A row that was sent gets the cause `replay`. If the function dies before that is committed, the row is
    sent twice, and classify finds it settled the second time. A row with that cause that is still parked
    after `lost_after` is sent again, unless its message may be waiting behind others: it may be lost.
    """

    def __init__(self, deps: Dependencies) -> None:
        self._settings, self._database, self._sqs = deps.settings, deps.database, deps.sqs

    def run(self, time_is_up: Callable[[], bool], now: datetime) -> int:
        """Sends rows that may be released until time is up; the next run continues.

        Args:
            now: UTC, without a zone.

        Returns:
            number of rows sent.
        """
        try:
            with named_lock(self._database, "release"):
                return sum(each_alone(self._free(now), lambda each: self._release(*each, time_is_up)))
        except LockBusy:
            return 0

    def _free(self, now: datetime) -> Iterator[tuple[Execution, ParkedCause, datetime]]:
        """Executions with rows to release: the cause to release, and only rows parked before that time."""
        model, replay = self._database.transact(self._answered_after, now)
        backlogs = Backlogs(self._settings, self._database, self._sqs)
        for execution in execution_store.watch.every(self._database, execution_store.watch.with_parked):
            yield execution, ParkedCause.MODEL, model
            if self._database.transact(self._affordable, execution, now):
                yield execution, ParkedCause.BUDGET, now + _GRACE
                yield execution, ParkedCause.REPLAY, self._lost_before(execution, replay, now, backlogs)

    def _answered_after(self, tx: Transaction, now: datetime) -> tuple[datetime, datetime]:
        """Two times: rows parked for the model before the first, or sent again before the second, are due.

        The event ModelAvailable may be lost, so each row is also tried now and then while the model is
        recorded as unavailable.
        """
        returned = model_return_store.find(tx, self._settings.model_id)
        if model_health_store.find(tx, self._settings.model_id) == "available":
            # No outage is recorded, so no end of one will be announced: these rows were parked for having
            # been put off very often.
            free, lost = now - _GRACE, now - self._settings.lost_after
        else:
            free = lost = now - self._settings.lost_after * _LONGER
        return max(free, returned + _GRACE if returned else free), lost

    def _lost_before(
        self, execution: Execution, until: datetime, now: datetime, backlogs: Backlogs
    ) -> datetime:
        """Rows that were sent again before this time count as lost."""
        counted = feedback_store.park.count_parked
        rows = self._database.transact(counted, execution.execution_id, ParkedCause.REPLAY)
        if rows and backlogs.of(ExecutionStatus.CLASSIFYING).may_hold(rows):
            return min(until, now - self._settings.lost_after * _LONGER)
        return until

    def _affordable(self, tx: Transaction, execution: Execution, now: datetime) -> bool:
        reached = budget_store.notices(tx, execution.execution_id)
        return may_go_on(self._settings.limits, reached, execution_store.month_cost(tx), now)

    def _release(
        self, execution: Execution, cause: ParkedCause, until: datetime, time_is_up: Callable[[], bool]
    ) -> int:
        after, sent, page = 0, 0, feedback_store.park.parked
        while not time_is_up():
            rows = self._database.transact(page, execution.execution_id, cause, until, after, _PAGE)
            if not rows:
                break
            self._send(execution, rows)
            after = rows[-1].id
            sent += len(rows)
        return sent

    def _send(self, execution: Execution, rows: list[FeedbackRow]) -> None:
        group = execution.execution_id
        messages = (QueueMessage(queue_body(message_of(row, execution)), message_group=group) for row in rows)
        for batch in batches(messages):
            send_batch(self._sqs, self._settings.feedback_queue_url, batch)
        self._database.transact(feedback_store.park.set_sent_again, [row.id for row in rows])
