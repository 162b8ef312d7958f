"""Records that wait for the model: back into their queue as fresh copies, so that no limit counts them.

Every receive of a message counts towards its dead-letter limit, and hidden messages fill the queue's
in-flight limit. A copy starts anew with both. It carries its hops in the attribute `deferrals`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.classify.incoming import Incoming

MAX_DEFERRALS = 2_000
"""Hop limit, two days of the longest delays: from there a record waits in MySQL, parked for the model.

SQS keeps each copy for 14 days, so nothing would be lost beyond it; it is there because a function that
feeds its own queue must be able to stop.
"""
FIRST_SECONDS = 4.0
LONGEST_SECONDS = 90.0
"""Short, so that all is back at work soon after the model is: an outage that lasts is the breaker's."""
OUT_OF_TIME_SECONDS = 15.0

_SEND_AT_ONCE = 10
# SendMessageBatch takes so much in all; a message that is larger by itself travels alone.
_SEND_BYTES = 200_000


class SendingClient(Protocol):
    """boto3's `sqs` client, as far as it is used here."""

    def send_message_batch(
        self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Deferred:
    """A message to put back: after how many seconds, and counted as how many deferrals."""

    incoming: Incoming
    delay: int
    deferrals: int


def defer(incoming: Incoming, chance: float) -> Deferred:
    """Puts it off because the model is busy: the longer, the more often that was so.

    Args:
        chance: a random number from 0 to 1, so that copies do not come back all at once.
    """
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(incoming.deferrals, 10))
    return Deferred(incoming, round(longest * (1 + chance) / 2), incoming.deferrals + 1)


def postpone(incoming: Incoming, chance: float) -> Deferred:
    """Puts it off because this worker's time or share of the quota is used up: nobody is at fault."""
    return Deferred(incoming, 1 + round(OUT_OF_TIME_SECONDS * chance), incoming.deferrals)


def send(sqs: SendingClient, queue_urls: Mapping[str, str], deferred: Sequence[Deferred]) -> list[Incoming]:
    """Sends the copies to the queues that the messages came from; returns those that could not be sent.

    Args:
        queue_urls: URL by queue name, the last part of the ARN.
    """
    lost = []
    for url, parcel in _parcels(queue_urls, deferred):
        entries = [_entry(str(number), each) for number, each in enumerate(parcel)]
        failed = sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed", [])
        lost += [parcel[int(each["Id"])].incoming for each in failed]
    return lost


def _parcels(queue_urls: Mapping[str, str], deferred: Sequence[Deferred]) -> list[tuple[str, list[Deferred]]]:
    parcels: list[tuple[str, list[Deferred]]] = []
    room: dict[str, tuple[list[Deferred], int]] = {}
    for each in deferred:
        url = queue_urls[each.incoming.queue_arn.rpartition(":")[2]]
        size = len(each.incoming.body.encode("utf-8", "surrogatepass"))
        parcel, used = room.get(url, ([], 0))
        if not parcel or len(parcel) == _SEND_AT_ONCE or used + size > _SEND_BYTES:
            parcel, used = [], 0
            parcels.append((url, parcel))
        parcel.append(each)
        room[url] = (parcel, used + size)
    return parcels


def _entry(entry_id: str, deferred: Deferred) -> dict[str, Any]:
    return {
        "Id": entry_id,
        "MessageBody": deferred.incoming.body,
        "DelaySeconds": deferred.delay,
        "MessageAttributes": {"deferrals": {"DataType": "Number", "StringValue": str(deferred.deferrals)}},
    }
