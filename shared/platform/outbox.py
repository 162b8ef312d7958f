"""Events written in the transaction of the change they announce, and published after its commit.

Who changes a state calls `add` with the same transaction and `publish` once it has committed. If it
dies in between, the sweeper publishes what is left, so every message goes out at least once.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from shared.contracts.base import Contract
from shared.contracts.events import SOURCE
from shared.contracts.records import ExecutionId
from shared.platform.database import Database, Transaction
from shared.platform.queue_batches import queue_body

T = TypeVar("T")
_PUT = 10
"""Entries that PutEvents takes at most."""
Carried = tuple[list[int], ClientError | BotoCoreError | None]
"""Which messages arrived, and what went wrong with others."""

_ADD = """
    INSERT INTO outbox (destination, event_type, execution_id, payload)
    VALUES (%(destination)s, %(event_type)s, %(execution_id)s, %(payload)s)
"""
_LEFT_OVER = """
    SELECT id, destination, event_type, payload FROM outbox
    WHERE published_at IS NULL AND created_at <= NOW(3) - INTERVAL %(seconds)s SECOND
    ORDER BY id LIMIT %(limit)s
"""
_BY_ID = """
    SELECT id, destination, event_type, payload FROM outbox
    WHERE published_at IS NULL AND id IN %(ids)s ORDER BY id
"""
_PUBLISHED = "UPDATE outbox SET published_at = NOW(3) WHERE id IN %(ids)s"
_FORGET = """
    DELETE FROM outbox WHERE published_at < NOW(3) - INTERVAL %(days)s DAY LIMIT 10000
"""


class Destination(StrEnum):
    """Where an outbox message goes."""

    BUS = "bus"
    INGEST = "ingest"
    NOTIFY = "notify"


class Outgoing(Contract):
    """One outbox row that waits for its publication."""

    id: int
    destination: Destination
    event_type: str
    payload: str


class EventsClient(Protocol):
    """boto3's `events` client, as far as it is used here."""

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]: ...


class QueueClient(Protocol):
    """boto3's `sqs` client, as far as it is used here."""

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> Mapping[str, Any]: ...


class Publisher:
    """Publishes outbox rows to the bus and to the queues, and marks those that arrived.

    Args:
        queue_urls: the URL of each queue destination that this function may send to. A row for
            another destination is left for the sweeper, which has them all.
    """

    def __init__(
        self,
        database: Database,
        events: EventsClient,
        bus_name: str,
        sqs: QueueClient,
        queue_urls: Mapping[Destination, str],
    ) -> None:
        self._database = database
        self._events = events
        self._bus_name = bus_name
        self._sqs = sqs
        self._queue_urls = queue_urls

    def publish(self, ids: Sequence[int]) -> int:
        """Publishes these rows, the ones just committed; returns how many arrived."""
        if not ids:
            return 0
        return self._send(self._database.transact(lambda tx: _read(tx, _BY_ID, {"ids": list(ids)})))

    def publish_left_over(self, older_than: timedelta, limit: int = 500) -> int:
        """Publishes what other publishers left behind; returns how many arrived."""
        arguments = {"seconds": int(older_than.total_seconds()), "limit": limit}
        return self._send(self._database.transact(lambda tx: _read(tx, _LEFT_OVER, arguments)))

    def _send(self, rows: Sequence[Outgoing]) -> int:
        """Sends what can be sent: a destination that is away, or a message that is refused, keeps no other.

        Raises:
            ClientError, BotoCoreError: the last of what went wrong, when all that arrived is marked.
        """
        arrived, failure = 0, None
        for destination in Destination:
            carry = self._to_bus if destination is Destination.BUS else self._to_queue
            ids, error = carry([row for row in rows if row.destination is destination])
            # Marked before the next destination is tried, so that an invocation's end repeats little.
            if ids:
                self._database.transact(partial(_mark, ids=ids))
            arrived, failure = arrived + len(ids), error or failure
        if failure is not None:
            raise failure
        return arrived

    def _to_bus(self, rows: Sequence[Outgoing]) -> Carried:
        ids, failure = _one_by_one([rows[at : at + _PUT] for at in range(0, len(rows), _PUT)], self._put)
        arrived = set(ids)
        if failure is not None and _is_about_a_message(failure):
            # One entry may be what the bus refuses all ten for.
            again, failure = _one_by_one([[row] for row in rows if row.id not in arrived], self._put)
            ids += again
        return ids, failure

    def _put(self, chunk: Sequence[Outgoing]) -> list[int]:
        answer = self._events.put_events(Entries=[self._entry(row) for row in chunk])
        pairs = zip(chunk, answer["Entries"], strict=True)
        return [row.id for row, entry in pairs if not entry.get("ErrorCode")]

    def _entry(self, row: Outgoing) -> dict[str, str]:
        return {
            "Source": SOURCE,
            "DetailType": row.event_type,
            "Detail": row.payload,
            "EventBusName": self._bus_name,
        }

    def _to_queue(self, rows: Sequence[Outgoing]) -> Carried:
        return _one_by_one(rows, self._enqueue)

    def _enqueue(self, row: Outgoing) -> list[int]:
        url = self._queue_urls.get(row.destination)
        if url is None:
            return []
        self._sqs.send_message(QueueUrl=url, MessageBody=_body(row))
        return [row.id]


def _body(row: Outgoing) -> str:
    """A notice goes out with the id of its row, by which notify knows it when it comes twice."""
    if row.destination is not Destination.NOTIFY:
        return row.payload
    return json.dumps(json.loads(row.payload) | {"id": row.id})


def add(
    tx: Transaction,
    destination: Destination,
    event_type: str,
    body: BaseModel,
    execution_id: ExecutionId | None = None,
) -> int:
    """Writes one message in the caller's transaction; returns its id for `Publisher.publish`."""
    row = {
        "destination": destination,
        "event_type": event_type,
        "execution_id": execution_id,
        "payload": queue_body(body),
    }
    tx.execute(_ADD, row)
    return tx.lastrowid


def forget(tx: Transaction, days: int) -> int:
    """Deletes published messages older than `days`; returns how many (at most 10,000 a call)."""
    return tx.execute(_FORGET, {"days": days})


def _one_by_one(items: Sequence[T], send: Callable[[T], list[int]]) -> Carried:
    """Sends each; one that is refused keeps no other, but a destination that is away is left alone."""
    ids: list[int] = []
    failure: ClientError | BotoCoreError | None = None
    for item in items:
        try:
            ids += send(item)
        except (ClientError, BotoCoreError) as error:
            failure = error
            if not _is_about_a_message(error):
                break
    return ids, failure


def _is_about_a_message(error: ClientError | BotoCoreError) -> bool:
    """Whether what was sent is at fault, too large for example, and something else would be taken."""
    if not isinstance(error, ClientError):
        return False
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status in (400, 413) and "Throttl" not in error.response["Error"]["Code"]


def _mark(tx: Transaction, ids: Sequence[int]) -> None:
    tx.execute(_PUBLISHED, {"ids": list(ids)})


def _read(tx: Transaction, query: str, arguments: Mapping[str, Any]) -> list[Outgoing]:
    tx.execute(query, arguments)
    return [Outgoing.model_validate(row) for row in tx.fetchall()]
