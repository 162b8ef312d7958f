"""Logs, traces and metrics, made the same way in every function.

Powertools reads its own variables (POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE, …), which
the template sets. No customer text is ever logged: log ids, counts and reasons.
"""

import json
import logging
import os
from collections.abc import Callable
from decimal import Decimal
from functools import partial, wraps
from traceback import format_tb
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import ClientError

from shared.contracts.errors import InsightsError

NAMESPACE = "FeedbackInsights"
"""Of metrics outside Lambda; there it is the stack's own."""

EVERY_SERVICE = "all"
"""The service of a metric that is counted of all functions together."""
Handler = Callable[[dict[str, Any], Any], Any]


class Telemetry:
    """One function's logger, metrics and tracer.

    Args:
        service: the function's name in all three.
    """

    def __init__(self, service: str) -> None:
        # In ASCII: a key may hold what parts lines (U+0085, U+2028) or commands a terminal (U+009B).
        serializer = partial(json.dumps, default=str, separators=(",", ":"), ensure_ascii=True)
        self.logger = Logger(service=service, log_uncaught_exceptions=True, json_serializer=serializer)
        # Other modules log by the standard library, of which Lambda writes the message alone.
        modules = logging.getLogger("shared")
        modules.handlers, modules.propagate = [self.logger.registered_handler], False
        self.metrics = Metrics(
            namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE), service=service
        )
        self.tracer = Tracer(service=service, auto_patch=False)

    def around(self, handler: Handler) -> Handler:
        """The Lambda handler with its logger's context, its trace and the flush of its metrics.

        Traces capture neither answers nor errors' texts, which may quote customers.
        """
        traced = self.tracer.capture_lambda_handler(handler, capture_response=False, capture_error=False)
        return self.logger.inject_lambda_context(self._flushing(traced), clear_state=True)

    def _flushing(self, handler: Handler) -> Handler:
        """Writes the metrics that there are; each that has a value all the time is paid for all the time."""

        @wraps(handler)
        def flushed(event: dict[str, Any], context: Any) -> Any:
            try:
                return handler(event, context)
            finally:
                if self.metrics.metric_set:
                    self.metrics.flush_metrics()

        return flushed

    def count(self, name: str, value: float = 1) -> None:
        """Adds to a metric that counts."""
        self.metrics.add_metric(name, MetricUnit.Count, value)

    def count_of_all(self, name: str, value: float = 1) -> None:
        """Adds to a metric of all functions together: one alarm watches it, and logs say where."""
        all_together = single_metric(
            name=name,
            unit=MetricUnit.Count,
            value=value,
            namespace=self.metrics.namespace,
            default_dimensions={"service": EVERY_SERVICE},
        )
        with all_together:
            pass

    def cost(self, dollars: Decimal) -> None:
        """Adds to what the model has cost, in US dollars by estimate."""
        self.metrics.add_metric("EstimatedCostUSD", MetricUnit.NoUnit, float(dollars))

    def note_failure(self, error: Exception) -> None:
        """Logs that a message failed: by what error and where, without a text that may quote a customer."""
        self.logger.error("message failed", **describe(error))


def describe(error: Exception) -> dict[str, Any]:
    """What may be logged of an error: its class, where it was raised, and its text if that quotes nobody."""
    # Only our own errors' texts are sure to quote nobody; a trace's last line does, its frames do not.
    reason = str(error) if isinstance(error, InsightsError) else None
    if isinstance(error, ClientError):
        reason = f"{error.operation_name}: {error.response.get('Error', {}).get('Code')}"
    frames = format_tb(error.__traceback__)
    return {"error": type(error).__name__, "reason": reason, "where": frames[-1].strip() if frames else None}
