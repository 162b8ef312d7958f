"""Lambda entry point: the sweep queue, fed by schedules and by the bus."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from services.sweep.orders import CloseDay, ModelIsBack, Redraw, Relabel, Replay, read_order
from services.sweep.release import Queues, Releaser
from services.sweep.settings import SweepSettings
from services.sweep.sweeping import SweepIncomplete, Sweeping
from shared.model.budgets import Limits
from shared.platform.database_secret import open_database
from shared.platform.telemetry import describe, make_logger, make_metrics, make_tracer, note_failure

_RESERVE_MILLISECONDS = 30_000
_LOST_AFTER_STALLS = 24
"""A message that is under way for so many times the time of a standstill (6 hours, usually) is lost."""
_METRICS = {"published": "OutboxLeftOver", "stalled": "StalledExecutions", "released": "FeedbackReleased"}

logger = make_logger("sweep")
tracer = make_tracer("sweep")
metrics = make_metrics("sweep")
processor = BatchProcessor(event_type=EventType.SQS)


@cache
def sweeping() -> Sweeping:
    """The service, put together on first use."""
    settings = SweepSettings.read()
    database = open_database()
    sqs: Any = boto3.client("sqs")
    queues = Queues(settings.feedback_queue_url, settings.feedback_bulk_queue_url, settings.bulk_threshold)
    limits = Limits(settings.execution_budget_usd, settings.monthly_budget_usd)
    lost_after = timedelta(seconds=settings.stalled_after_seconds * _LOST_AFTER_STALLS)
    releaser = Releaser(database, sqs, queues, limits, settings.model_id, lost_after)
    return Sweeping(database, releaser, settings)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Carries out orders."""
    metrics.add_metric("Orders", MetricUnit.Count, len(event["Records"]))
    work = partial(_try, time_is_up=lambda: _is_up(context))
    try:
        return process_partial_response(event, work, processor, context)
    except BatchProcessingError:
        # It holds the texts of all errors, which may quote an order; each is noted without.
        raise SweepIncomplete("no order of the batch was carried out") from None


def _try(record: SQSRecord, time_is_up: Callable[[], bool]) -> None:
    try:
        _carry_out(record, time_is_up)
    except Exception as error:
        # Nothing is swallowed: the order goes back to the queue.
        note_failure(logger, error)
        raise


def _carry_out(record: SQSRecord, time_is_up: Callable[[], bool]) -> None:
    order = read_order(record.body)
    now = datetime.now(UTC)
    if isinstance(order, CloseDay):
        ended = sweeping().close_days(order.before or now.date())
        logger.info("Days of direct feedback closed", executions=ended)
    elif isinstance(order, ModelIsBack):
        released = sweeping().model_is_back(order.model_id, time_is_up, now.replace(tzinfo=None))
        _count("FeedbackReleased", released)
    elif isinstance(order, Relabel):
        rows = sweeping().relabel(order.profile, order.execution_id, time_is_up)
        logger.info("Rows will be labelled anew", rows=rows, profile=order.profile)
    elif isinstance(order, Replay):
        logger.info("Failed rows will be tried again", rows=sweeping().replay(order, time_is_up))
    elif isinstance(order, Redraw):
        sweeping().redraw(order.execution_id)
        logger.info("A report will be drawn anew", execution_id=order.execution_id)
    else:
        _sweep(time_is_up, now)


def _sweep(time_is_up: Callable[[], bool], now: datetime) -> None:
    swept = sweeping().sweep(time_is_up, now.replace(tzinfo=None))
    for step, name in _METRICS.items():
        if step in swept.figures:
            _count(name, swept.figures[step])
    for step, error in swept.failed.items():
        logger.error("A step of the sweep failed", step=step, **describe(error))
    if swept.failed:
        raise SweepIncomplete(f"these steps failed: {', '.join(swept.failed)}")


def _count(name: str, value: int) -> None:
    metrics.add_metric(name, MetricUnit.Count, value)


def _is_up(context: LambdaContext) -> bool:
    return context.get_remaining_time_in_millis() < _RESERVE_MILLISECONDS
