"""Classify's metrics."""

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from services.classify.model_calls import Meter
from shared.contracts.events import Counts
from shared.contracts.execution import Usage


class Figures:
    """Adds to the function's metrics; the handler's decorator flushes them."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def written(self, counts: Counts, usage: Usage) -> None:
        """What was written, and what it cost."""
        self._count("FeedbackLabelled", counts.labelled)
        self._count("FeedbackUnknown", counts.unknown)
        self._count("FeedbackFailed", counts.failed)
        self._count("FeedbackParked", max(counts.parked, 0))
        self._count("ModelCalls", usage.calls)
        self._count("InputTokens", usage.input_tokens)
        self._count("OutputTokens", usage.output_tokens)
        self._count("CacheReadTokens", usage.cache_read_tokens)
        self._count("CacheWriteTokens", usage.cache_write_tokens)
        self._metrics.add_metric("EstimatedCostUSD", MetricUnit.NoUnit, float(usage.estimated_cost))

    def asked(self, meter: Meter) -> None:
        """How the model answered."""
        self._count("ModelThrottled", meter.throttled)
        for seconds in meter.seconds:
            self._metrics.add_metric("ModelLatency", MetricUnit.Milliseconds, seconds * 1000)

    def deferred(self, records: int) -> None:
        """Records put off."""
        self._count("FeedbackDeferred", records)

    def _count(self, name: str, value: int) -> None:
        self._metrics.add_metric(name, MetricUnit.Count, value)
