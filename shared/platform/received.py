"""One message of a queue, as Lambda hands it over."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.contracts.execution import NO_USAGE, Usage

DEFERRALS = "deferrals"
HOPS = "hops"
RECEIVES = "receives"
FORGED = "forged"
_COST = "estimated_cost"
_NANO_DOLLARS = 9


@dataclass(frozen=True)
class Received:
    """One SQS message.

    Attributes:
        receipt_handle: by which its visibility is changed.
        receives: how often SQS has handed it out, this time included. A copy begins anew, unless nothing of
            its message was tried.
        deferrals: copies in a row that were sent because an attempt failed and kept nothing.
        hops: copies of it in all.
        owed: model calls of an attempt whose result could not be written; counted with the message's row.
        message_group: by which its queue is served fairly; empty if it has none.
        sender: the id of the IAM role, the user or the account that sent it, as SQS says.
        forged: whether it was refused for its sender; a copy of it comes from a role that would be believed.
    """

    message_id: str
    body: str
    receipt_handle: str = ""
    receives: int = 1
    deferrals: int = 0
    hops: int = 0
    owed: Usage = NO_USAGE
    message_group: str = ""
    sender: str = ""
    forged: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of the body, in hex: what a message that cannot be read is known by."""
        return hashlib.sha256(self.body.encode("utf-8", "surrogatepass")).hexdigest()


def received(raw: Mapping[str, Any]) -> Received:
    """The message in one record of Lambda's event."""
    carried, system = raw.get("messageAttributes") or {}, raw.get("attributes", {})
    return Received(
        message_id=raw["messageId"],
        body=raw["body"],
        receipt_handle=raw.get("receiptHandle", ""),
        receives=int(system.get("ApproximateReceiveCount", 1)) + _number(carried, RECEIVES, digits=1),
        deferrals=_number(carried, DEFERRALS),
        hops=_number(carried, HOPS),
        owed=_usage(carried),
        message_group=system.get("MessageGroupId", ""),
        sender=system.get("SenderId", "").partition(":")[0],
        forged=_number(carried, FORGED) > 0,
    )


def carried_numbers(usage: Usage) -> dict[str, int]:
    """The usage as a message carries it; nothing if there was none."""
    numbers = usage.model_dump() | {_COST: int(usage.estimated_cost.scaleb(_NANO_DOLLARS))}
    return {name: int(number) for name, number in numbers.items() if number}


def _usage(attributes: Mapping[str, Any]) -> Usage:
    numbers: dict[str, Any] = {
        name: number for name in Usage.model_fields if (number := _number(attributes, name, digits=10))
    }
    if _COST in numbers:
        numbers[_COST] = Decimal(numbers[_COST]).scaleb(-_NANO_DOLLARS)
    return Usage(**numbers)


def _number(attributes: Mapping[str, Any], name: str, digits: int = 5) -> int:
    value = (attributes.get(name) or {}).get("stringValue") or ""
    # Any producer may send any attribute.
    return int(value) if value.isascii() and value.isdigit() and len(value) <= digits else 0
