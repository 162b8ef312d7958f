"""Accepted records → the feedback queue."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.contracts.records import DirectFeedback
from shared.platform.queue_batches import NotSent, batches, queue_body, send_batch

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def send(sqs: "SQSClient", queue_url: str, records: Sequence[DirectFeedback]) -> dict[str, str]:
    """Sends the records; returns the ids of those that SQS did not take, which may be sent again, with why.

    After a batch that was not taken whole, no further one is tried: a caller waits for the answer.
    """
    sent = 0
    for bodies in batches(queue_body(record) for record in records):
        try:
            send_batch(sqs, queue_url, bodies)
        except NotSent as error:
            refused = [records[sent + position].id for position in error.positions]
            not_tried = [record.id for record in records[sent + len(bodies) :]]
            return dict.fromkeys(refused + not_tried, error.cause)
        sent += len(bodies)
    return {}
