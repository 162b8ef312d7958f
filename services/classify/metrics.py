"""Classify's metrics."""

from collections.abc import Iterable, Sequence

from aws_lambda_powertools.metrics import MetricUnit

from services.classify.groups import Group
from services.classify.incoming import Delivery, Rejection
from services.classify.model_calls import Meter
from services.classify.writing import Written
from shared.contracts.execution import Usage
from shared.platform.telemetry import Telemetry
from shared.stores.feedback_store import NEIGHBOURS

TOLERATED_SHARE = 0.05
"""Of direct messages: so many of a producer's may be wrong without anybody being told."""


def count_written(telemetry: Telemetry, written: Written, usage: Usage) -> None:
    """Counts written rows, tokens and cost."""
    counts = written.counts
    telemetry.count("FeedbackLabelled", counts.labelled)
    telemetry.count("FeedbackUnknown", counts.unknown)
    telemetry.count("FeedbackFailed", counts.failed)
    telemetry.count("FeedbackSkipped", counts.skipped)
    telemetry.count("FeedbackParked", max(counts.parked, 0))
    telemetry.count("ModelCalls", usage.calls)
    telemetry.count("InputTokens", usage.input_tokens)
    telemetry.count("OutputTokens", usage.output_tokens)
    telemetry.count("CacheReadTokens", usage.cache_read_tokens)
    telemetry.count("CacheWriteTokens", usage.cache_write_tokens)
    telemetry.cost(usage.estimated_cost)


def count_asked(telemetry: Telemetry, meter: Meter) -> None:
    """Counts throttled calls, and the latency of the others."""
    telemetry.count("ModelThrottled", meter.throttled)
    for seconds in meter.seconds:
        telemetry.metrics.add_metric("ModelLatency", MetricUnit.Milliseconds, seconds * 1000)


def tell_of_cascade(telemetry: Telemetry, group: Group) -> None:
    """Counts the rows that neighbours answered, and logs when other votes may answer than before."""
    if group.plan is None:
        return
    telemetry.count("FeedbackByNeighbours", sum(o.model_id == NEIGHBOURS for o in group.outcomes.values()))
    if group.plan.changed:
        telemetry.logger.info(
            "cascade changed",
            profile=group.profile,
            generation=group.plan.after.generation,
            open_levels=group.plan.after.open_levels,
            audits=group.plan.after.audits,
        )


def count_direct(
    telemetry: Telemetry, deliveries: Iterable[Delivery], rejections: Sequence[Rejection]
) -> None:
    """Counts the rejected of the messages that ingest did not send, and by how many they are too many.

    The second is below zero where few are rejected: its sum over an hour is of all messages of the hour.
    """
    rejected = {each.message for each in rejections}
    taken = {each.message for each in deliveries if each.execution_key is None} - rejected
    if rejected:
        telemetry.count("DirectMessageRejected", len(rejected))
    if rejected or taken:
        tolerated = TOLERATED_SHARE * (len(rejected) + len(taken))
        telemetry.count("DirectMessagesTooMany", len(rejected) - tolerated)
