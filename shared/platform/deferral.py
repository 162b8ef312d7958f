"""How a message that failed is tried again, and what of it counts towards its dead-letter queue.

Where the world was away (MySQL, S3, SNS), a fresh copy of the message waits in its own queue, so that
receives count crashes only and an outage of hours loses nothing. Whatever else failed comes back by its
visibility, and after the queue's limit of receives it is a dead letter.
"""

import logging
import random
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NoConnection

from shared.contracts.errors import TransientError
from shared.platform.telemetry import note_failure

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from mypy_boto3_sqs import SQSClient

MAX_DEFERRALS = 400
"""Hop limit, almost four days of the longest delays: what feeds its own queue must be able to stop."""
CLIENT_CONFIG = Config(
    connect_timeout=3, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3}
)
"""For boto3's clients: what hangs is given up within the invocation, so that the handler sees it fail."""

_LOG = logging.getLogger(__name__)
_DEFERRALS = "deferrals"
_SOONEST_SECONDS = 30
_LATEST_SECONDS = 900
_AWAY = (NoConnection, HTTPClientError, IncompleteReadError)
_BUSY_CODES = frozenset(
    {
        "ExpiredToken",
        "ConditionalRequestConflict",
        "ExpiredTokenException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "KMSThrottlingException",
        "OperationAborted",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TokenRefreshRequired",
        "TooManyRequestsException",
    }
)
_BUSY_STATUS = 429


def is_transient(error: Exception) -> bool:
    """Whether the same message may succeed later: something is away or busy, and nobody is at fault."""
    if isinstance(error, ClientError):
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = error.response.get("Error", {}).get("Code", "")
        return status >= 500 or status == _BUSY_STATUS or code in _BUSY_CODES or "Throttl" in code
    return isinstance(error, (TransientError, *_AWAY))


def after_failure(
    record: "SQSRecord",
    error: Exception,
    *,
    sqs: "SQSClient",
    queue_url: str,
    logger: "Logger",
    metrics: "Metrics",
) -> bool:
    """Notes that handling a message failed, and sees to it that it is tried again.

    Args:
        queue_url: the queue that the message came from; empty if it is not known.

    Returns:
        Whether a fresh copy waits. If not, the caller raises again: the message goes back to the queue,
        after that to its dead-letter queue with an alarm, and nothing is lost.
    """
    note_failure(logger, error)
    metrics.add_metric("MessagesFailed", MetricUnit.Count, 1)
    put_off = try_later(sqs, queue_url, record, error)
    if put_off:
        metrics.add_metric("MessagesDeferred", MetricUnit.Count, 1)
    return put_off


def try_later(sqs: "SQSClient", queue_url: str, record: "SQSRecord", error: Exception) -> bool:
    """Sees to it that a message that failed is tried again.

    Args:
        queue_url: the queue that the message came from; empty if it is not known.
        error: why it failed.

    Returns:
        Whether a fresh copy waits in the queue, so that this message is to be acknowledged. If not, the
        caller leaves it to the queue, which shows it again soon and counts it.
    """
    if not queue_url:
        return False
    if is_transient(error) and _send_copy(sqs, queue_url, record):
        return True
    come_back_soon(sqs, queue_url, record)
    return False


def copy_delay(deferrals: int, jitter: float) -> int | None:
    """Seconds until the next copy is seen: 30, 90, 270, 810, then 900, less up to a fifth; None for no copy.

    Args:
        deferrals: copies that were sent before.
        jitter: 0 to 1, so that what failed together does not come back together.
    """
    if deferrals >= MAX_DEFERRALS:
        return None
    longest = min(_LATEST_SECONDS, _SOONEST_SECONDS * int(3 ** min(deferrals, 4)))
    return round(longest * (1 - jitter / 5))


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


def _send_copy(sqs: "SQSClient", queue_url: str, record: "SQSRecord") -> bool:
    deferrals = _deferrals(record)
    delay = copy_delay(deferrals, random.random())  # noqa: S311 - spreads retries; it keeps no secret
    if delay is None:
        _LOG.error("message given up", extra={"deferrals": deferrals})
        return False
    try:
        sqs.send_message(
            QueueUrl=queue_url,
            MessageBody=record.body,
            DelaySeconds=delay,
            MessageAttributes={_DEFERRALS: {"DataType": "Number", "StringValue": str(deferrals + 1)}},
        )
    except (BotoCoreError, ClientError) as error:
        _LOG.warning("copy not sent", extra={"error": type(error).__name__})
        return False
    _LOG.warning("message deferred", extra={"deferrals": deferrals + 1, "delay": delay})
    return True


def _deferrals(record: "SQSRecord") -> int:
    attribute = record.message_attributes[_DEFERRALS]
    carried = (attribute.string_value if attribute else None) or ""
    # Any producer may send any attribute.
    return int(carried) if carried.isascii() and carried.isdigit() and len(carried) < 6 else 0
