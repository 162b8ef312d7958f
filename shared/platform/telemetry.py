"""Logs, traces and metrics, made the same way in every function.

Powertools reads its own variables (POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE, …), which
the template sets. No customer text is ever logged: log ids, counts and reasons.
"""

import json
from functools import partial
from traceback import format_tb
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from botocore.exceptions import ClientError

from shared.contracts.errors import InsightsError

NAMESPACE = "FeedbackInsights"


def make_logger(service: str) -> Logger:
    """A JSON logger; append `execution_id` as soon as it is known."""
    # In ASCII: a key may hold what parts lines (U+0085, U+2028) or commands a terminal (U+009B).
    serializer = partial(json.dumps, default=str, separators=(",", ":"), ensure_ascii=True)
    return Logger(service=service, log_uncaught_exceptions=True, json_serializer=serializer)


def make_tracer(service: str) -> Tracer:
    """An X-Ray tracer that captures neither answers nor errors' texts, which may quote customers."""
    return Tracer(service=service, auto_patch=False)


def make_metrics(service: str) -> Metrics:
    """CloudWatch metrics in the embedded metric format."""
    return Metrics(namespace=NAMESPACE, service=service)


def note_failure(logger: Logger, error: Exception) -> None:
    """Logs that a message failed: by what error and where, without a text that may quote a customer."""
    logger.error("message failed", **describe(error))


def describe(error: Exception) -> dict[str, Any]:
    """What may be logged of an error: its class, where it was raised, and its text if that quotes nobody."""
    # Only our own errors' texts are sure to quote nobody; a trace's last line does, its frames do not.
    reason = str(error) if isinstance(error, InsightsError) else None
    if isinstance(error, ClientError):
        reason = f"{error.operation_name}: {error.response['Error']['Code']}"
    frames = format_tb(error.__traceback__)
    return {"error": type(error).__name__, "reason": reason, "where": frames[-1].strip() if frames else None}
