"""The notify function: one message of its queue at a time, handed to who does the work."""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from services.notify import completion, notices
from services.notify.completion import Desk
from services.notify.inbox import ExecutionNews, Message, ModelNews, parse
from services.notify.mail.mailer import Mailer
from services.notify.settings import NotifySettings
from services.notify.storage import Storage
from shared.contracts import events
from shared.contracts.messages import TrackerTimedOut, TrackerWaiting
from shared.contracts.notices import Notice
from shared.platform.database_secret import open_database
from shared.platform.deferral import CLIENT_CONFIG, after_failure
from shared.platform.telemetry import make_logger, make_metrics, make_tracer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = make_logger("notify")
tracer = make_tracer("notify")
metrics = make_metrics("notify")
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@cache
def desk() -> Desk:
    """What the work needs, made on first use and kept while the function is warm."""
    settings = NotifySettings.read()
    database = open_database(settings)
    return Desk(
        database=database,
        storage=Storage(_client("s3"), settings.data_bucket),
        mailer=Mailer(_client("sns"), settings.topic_arn),
        states=_client("stepfunctions"),
        settings=settings,
        clock=lambda: datetime.now(UTC).replace(tzinfo=None),
    )


@cache
def sqs() -> "SQSClient":
    """SQS: where a message that waits for its next attempt is sent."""
    return cast("SQSClient", _client("sqs"))


def _client(service: Any) -> Any:
    return boto3.client(service, config=CLIENT_CONFIG)


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Handles a batch of the notify queue; what fails goes back to it."""
    metrics.add_metric("Messages", MetricUnit.Count, len(event["Records"]))
    return process_partial_response(
        event=event, record_handler=handle_record, processor=processor, context=context
    )


def handle_record(record: SQSRecord) -> None:
    """Handles one message.

    Raises:
        Exception: what went wrong, unless a fresh copy waits because something was away.
    """
    logger.remove_keys(["execution_id"])
    try:
        _handle(parse(record.body))
    except Exception as error:
        # Nothing is swallowed: a copy is tried later, or the message goes back to the queue.
        queue = desk().settings.own_queue
        if not after_failure(record, error, sqs=sqs(), queue_url=queue, logger=logger, metrics=metrics):
            raise


def _handle(message: Message) -> None:
    match message:
        case ExecutionNews():
            _tell_of_execution(message)
        case ModelNews():
            notices.tell_of_model(desk(), message)
        case TrackerWaiting():
            logger.append_keys(execution_id=message.execution_id)
            completion.tracker_waits(desk(), message.execution_id, message.task_token)
        case TrackerTimedOut():
            logger.append_keys(execution_id=message.execution_id)
            completion.tracker_timed_out(desk(), message.execution_id)
        case Notice():
            notices.send(desk(), message)
    logger.info("message handled", kind=type(message).__name__)


def _tell_of_execution(news: ExecutionNews) -> None:
    event = news.event
    logger.append_keys(execution_id=event.execution_id)
    failed = news.event_type is events.EventType.EXECUTION_FAILED
    tell = completion.failed if failed else completion.report_ready
    logger.info(
        "event handled", event_type=news.event_type, outcome=tell(desk(), event.execution_id, event.reason)
    )
