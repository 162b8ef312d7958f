"""Consumer of the ingest queue. One message is one slice of one file, so the batch size is one."""

from services.ingest.dependencies import Dependencies, open_dependencies
from services.ingest.inbox import Message, parse
from services.ingest.ingest import Ingest
from services.ingest.results import log_result
from services.ingest.settings import IngestSettings
from shared.platform.consumer import Attempt, Consumer
from shared.platform.deferral import AWAY

_RESERVE_SECONDS = 25.0
"""Kept back at the end of an invocation: to flush, to save, to write the rejected rows."""


def answer(deps: Dependencies, message: Message, attempt: Attempt) -> None:
    """Starts a file, runs its next slice, or sends rows of it again."""
    deadline = deps.clock() + slice_seconds(deps.settings, attempt.seconds_left())
    log_result(deps.telemetry, Ingest(deps).answer(message, deadline))


def slice_seconds(settings: IngestSettings, seconds_left: float) -> float:
    """Seconds that a slice may take in an invocation that ends in `seconds_left`."""
    return min(settings.slice_seconds, max(1.0, seconds_left - _RESERVE_SECONDS))


consumer = Consumer("ingest", open_dependencies, parse, answer, AWAY)
handler = consumer.handler
