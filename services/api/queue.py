"""Sends accepted records to the feedback queue."""

from collections.abc import Sequence

from services.api.dependencies import Dependencies
from shared.contracts.records import DirectFeedback
from shared.platform.queue_batches import NotSent, QueueMessage, batches, queue_body, send_batch


def send(deps: Dependencies, records: Sequence[DirectFeedback]) -> dict[int, str]:
    """Sends the records; returns the positions that SQS did not take, each with the reason.

    After a batch that was not taken whole no further one is sent, because the caller is waiting.
    """
    sent = 0
    messages = (QueueMessage(queue_body(record), message_group=record.message_group) for record in records)
    for batch in batches(messages):
        try:
            send_batch(deps.sqs, deps.settings.feedback_queue_url, batch)
        except NotSent as error:
            refused = [sent + position for position in error.positions]
            not_tried = range(sent + len(batch), len(records))
            return dict.fromkeys([*refused, *not_tried], error.cause)
        sent += len(batch)
    return {}
