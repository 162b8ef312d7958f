"""The work of each message of the sweep queue."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain, repeat

from services.sweep import model_return_store
from services.sweep.alone import each_alone
from services.sweep.backlog import Backlogs
from services.sweep.dependencies import Dependencies
from services.sweep.release import Releaser
from services.sweep.stalled import attend, count, remind
from shared.changes import curation, lifecycle, routes, row_batches
from shared.changes.replay import replay
from shared.contracts.errors import TransientError
from shared.contracts.execution import Execution
from shared.contracts.messages import DigestDue
from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Transaction
from shared.platform.named_lock import LockBusy, named_lock
from shared.stores import curation_store, discovery_store, execution_store, mail_store, retention
from shared.stores.feedback_store.replay import Failed, executions_with_failed

_STRAGGLERS = timedelta(minutes=5)
"""After midnight, in which messages of the day before may still come."""
_THEME_DAYS = 30
"""Days that a discovery's themes are kept to be looked at; it is resumed for one day at most."""
_UNDO_DAYS = 180
"""Days that a decision about a category can be undone."""
_MOST_AT_ONCE = 500


class SweepIncomplete(TransientError):
    """Some steps failed, or time was up; the message is delivered again."""


@dataclass
class Swept:
    """Figures of a sweep by step, and the errors of the steps that failed."""

    figures: dict[str, int] = field(default_factory=dict)
    failed: dict[str, Exception] = field(default_factory=dict)


