"""One message of a queue, as Lambda hands it over."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFERRALS = "deferrals"
HOPS = "hops"


@dataclass(frozen=True)
class Received:
    """One SQS message.

    Attributes:
        receipt_handle: by which its visibility is changed.
        receives: how often SQS has handed it out, this time included. A copy begins anew.
        deferrals: copies in a row that were sent because an attempt failed and kept nothing.
        hops: copies of it in all.
    """

    message_id: str
    body: str
    queue_arn: str
    receipt_handle: str = ""
    receives: int = 1
    deferrals: int = 0
    hops: int = 0

    @property
    def queue(self) -> str:
        """The name of the queue that it came from."""
        return self.queue_arn.rpartition(":")[2]

    @property
    def digest(self) -> str:
        """SHA-256 of the body, in hex: what a message that cannot be read is known by."""
        return hashlib.sha256(self.body.encode("utf-8", "surrogatepass")).hexdigest()


def received(raw: Mapping[str, Any]) -> Received:
    """The message in one record of Lambda's event."""
    carried = raw.get("messageAttributes") or {}
    return Received(
        message_id=raw["messageId"],
        body=raw["body"],
        queue_arn=raw.get("eventSourceARN", ""),
        receipt_handle=raw.get("receiptHandle", ""),
        receives=int(raw.get("attributes", {}).get("ApproximateReceiveCount", 1)),
        deferrals=_number(carried, DEFERRALS),
        hops=_number(carried, HOPS),
    )


def _number(attributes: Mapping[str, Any], name: str) -> int:
    value = (attributes.get(name) or {}).get("stringValue") or ""
    # Any producer may send any attribute.
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0
