"""A batch from the feedback queues, from messages to rows: who is asked, written, put off, returned."""

import random
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from aws_lambda_powertools import Logger

from services.classify import deferral, writing
from services.classify.deferral import Deferred, SendingClient
from services.classify.figures import Figures
from services.classify.groups import Group, group
from services.classify.incoming import ALONE_FROM_RECEIVE, Delivery, Incoming, Rejection, read
from services.classify.outage import Outages
from services.classify.pacing import OutOfTime
from services.classify.prompt_library import Library
from services.classify.settings import ClassifySettings
from services.classify.snapshot import View, look
from services.classify.worker import Worker
from shared.contracts.errors import DatabaseConflict, DatabaseUnavailable
from shared.model.budgets import Limits, exceeded
from shared.platform.database import Database
from shared.stores import suspect_store
from shared.stores.feedback_store import ParkedCause


class Classify:
    """Handles batches.

    Args:
        database: MySQL.
        sqs: for deferrals.
        worker: for the model.
        outages: told when the model does not answer.
        settings: the function's environment.
        figures: the metrics.
        logger: never gets a customer's text.
        today: the date in UTC.
    """

    def __init__(
        self,
        database: Database,
        sqs: SendingClient,
        worker: Worker,
        outages: Outages,
        settings: ClassifySettings,
        figures: Figures,
        logger: Logger,
        today: Callable[[], date],
    ) -> None:
        self._database = database
        self._sqs = sqs
        self._worker = worker
        self._outages = outages
        self._settings = settings
        self._figures = figures
        self._logger = logger
        self._today = today
        self._limits = Limits(settings.execution_budget_usd, settings.monthly_budget_usd)
        urls = (settings.feedback_queue_url, settings.feedback_bulk_queue_url)
        self._queue_urls = {url.rpartition("/")[2]: url for url in urls}
        self._bulk_queue = settings.feedback_bulk_queue_url.rpartition("/")[2]
        self._library = Library(worker.model.family.answer_form)
        self._chance = random.Random().random  # noqa: S311  # jitter, not a secret

    def handle(self, messages: Sequence[Incoming], deadline: float) -> set[str]:
        """Handles a batch; returns the ids of the messages that the queue must deliver again.

        Args:
            messages: all from one queue.
            deadline: on the worker's clock; a model call that would have to wait longer is put off.
        """
        deliveries, rejections = read(messages)
        alone = [each for each in deliveries if each.incoming.receives >= ALONE_FROM_RECEIVE]
        together = [each for each in deliveries if each.incoming.receives < ALONE_FROM_RECEIVE]
        failed = self._guard(self._batch, together, rejections, deadline)
        # One at a time, each marked before and unmarked when written: a mark that is found again names
        # the record that crashed the function, and it goes last, when its neighbours are safe.
        for delivery in self._suspects_last(alone):
            failed |= self._guard(self._alone, [delivery], [], deadline)
        return {each.message_id for each in failed}

    def _guard(
        self,
        work: Callable[[Sequence[Delivery], Sequence[Rejection], float], set[Incoming]],
        deliveries: Sequence[Delivery],
        rejections: Sequence[Rejection],
        deadline: float,
    ) -> set[Incoming]:
        """Does it; whatever goes wrong concerns these messages only."""
        messages = [*(each.incoming for each in deliveries), *(each.incoming for each in rejections)]
        if not messages:
            return set()
        try:
            return work(deliveries, rejections, deadline)
        except (DatabaseUnavailable, DatabaseConflict) as error:
            self._logger.warning("database left a batch undone", extra={"reason": str(error)})
            return self._renew(messages)
        except Exception as error:  # noqa: BLE001  # the queue redelivers; each message counts its receives
            self._log_crash(error)
            return set(messages)

    def _alone(
        self, deliveries: Sequence[Delivery], rejections: Sequence[Rejection], deadline: float
    ) -> set[Incoming]:
        record_id = deliveries[0].record.record_id
        self._database.transact(lambda tx: suspect_store.mark(tx, record_id))
        return self._batch(deliveries, rejections, deadline)

    def _suspects_last(self, alone: Sequence[Delivery]) -> list[Delivery]:
        if not alone:
            return []
        ids = {each.record.record_id for each in alone}
        try:
            marked = self._database.transact(lambda tx: suspect_store.among(tx, ids))
        except (DatabaseUnavailable, DatabaseConflict):
            # Each will meet the same and be renewed.
            marked = set()
        return sorted(alone, key=lambda each: each.record.record_id in marked)

    def _batch(
        self, deliveries: Sequence[Delivery], rejections: Sequence[Rejection], deadline: float
    ) -> set[Incoming]:
        view = self._look(deliveries)
        forged = [
            Rejection(each.incoming, "no such execution") for each in deliveries if view.is_forged(each)
        ]
        groups = group(
            (each for each in deliveries if not view.is_forged(each) and not view.is_done(each)),
            view,
            self._worker.model.model_id,
        )
        self._label(groups, view, deadline)
        failed = self._write_rejections([*rejections, *forged])
        for each in groups:
            failed |= self._write(each)
        failed |= self._defer(groups)
        self._outages.look_at(self._worker.health, [each.refusal for each in groups if each.refusal])
        return failed

    def _look(self, deliveries: Sequence[Delivery]) -> View:
        model = self._worker.model
        return self._database.transact(
            partial(
                look,
                deliveries=deliveries,
                model_id=model.model_id,
                library=self._library,
                month=bool(self._limits.month),
            )
        )

    def _label(self, groups: Sequence[Group], view: View, deadline: float) -> None:
        planned = view.month_cost
        for each in groups:
            each.settle_known(view)
            cost = each.planned_cost(self._worker.model.family, self._settings.pack_size)
            spent = view.cost(each.profile, each.home)
            each.reached = exceeded(self._limits, spent, planned, cost) if cost else None
            if each.reached:
                each.park(ParkedCause.BUDGET)
            else:
                planned += cost
        bulk = any(self._is_bulk(delivery) for each in groups for delivery in each.deliveries.values())
        meter = self._worker.label(groups, deadline, bulk=bulk)
        self._figures.asked(meter)
        for each in groups:
            each.park_worn(deferral.MAX_DEFERRALS)

    def _is_bulk(self, delivery: Delivery) -> bool:
        return delivery.incoming.queue_arn.rpartition(":")[2] == self._bulk_queue

    def _write_rejections(self, rejections: Sequence[Rejection]) -> set[Incoming]:
        if not rejections:
            return set()
        counts = self._database.transact(
            partial(writing.write_rejections, rejections=rejections, today=self._today())
        )
        self._logger.info("messages rejected", extra={"rejected": counts.rejected})
        return set()

    def _write(self, each: Group) -> set[Incoming]:
        if not each.outcomes and not each.usage.calls:
            return set()
        try:
            execution_id, counts = self._database.transact(
                partial(writing.write_group, group=each, today=self._today())
            )
        except (DatabaseUnavailable, DatabaseConflict) as error:
            self._logger.warning("database left a group undone", extra={"reason": str(error)})
            return self._renew([each.deliveries[record_id].incoming for record_id in each.outcomes])
        extra: dict[str, object] = {"execution_id": execution_id, **counts.model_dump()}
        extra["calls"] = each.usage.calls
        if each.examples:
            extra["examples"] = sorted(each.examples)
        self._logger.info("feedback classified", extra=extra)
        self._figures.written(counts, each.usage)
        return set()

    def _defer(self, groups: Sequence[Group]) -> set[Incoming]:
        deferred = []
        for each in groups:
            for record_id, error in each.busy.items():
                put_off = deferral.postpone if isinstance(error, OutOfTime) else deferral.defer
                deferred.append(put_off(each.deliveries[record_id].incoming, self._chance()))
        self._figures.deferred(len(deferred))
        return self._send(deferred)

    def _renew(self, messages: Sequence[Incoming]) -> set[Incoming]:
        """What the database left undone goes round again as copies, which no receive limit counts.

        Returned to the queue, they would wait for the visibility timeout, and five outages would end in the
        dead-letter queue.
        """
        return self._send([deferral.defer(each, self._chance()) for each in messages])

    def _send(self, deferred: Sequence[Deferred]) -> set[Incoming]:
        try:
            return set(deferral.send(self._sqs, self._queue_urls, deferred))
        except Exception as error:  # noqa: BLE001  # a message that was not copied stays where it is
            self._log_crash(error)
            return {each.incoming for each in deferred}

    def _log_crash(self, error: Exception) -> None:
        """Type and place of an error; not its text, which may quote a customer."""
        frames = traceback.format_tb(error.__traceback__)[-3:]
        self._logger.error("unexpected error", extra={"error": type(error).__name__, "frames": frames})
