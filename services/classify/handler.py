"""Consumer of the feedback queue; a batch at a time, so that records share model calls."""

from collections.abc import Sequence

from services.classify.dependencies import READ_SECONDS, Dependencies, open_dependencies
from services.classify.service import Classify
from shared.platform.consumer import BatchConsumer
from shared.platform.received import Received

_WRITING_SECONDS = 10


def classify(deps: Dependencies, messages: Sequence[Received], seconds_left: float) -> set[Received]:
    """Labels the records of a batch; returns the messages to be delivered again."""
    # After the last call has begun there must be time for its answer and for the transaction.
    seconds = seconds_left - READ_SECONDS - _WRITING_SECONDS
    return Classify(deps).handle(messages, deps.worker.clock.now() + seconds)


consumer = BatchConsumer("classify", open_dependencies, classify)
handler = consumer.handler
