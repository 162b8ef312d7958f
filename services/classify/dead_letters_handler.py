"""Lambda entry point: the dead-letter queues of both feedback queues."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from services.classify.dead_letters import settle
from services.classify.incoming import from_sqs
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import make_logger, make_metrics, make_tracer, note_failure

logger = make_logger("classify-dead-letters")
tracer = make_tracer("classify-dead-letters")
metrics = make_metrics("classify-dead-letters")
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@cache
def database() -> Database:
    """MySQL, connected on first use."""
    return open_database()


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Gives each dead letter its row."""
    metrics.add_metric("DeadLetters", MetricUnit.Count, len(event["Records"]))
    return process_partial_response(event, _handle, processor, context)


def _handle(record: SQSRecord) -> None:
    # One at a time: a letter that cannot be settled must not keep its neighbours.
    try:
        failed = settle(database(), [from_sqs(record.raw_event)], datetime.now(UTC).date())
    except Exception as error:
        # Nothing is swallowed: the letter goes back to its queue.
        note_failure(logger, error)
        raise
    metrics.add_metric("FeedbackFailed", MetricUnit.Count, failed)
    logger.info("dead letter settled", extra={"message_id": record.message_id, "failed": failed})
