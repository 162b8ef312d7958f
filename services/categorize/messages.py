"""What a message of the categorize queue carries, and how its next copy is sent."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel, ConfigDict, Field

from services.categorize.deferral import Attempt, NextAttempt
from shared.contracts.events import ExecutionEvent
from shared.contracts.records import ExecutionId

_DEFERRALS = "deferrals"
_HOPS = "hops"


class _Envelope(BaseModel):
    """EventBridge's envelope, as far as it is used here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    detail_type: Literal["ExecutionClassified"] = Field(alias="detail-type")
    detail: ExecutionEvent


class QueueClient(Protocol):
    """boto3's `sqs` client, as far as it is used here."""

    def send_message(
        self,
        *,
        QueueUrl: str,
        MessageBody: str,
        DelaySeconds: int,
        MessageAttributes: Mapping[str, Mapping[str, str]],
    ) -> Any: ...


def read_execution_id(body: str) -> ExecutionId:
    """The execution that was classified. Raises pydantic's ValidationError if the body is no such event."""
    return _Envelope.model_validate_json(body).detail.execution_id


def read_attempt(record: SQSRecord) -> Attempt:
    """What the message says of the attempts before."""
    return Attempt(
        receives=int(record.attributes.approximate_receive_count),
        deferrals=_number(record, _DEFERRALS),
        hops=_number(record, _HOPS),
    )


def send_copy(sqs: QueueClient, queue_url: str, body: str, following: NextAttempt) -> None:
    """Sends the message's next copy; the caller acknowledges this one."""
    sqs.send_message(
        QueueUrl=queue_url,
        MessageBody=body,
        DelaySeconds=following.delay,
        MessageAttributes={
            _DEFERRALS: {"DataType": "Number", "StringValue": str(following.deferrals)},
            _HOPS: {"DataType": "Number", "StringValue": str(following.hops)},
        },
    )


def _number(record: SQSRecord, name: str) -> int:
    attribute = record.message_attributes[name]
    value = (attribute.string_value if attribute else None) or ""
    # Any producer may send any attribute.
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0
