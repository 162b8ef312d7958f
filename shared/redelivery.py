"""When a message that failed comes back: soon. The visibility timeout is made for crashes."""

import logging
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from mypy_boto3_sqs import SQSClient

_LOG = logging.getLogger(__name__)
_SOONEST_SECONDS = 30
_LATEST_SECONDS = 900


def come_back_soon(sqs: "SQSClient", queue_url: str, record: "SQSRecord") -> None:
    """Lets the message be seen again after 30 s, then 90 s, then 270 s, at most 15 minutes."""
    received = int(record.attributes.approximate_receive_count)
    seconds = min(_LATEST_SECONDS, _SOONEST_SECONDS * 3 ** (received - 1))
    try:
        sqs.change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=record.receipt_handle, VisibilityTimeout=seconds
        )
    except (BotoCoreError, ClientError) as error:
        # Then it comes back when the visibility timeout is over.
        _LOG.warning("visibility not changed", extra={"error": type(error).__name__})