class Sweeping:
    """Carries out the messages of the sweep queue."""

    def __init__(self, deps: Dependencies) -> None:
        self._settings, self._database, self._telemetry = deps.settings, deps.database, deps.telemetry
        self._sqs = deps.sqs
        self._releaser = Releaser(deps)

    def sweep(self, time_is_up: Callable[[], bool], now: datetime) -> Swept:
        """Each minute's steps. The others are done when one fails.

        Args:
            now: UTC, without a zone.
        """
        steps: dict[str, Callable[[], int]] = {
            "published": partial(self._publish_left_over, time_is_up),
            "closed": lambda: len(self.close_days((now - _STRAGGLERS).date())),
            "stalled": partial(self._attend_stalled, time_is_up, now),
            "released": partial(self._releaser.run, time_is_up, now),
            "curated": partial(self._go_on_curating, time_is_up),
            "routed": partial(self._tell_routes, time_is_up),
            "mails": self._ask_for_digests,
            "forgotten": self._forget,
        }
        swept = Swept()
        for name, step in steps.items():
            try:
                swept.figures[name] = step()
            except Exception as error:  # noqa: BLE001 - it is told when the others are done
                swept.failed[name] = error
        return swept

    def close_days(self, before: date) -> list[ExecutionId]:
        """Ends the executions of direct feedback opened before that day (UTC); returns their ids."""
        days = self._database.transact(execution_store.list_open_direct)
        ended = [day.execution_id for day in days if day.started_at.date() < before]
        each_alone(ended, lambda each: self._database.transact(lifecycle.close_receiving, each))
        return ended

    def model_is_back(self, model_id: str, time_is_up: Callable[[], bool], now: datetime) -> int:
        """Records that the model is available again, and releases rows parked for it; returns how many."""
        self._database.transact(model_return_store.write, model_id)
        return self._releaser.run(time_is_up, now)

    def relabel(
        self, profile: Profile, execution_id: ExecutionId | None, time_is_up: Callable[[], bool]
    ) -> int:
        """Parks rows that were labelled under older versions, one execution at a time; returns how many.

        Raises:
            SweepIncomplete: time is up; the redelivered message continues.
        """
        if execution_id is None:
            executions = self._database.transact(curation.outdated, profile)
        else:
            executions = [execution_id]

        def park(execution_id: ExecutionId) -> int:
            return self._database.transact(curation.relabel, profile, execution_id).rows

        return self._ask_again(executions, park, time_is_up)

    def replay(self, failed: Failed, time_is_up: Callable[[], bool] = lambda: False) -> int:
        """Parks failed rows, one execution at a time, for the next sweep to send; returns how many.

        Raises:
            SweepIncomplete: time is up; the redelivered message continues.
        """

        def park(execution_id: ExecutionId) -> int:
            here = Failed(execution_id=execution_id, reason=failed.reason, ids=failed.ids)
            return self._database.transact(replay, failed=here)

        executions = self._database.transact(executions_with_failed, failed=failed)
        return self._ask_again(executions, park, time_is_up)

    def _ask_again(
        self,
        executions: Iterable[ExecutionId],
        park: Callable[[ExecutionId], int],
        time_is_up: Callable[[], bool],
    ) -> int:
        """Parks rows of one execution after another, in a transaction for each portion; returns how many."""
        rows = 0
        for execution_id in executions:
            parked = True
            while parked:
                if time_is_up():
                    raise SweepIncomplete(f"{rows} rows will be asked again, and there are more")
                parked = bool(portion := park(execution_id))
                rows += portion
        return rows

    def redraw(self, execution_id: ExecutionId) -> None:
        """Has the report of an ended execution rendered again."""
        self._database.transact(lifecycle.redraw, execution_id=execution_id)

    def _publish_left_over(self, time_is_up: Callable[[], bool]) -> int:
        age = timedelta(seconds=self._settings.left_over_after_seconds)
        total = 0
        while True:
            published = self._database.publish_left_over(age, _MOST_AT_ONCE)
            total += published
            if published < _MOST_AT_ONCE or time_is_up():
                return total

    def _attend_stalled(self, time_is_up: Callable[[], bool], now: datetime) -> int:
        seconds, model_id = self._settings.stalled_after_seconds, self._settings.model_id
        backlogs = Backlogs(self._settings, self._database, self._sqs)

        def attend_one(execution: Execution) -> None:
            in_turn = backlogs.may_hold(execution)
            if self._database.transact(attend, execution, model_id, now, in_turn=in_turn):
                self._telemetry.count_of_all("ExecutionsGivenUp")

        def remind_one(execution: Execution) -> None:
            in_turn = backlogs.may_hold(execution)
            self._database.transact(remind, seen=execution, now=now, in_turn=in_turn)

        standing = execution_store.watch.every(
            self._database, partial(execution_store.watch.standing_still, seconds=seconds)
        )
        untold = self._database.transact(execution_store.watch.untold, seconds)
        work = chain(zip(repeat(attend_one), standing), zip(repeat(remind_one), untold))
        each_alone(work, lambda one: one[0](one[1]), time_is_up)
        return self._database.transact(count, model_id)

    def _go_on_curating(self, time_is_up: Callable[[], bool]) -> int:
        """Changes the remaining rows of decisions about categories; returns how many."""
        try:
            with named_lock(self._database, "curation"):
                pending = self._database.transact(row_batches.pending)
                return sum(each_alone(pending, lambda each: self._follow(each, time_is_up), time_is_up))
        except LockBusy:
            return 0  # Another sweep holds the lock.

    def _follow(self, curation_id: int, time_is_up: Callable[[], bool]) -> int:
        rows = 0
        while not time_is_up():
            step = self._database.transact(row_batches.go_on, curation_id=curation_id)
            rows += step.rows
            if step is row_batches.NOTHING:
                break
        return rows

    def _tell_routes(self, time_is_up: Callable[[], bool]) -> int:
        """Tells where rows go that were too many to be told of when they were changed; returns how many."""
        rows = 0
        while not time_is_up() and (looked_at := self._database.transact(routes.tell_due, _MOST_AT_ONCE)):
            rows += looked_at
        return rows

    def _ask_for_digests(self) -> int:
        """Has notify send the mails that are held, as soon as it may; returns for how many audiences."""

        def ask(tx: Transaction) -> int:
            audiences = mail_store.waiting(tx)
            for audience in audiences:
                tx.announce(DigestDue(audience=audience))
            return len(audiences)

        return self._database.transact(ask)

    def _forget(self) -> int:
        steps: tuple[Callable[[Transaction], int], ...] = (
            *(partial(retention.forget, kept=kept) for kept in retention.KEPT),
            partial(discovery_store.forget_themes, days=_THEME_DAYS),
            partial(curation_store.forget_rows, days=_UNDO_DAYS),
        )
        return sum(self._database.transact(step) for step in steps)
