"""Lambda: the ingest queue. One message is one slice of one file, so the batch size is one."""

import json
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from services.ingest.ingest import Ingest, Outcome
from services.ingest.missing import Resent
from services.ingest.routing import ObjectCreated
from services.ingest.settings import IngestSettings
from services.ingest.slices import SliceRunner
from shared.contracts.messages import INGEST_MESSAGE, SendMissing
from shared.platform.database_secret import open_database
from shared.platform.deferral import after_failure
from shared.platform.telemetry import make_logger, make_metrics, make_tracer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SERVICE = "ingest"
_RESERVE_SECONDS = 25.0
"""Kept back at the end of an invocation: to flush, to save, to write the rejected rows."""

logger = make_logger(SERVICE)
metrics = make_metrics(SERVICE)
tracer = make_tracer(SERVICE)
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Works on each message; those that fail go back to the queue alone."""
    metrics.add_metric("Messages", MetricUnit.Count, len(event["Records"]))
    return process_partial_response(
        event, lambda record: handle(record, context), processor=processor, context=context
    )


def handle(record: SQSRecord, context: LambdaContext) -> None:
    """One message: S3's event, or ingest's own to go on."""
    deadline = time.monotonic() + _seconds(context)
    try:
        outcome = _answer(json.loads(record.body), deadline)
    except Exception as error:
        # Whatever it was, the message is tried again; here it is only noted, without its text.
        queue = settings().ingest_queue_url
        if not after_failure(record, error, sqs=sqs(), queue_url=queue, logger=logger, metrics=metrics):
            raise
        return
    _report(outcome)


def _answer(body: dict[str, Any], deadline: float) -> Outcome:
    if body.get("detail-type") == "Object Created":
        upload = ObjectCreated.model_validate(body)
        logger.append_keys(execution_id=upload.execution_id)
        return ingest().upload(upload, deadline)
    message = INGEST_MESSAGE.validate_python(body)
    logger.append_keys(execution_id=message.execution_id)
    if isinstance(message, SendMissing):
        return ingest().send_missing(message, deadline)
    return ingest().go_on(message, deadline)


@cache
def settings() -> IngestSettings:
    """The environment, read once."""
    return IngestSettings.read()


@cache
def sqs() -> "SQSClient":
    """SQS, for the sender's threads too."""
    config = _client_config(read_timeout=10, max_pool_connections=2 * settings().sender_threads)
    return boto3.client("sqs", config=config)


@cache
def ingest() -> Ingest:
    """The service, wired to AWS and MySQL on first use."""
    database = open_database()
    # A block is asked for nine times, by boto3 and by the reader: all of them must fit into one invocation.
    s3 = boto3.client("s3", config=_client_config(read_timeout=10))
    sfn = boto3.client("stepfunctions", config=_client_config(read_timeout=5))
    runner = SliceRunner(database, s3, sqs(), settings(), time.monotonic)
    return Ingest(database, runner, sfn, settings())


def _client_config(*, read_timeout: int, max_pool_connections: int = 10) -> Config:
    """Time-outs far below the invocation's: what hangs is given up, and the message tried again."""
    return Config(
        connect_timeout=3,
        read_timeout=read_timeout,
        max_pool_connections=max_pool_connections,
        retries={"mode": "standard", "total_max_attempts": 3},
    )


def _seconds(context: LambdaContext) -> float:
    left = context.get_remaining_time_in_millis() / 1000 - _RESERVE_SECONDS
    return min(settings().slice_seconds, max(1.0, left))


def _report(outcome: Outcome) -> None:
    if outcome.tracker_error is not None:
        logger.warning("tracker not started", code=outcome.tracker_error)
    if outcome.resent is not None:
        _report_resent(outcome.resent)
        return
    progress = outcome.progress
    if outcome.what == "refused" or (progress and progress.phase == "refused"):
        metrics.add_metric("FilesRefused", MetricUnit.Count, 1)
    if progress is None:
        logger.info("message answered", outcome=outcome.what)
        return
    metrics.add_metric("RowsAccepted", MetricUnit.Count, progress.accepted)
    metrics.add_metric("RowsRejected", MetricUnit.Count, progress.rejected)
    logger.info("slice worked", phase=progress.phase, accepted=progress.accepted, rejected=progress.rejected)


def _report_resent(resent: Resent) -> None:
    metrics.add_metric("RowsSentAgain", MetricUnit.Count, resent.sent)
    metrics.add_metric("RowsLost", MetricUnit.Count, resent.failed)
    if resent.reason is not None:
        logger.error("rows are missing and the file cannot be read again", failed=resent.failed)
    logger.info("rows sent again", sent=resent.sent)
