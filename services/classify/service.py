"""Handles a batch of the feedback queue: labels, writes, defers, and returns messages to the queue."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from services.classify import writing
from services.classify.asking import ask
from services.classify.dependencies import Dependencies
from services.classify.groups import Group, group
from services.classify.incoming import ALONE_FROM_RECEIVE, Delivery, Rejection, read
from services.classify.metrics import count_direct, count_written, tell_of_cascade
from services.classify.outage import announce_outage
from services.classify.snapshot import View, look
from services.classify.soundness import is_sound
from services.classify.trying_again import TryingAgain
from shared.contracts.errors import DatabaseConflict, DatabaseUnavailable
from shared.contracts.execution import NO_USAGE
from shared.platform.received import Received
from shared.platform.telemetry import describe
from shared.platform.transience import is_transient
from shared.stores import suspect_store


class Classify:
    """Handles one batch."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._database = deps.database
        self._logger = deps.telemetry.logger
        self._again = TryingAgain(deps.sqs, deps.settings.feedback_queue_url)
        self._sound: bool | None = None

    def handle(self, messages: Sequence[Received], deadline: float) -> set[Received]:
        """Handles a batch; returns the messages that the queue must deliver again.

        Args:
            messages: all from one queue.
            deadline: on the worker's clock; a model call that would have to wait longer is put off.
        """
        deliveries, rejections = read(messages, self._deps.settings.api_senders.split())
        alone = [each for each in deliveries if each.message.receives >= ALONE_FROM_RECEIVE]
        together = [each for each in deliveries if each.message.receives < ALONE_FROM_RECEIVE]
        failed = self._guard(self._batch, together, rejections, deadline)
        # One at a time, each marked before and unmarked when written. A mark that is still there names the
        # record that crashed the function: it is handled last, after its neighbours.
        waiting = deque(self._suspects_last(alone))
        while waiting and self._deps.worker.clock.now() < deadline:
            failed |= self._guard(self._alone, [waiting.popleft()], [], deadline)
        return failed | self._again.not_begun([each.message for each in waiting])

    def _guard(
        self,
        work: Callable[[Sequence[Delivery], Sequence[Rejection], float], set[Received]],
        deliveries: Sequence[Delivery],
        rejections: Sequence[Rejection],
        deadline: float,
    ) -> set[Received]:
        """Does the work; an error affects these messages only."""
        messages = [*(each.message for each in deliveries), *(each.message for each in rejections)]
        if not messages:
            return set()
        try:
            return work(deliveries, rejections, deadline)
        except (DatabaseUnavailable, DatabaseConflict) as error:
            self._logger.warning("database left a batch undone", **describe(error))
            return self._again.without_database(messages)
        except Exception as error:  # noqa: BLE001  # the queue redelivers; each message counts its receives
            return self._crashed(messages, error, deadline)

    def _alone(
        self, deliveries: Sequence[Delivery], rejections: Sequence[Rejection], deadline: float
    ) -> set[Received]:
        record_id = deliveries[0].record.record_id
        self._database.transact(suspect_store.mark, record_id)
        return self._batch(deliveries, rejections, deadline)

    def _suspects_last(self, alone: Sequence[Delivery]) -> list[Delivery]:
        if not alone:
            return []
        ids = {each.record.record_id for each in alone}
        try:
            marked = self._database.transact(suspect_store.among, ids)
        except (DatabaseUnavailable, DatabaseConflict):
            # Each of the others would meet the same error, and is sent again as a copy.
            marked = set()
        return sorted(alone, key=lambda each: each.record.record_id in marked)

    def _batch(
        self, deliveries: Sequence[Delivery], rejections: Sequence[Rejection], deadline: float
    ) -> set[Received]:
        view = self._look(deliveries)
        open_ones, refused = view.sort(deliveries)
        groups = group(open_ones, view, self._deps.worker.model.model_id)
        # Before the model is called, so that after the calls only the groups themselves are left to write.
        if owed := view.owed(deliveries):
            # A second delivery was quicker than this copy, which carries what the first attempt cost.
            self._database.transact(writing.write_owed, owed=owed)
        rejected = [*rejections, *refused]
        self._write_rejections(rejected)
        count_direct(self._deps.telemetry, deliveries, rejected)
        ask(self._deps, groups, view, deadline)
        failed: set[Received] = set()
        for each in groups:
            failed |= self._write(each, deadline)
        failed |= self._defer(groups)
        refusals = [each.refusal for each in groups if each.refusal]
        announce_outage(self._database, self._deps.worker.model.model_id, self._deps.worker.health, refusals)
        return failed

    def _look(self, deliveries: Sequence[Delivery]) -> View:
        model = self._deps.worker.model
        return self._database.transact(
            look,
            deliveries=deliveries,
            model_id=model.model_id,
            library=self._deps.library,
            month=bool(self._deps.settings.limits.month),
        )

    def _write_rejections(self, rejections: Sequence[Rejection]) -> None:
        if not rejections:
            return
        counts = self._database.transact(
            writing.write_rejections, rejections=rejections, today=self._deps.today()
        )
        self._logger.info("messages rejected", rejected=counts.rejected)

    def _write(self, each: Group, deadline: float) -> set[Received]:
        if not each.outcomes and each.usage == NO_USAGE:
            return set()
        try:
            written = self._database.transact(writing.write_group, group=each, today=self._deps.today())
        except (DatabaseUnavailable, DatabaseConflict) as error:
            self._logger.warning("database left a group undone", **describe(error))
            return self._put_off(each)
        except Exception as error:  # noqa: BLE001  # the groups beside it were paid for, and are written
            self._write_usage(each)
            return self._crashed([each.deliveries[key].message for key in each.outcomes], error, deadline)
        fields = written.counts.model_dump()
        if each.examples:
            fields["examples"] = sorted(each.examples)
        self._logger.info(
            "feedback classified",
            execution_id=written.execution_id,
            calls=each.usage.calls,
            new_versions=written.versions,
            tokens_per_minute=self._deps.worker.tokens_per_minute,
            **fields,
        )
        tell_of_cascade(self._deps.telemetry, each)
        count_written(self._deps.telemetry, written, each.usage)
        return set()

    def _put_off(self, each: Group) -> set[Received]:
        """Defers all records of a group that could not be written; the first copy carries the usage."""
        owed, messages = each.owed(), [each.deliveries[key].message for key in each.outcomes]
        if not messages:
            # None has an outcome now, so all are deferred.
            record_id = next(iter(each.busy))
            delivery = each.deliveries[record_id]
            message = replace(delivery.message, owed=delivery.message.owed + owed)
            each.deliveries[record_id] = replace(delivery, message=message)
            return set()
        first, *others = messages
        others = [replace(message, owed=NO_USAGE) for message in others]
        return self._again.without_database([replace(first, owed=owed), *others])

    def _write_usage(self, each: Group) -> None:
        try:
            self._database.transact(writing.write_usage, group=each, today=self._deps.today())
        except Exception as error:  # noqa: BLE001  # the error before it is what matters
            fields = each.usage.model_dump(mode="json") | describe(error)
            self._logger.error("calls not counted", **fields)  # noqa: TRY400  # a trace may quote a customer

    def _defer(self, groups: Sequence[Group]) -> set[Received]:
        busy = [
            (group.deliveries[record_id].message, error)
            for group in groups
            for record_id, error in group.busy.items()
        ]
        self._deps.telemetry.count("FeedbackDeferred", len(busy))
        return self._again.without_model(busy)

    def _crashed(self, messages: Sequence[Received], error: Exception, deadline: float) -> set[Received]:
        """Returns the messages to the queue, or sends copies if a harmless record fails, too."""
        self._deps.telemetry.note_failure(error)
        alone = len(messages) == 1 and messages[0].receives >= ALONE_FROM_RECEIVE
        if is_transient(error) or (alone and not self._is_sound(deadline)):
            return self._again.without_database(messages)
        return set(messages)

    def _is_sound(self, deadline: float) -> bool:
        """Whether a harmless record succeeds; tried once a batch, because it may cost a call."""
        if self._sound is None:
            self._sound = is_sound(self._deps, deadline)
        return self._sound
