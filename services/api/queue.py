"""Accepted records → the feedback queue."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.queue_batch import NotSent, batches, queue_body, send_batch
from shared.records import DirectFeedback

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def send(sqs: "SQSClient", queue_url: str, records: Sequence[DirectFeedback]) -> list[str]:
    """Sends the records; returns the ids of those that SQS did not take, which may be sent again."""
    ids = iter([record.id for record in records])
    not_sent: list[str] = []
    for bodies in batches(queue_body(record) for record in records):
        batch_ids = [next(ids) for _ in bodies]
        try:
            send_batch(sqs, queue_url, bodies)
        except NotSent as error:
            not_sent += [batch_ids[position] for position in error.positions]
    return not_sent
