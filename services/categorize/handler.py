"""Consumes ExecutionClassified from the categorize queue: one message, one discovery."""

import random
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from services.categorize import messages, planning
from services.categorize.deferral import Attempt, next_attempt
from services.categorize.discovery import Discovery
from services.categorize.embedding import Embedder, InvokeClient
from services.categorize.progress import Progress
from services.categorize.settings import CategorizeSettings
from shared.contracts.errors import PermanentError, TransientError
from shared.contracts.records import ExecutionId
from shared.model.bedrock import Model, make_bedrock_client
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import make_logger, make_metrics, make_tracer

logger = make_logger("categorize")
tracer = make_tracer("categorize")
metrics = make_metrics("categorize")
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@dataclass(frozen=True)
class Tools:
    """What the function is given: settings, database, clients."""

    settings: CategorizeSettings
    database: Database
    model: Model
    embedder: Embedder
    sqs: messages.QueueClient


@cache
def tools() -> Tools:
    """Made on first use, kept while the function is warm."""
    settings = CategorizeSettings.read()
    database = open_database()
    bedrock = make_bedrock_client()
    sqs = boto3.client("sqs")
    return Tools(
        settings=settings,
        database=database,
        model=Model(bedrock, settings.model_id),
        embedder=Embedder(cast(InvokeClient, bedrock), settings.embedding_model_id),
        sqs=cast(messages.QueueClient, sqs),
    )


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics
def handler(event: Mapping[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Answers with the messages that the queue should deliver again."""

    def work(record: SQSRecord) -> None:
        metrics.add_metric("DiscoveryAttempts", MetricUnit.Count, 1)
        try:
            _categorize(tools(), record, Progress(lambda: context.get_remaining_time_in_millis() / 1000))
        except Exception as error:
            # Nothing is swallowed: the message goes back to the queue.
            _log_crash(error)
            raise

    answer = process_partial_response(dict(event), work, processor, context)
    return cast(Mapping[str, Any], answer)


def _log_crash(error: Exception) -> None:
    """Type and place of an error; not its text, which may quote a customer."""
    frames = traceback.format_tb(error.__traceback__)[-3:]
    logger.error(
        "the message goes back to the queue", extra={"error": type(error).__name__, "frames": frames}
    )


def _categorize(given: Tools, record: SQSRecord, progress: Progress) -> None:
    """Discovers for one execution, or says how it goes on."""
    execution_id = messages.read_execution_id(record.body)
    logger.append_keys(execution_id=execution_id)
    attempt = messages.read_attempt(record)
    # An attempt that ended without a word may have had too many rows for the function's time or memory.
    limit = planning.POOL_LIMIT >> (attempt.receives - 1)
    discovery = Discovery(given.database, given.model, given.embedder, given.settings, progress, limit)
    if attempt.crashed:
        _give_up(discovery, execution_id, "it crashed again and again")
        return
    try:
        _discover(discovery, execution_id)
    except PermanentError as error:
        _give_up(discovery, execution_id, str(error))
    except TransientError as error:
        _go_on(given, discovery, record, attempt, error)


def _discover(discovery: Discovery, execution_id: ExecutionId) -> None:
    outcome = discovery.run(execution_id)
    if outcome is None:
        logger.info("nothing to discover: the execution is past it")
        return
    relabelled = sum(outcome.relabelled.values())
    logger.info("discovery is done", extra={"new_categories": len(outcome.discovered), "rows": relabelled})
    if outcome.left_out:
        logger.warning("the unknown rows were sampled", extra={"rows_left_out": outcome.left_out})
    metrics.add_metric("CategoriesDiscovered", MetricUnit.Count, len(outcome.discovered))
    metrics.add_metric("RowsRelabelled", MetricUnit.Count, relabelled)


def _go_on(
    given: Tools, discovery: Discovery, record: SQSRecord, attempt: Attempt, error: TransientError
) -> None:
    came_on = discovery.progress.steps > 0
    jitter = random.random()  # noqa: S311 - spreads retries; it keeps no secret
    following = next_attempt(attempt, error, came_on=came_on, jitter=jitter)
    if following is None:
        _give_up(discovery, messages.read_execution_id(record.body), str(error))
        return
    logger.info("discovery goes on later", extra={"cause": str(error), "delay": following.delay})
    messages.send_copy(given.sqs, given.settings.categorize_queue_url, record.body, following)


def _give_up(discovery: Discovery, execution_id: ExecutionId, reason: str) -> None:
    if not discovery.give_up(execution_id):
        # It crashed when all was done, or its message came again long after.
        logger.info("nothing to give up: the execution is past it", extra={"cause": reason})
        return
    logger.error("discovery failed; the execution goes on without it", extra={"cause": reason})
    metrics.add_metric("DiscoveryFailed", MetricUnit.Count, 1)
