"""Takes rows of the outbox to the bus and to the queues that they are for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from shared.contracts.errors import TransientError
from shared.contracts.events import SOURCE
from shared.contracts.messages import Destination
from shared.platform.outbox import Outgoing

T = TypeVar("T")
_PUT = 10
"""Entries that PutEvents takes at most."""


class NotTaken(TransientError):
    """The bus answered, and did not take some events."""


class EventsClient(Protocol):
    """boto3's `events` client, as far as it is used here."""

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]: ...


class QueueClient(Protocol):
    """boto3's `sqs` client, as far as it is used here."""

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> Mapping[str, Any]: ...


class Carried(NamedTuple):
    """The ids of the rows that arrived at one destination, and what went wrong with others."""

    ids: list[int]
    failure: Exception | None


class Publisher:
    """Sends rows of the outbox; knows nothing of the database.

    Args:
        queue_urls: the URL of each queue destination that this function may send to. A row for
            another destination is left for the sweeper, which has them all.
    """

    def __init__(
        self, events: EventsClient, bus_name: str, sqs: QueueClient, queue_urls: Mapping[Destination, str]
    ) -> None:
        self._events = events
        self._bus_name = bus_name
        self._sqs = sqs
        self._queue_urls = queue_urls

    def send(self, rows: Sequence[Outgoing]) -> Iterator[Carried]:
        """Sends to one destination after another: one that is away, or a message that is refused, keeps no
        other. Each is reported when it is done, so that what arrived can be marked before the next is tried.
        """
        for destination in Destination:
            if mine := [row for row in rows if row.destination is destination]:
                on_bus = destination is Destination.BUS
                yield self._to_bus(mine) if on_bus else _one_by_one(mine, self._enqueue)

    def _to_bus(self, rows: Sequence[Outgoing]) -> Carried:
        refused: set[str] = set()
        put = partial(self._put, refused=refused)
        ids, failure = _one_by_one([rows[at : at + _PUT] for at in range(0, len(rows), _PUT)], put)
        arrived = set(ids)
        if failure is not None and _is_about_a_message(failure):
            # One entry may be what the bus refuses all ten for.
            again, failure = _one_by_one([[row] for row in rows if row.id not in arrived], put)
            ids += again
        if failure is None and len(ids) < len(rows):
            failure = NotTaken(f"PutEvents: {', '.join(sorted(refused))}")
        return Carried(ids, failure)

    def _put(self, chunk: Sequence[Outgoing], refused: set[str]) -> list[int]:
        answer = self._events.put_events(Entries=[self._entry(row) for row in chunk])
        codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
        refused.update(filter(None, codes))
        return [row.id for row, code in zip(chunk, codes, strict=True) if not code]

    def _entry(self, row: Outgoing) -> dict[str, str]:
        return {
            "Source": SOURCE,
            "DetailType": row.event_type,
            "Detail": row.payload,
            "EventBusName": self._bus_name,
        }

    def _enqueue(self, row: Outgoing) -> list[int]:
        url = self._queue_urls.get(row.destination)
        if url is None:
            return []
        self._sqs.send_message(QueueUrl=url, MessageBody=row.payload)
        return [row.id]


def _one_by_one(items: Sequence[T], send: Callable[[T], list[int]]) -> Carried:
    """Sends each; one that is refused keeps no other, but a destination that is away is left alone."""
    ids: list[int] = []
    failure: Exception | None = None
    for item in items:
        try:
            ids += send(item)
        except (ClientError, BotoCoreError) as error:
            failure = error
            if not _is_about_a_message(error):
                break
    return Carried(ids, failure)


def _is_about_a_message(error: Exception) -> bool:
    """Whether what was sent is at fault, too large for example, and something else would be taken."""
    if not isinstance(error, ClientError):
        return False
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status in (400, 413) and "Throttl" not in error.response["Error"]["Code"]
