"""The curate function: one upload of people's changes at a time."""

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from services.curate.context import Desk, refuse
from services.curate.correcting import correct
from services.curate.listing import take_over
from services.curate.settings import CurateSettings
from services.curate.uploads import CategoryList, Upload, UploadRefused, kind_of, parse
from shared.platform.database_secret import open_database
from shared.platform.deferral import CLIENT_CONFIG, after_failure
from shared.platform.telemetry import make_logger, make_metrics, make_tracer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = make_logger("curate")
tracer = make_tracer("curate")
metrics = make_metrics("curate")
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

_STATEMENT_SECONDS = 240
"""A corrections file is applied in one transaction."""


@cache
def settings() -> CurateSettings:
    """The environment, read once."""
    return CurateSettings.read()


@cache
def desk() -> Desk:
    """What the work needs, made on first use and kept while the function is warm."""
    database = open_database(settings(), _STATEMENT_SECONDS)
    return Desk(database, _client("s3"))


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
    """Handles a batch of the curate queue; what fails goes back to it."""
    metrics.add_metric("Messages", MetricUnit.Count, len(event["Records"]))
    return process_partial_response(
        event=event, record_handler=handle_record, processor=processor, context=context
    )


def handle_record(record: SQSRecord) -> None:
    """Deals with one upload.

    Raises:
        Exception: what went wrong, unless a fresh copy waits because something was away; the message
            goes back to the queue.
    """
    try:
        upload = parse(record.body)
        logger.append_keys(upload=upload.upload_hash.hex()[:16])
        outcome = deal_with_event(desk(), upload)
    except Exception as error:
        # Nothing is swallowed: a copy is tried later, or the message goes back to the queue.
        queue = settings().own_queue
        if not after_failure(record, error, sqs=sqs(), queue_url=queue, logger=logger, metrics=metrics):
            raise
        return
    logger.info("upload dealt with", outcome=outcome)
    metrics.add_metric(name=f"Uploads{outcome}", unit=MetricUnit.Count, value=1)


def deal_with_event(desk: Desk, upload: Upload) -> str:
    """Applies the upload, or tells people why not; says which of it."""
    if upload.is_folder:
        return "Ignored"
    try:
        _apply(desk, upload)
    except UploadRefused as refusal:
        refuse(desk, upload, str(refusal))
        return "Refused"
    return "Applied"


def _apply(desk: Desk, upload: Upload) -> None:
    kind = kind_of(upload.key)
    if isinstance(kind, CategoryList):
        take_over(desk, upload, kind.profile)
    else:
        correct(desk, upload)
