"""Lambda entry point: a batch of one feedback queue, answered with what must be delivered again."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from services.classify.figures import Figures
from services.classify.incoming import from_sqs
from services.classify.outage import Outages
from services.classify.service import Classify
from services.classify.settings import ClassifySettings
from services.classify.worker import SYSTEM_CLOCK, Worker
from shared.model.bedrock import Model, make_bedrock_client
from shared.platform.database_secret import open_database
from shared.platform.telemetry import make_logger, make_metrics, make_tracer

READ_SECONDS = 30
"""Longest wait for one answer of the model."""
_WRITING_SECONDS = 10

logger = make_logger("classify")
tracer = make_tracer("classify")
metrics = make_metrics("classify")


@cache
def service() -> Classify:
    """The function's parts, put together on first use."""
    settings = ClassifySettings.read()
    database = open_database()
    sqs: Any = boto3.client("sqs")
    worker = Worker(Model(make_bedrock_client(READ_SECONDS), settings.model_id), settings)
    return Classify(
        database=database,
        sqs=sqs,
        worker=worker,
        outages=Outages(database, settings.model_id),
        settings=settings,
        figures=Figures(metrics),
        logger=logger,
        today=lambda: datetime.now(UTC).date(),
    )


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handles the batch; answers with the ids that failed."""
    # The last call that begins in time must still be answered, and its labels written.
    seconds = context.get_remaining_time_in_millis() / 1000 - READ_SECONDS - _WRITING_SECONDS
    messages = [from_sqs(raw) for raw in event["Records"]]
    failed = service().handle(messages, SYSTEM_CLOCK.now() + seconds)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(failed)]}
