"""The transactional outbox: what a transaction announces is written in it, and published after its commit.

`Database.transact` does both. If the process dies between commit and publication, or the bus or a queue
is away, the sweeper publishes what is left, so every message goes out at least once.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from shared.contracts.base import Contract
from shared.contracts.events import BusEvent
from shared.contracts.messages import Destination, ToIngest, ToNotify
from shared.contracts.records import ExecutionId
from shared.platform.queue_batches import queue_body

if TYPE_CHECKING:
    from pymysql.cursors import DictCursor

Announcement = BusEvent | ToIngest | ToNotify

_ADD = """
    INSERT INTO outbox (destination, event_type, execution_id, payload)
    VALUES (%(destination)s, %(event_type)s, %(execution_id)s, %(payload)s)
"""
_LEFT_OVER = """
    SELECT id, destination, event_type, payload FROM outbox
    WHERE published_at IS NULL AND created_at <= NOW(3) - INTERVAL %(seconds)s SECOND
    ORDER BY id LIMIT %(limit)s
"""
_PUBLISHED = "UPDATE outbox SET published_at = NOW(3) WHERE id IN %(ids)s"


class Outgoing(Contract):
    """One row of the outbox, on its way to its destination."""

    id: int
    destination: Destination
    event_type: str
    payload: str


class Transaction:
    """An open transaction, as stores and transitions see it: SQL, and what it announces.

    Args:
        cursor: of the connection that the transaction is open on; its rows are dictionaries.
    """

    def __init__(self, cursor: "DictCursor") -> None:
        self._cursor = cursor
        self.announced: list[Outgoing] = []

    @property
    def lastrowid(self) -> int:
        """The id that the last INSERT was given."""
        return self._cursor.lastrowid

    def execute(self, query: str, args: Any = None) -> int:
        """Runs one statement; returns how many rows it changed or found."""
        return self._cursor.execute(query, args)

    def executemany(self, query: str, args: Iterable[Any]) -> int | None:
        """Runs one statement for each of the arguments; returns how many rows were changed in all."""
        return self._cursor.executemany(query, args)

    def fetchone(self) -> dict[str, Any] | None:
        """The next row of the last query."""
        return self._cursor.fetchone()

    def fetchall(self) -> list[dict[str, Any]]:
        """The rows of the last query that were not fetched yet."""
        return cast(list[dict[str, Any]], self._cursor.fetchall())

    def announce(self, message: Announcement, execution_id: ExecutionId | None = None) -> None:
        """Has this sent to the bus or to a queue once the transaction has committed.

        Args:
            execution_id: which execution it is about, for whoever reads the table.
        """
        row = _row(message)
        self.execute(_ADD, row | {"execution_id": execution_id})
        self.announced.append(Outgoing.model_validate(row | {"id": self.lastrowid}))


def left_over(tx: Transaction, older_than: timedelta, limit: int) -> list[Outgoing]:
    """What publishers left behind, oldest first."""
    tx.execute(_LEFT_OVER, {"seconds": int(older_than.total_seconds()), "limit": limit})
    return [Outgoing.model_validate(row) for row in tx.fetchall()]


def mark_published(tx: Transaction, ids: Sequence[int]) -> None:
    """Records that these arrived."""
    tx.execute(_PUBLISHED, {"ids": list(ids)})


def _row(message: Announcement) -> dict[str, Any]:
    if isinstance(message, BusEvent):
        return {
            "destination": Destination.BUS,
            "event_type": message.type,
            "payload": queue_body(message.detail),
        }
    if isinstance(message, ToNotify) and message.id is None:
        # By this key notify knows it when it comes twice.
        message = message.model_copy(update={"id": uuid4().hex})
    return {
        "destination": message.destination,
        "event_type": type(message).__name__,
        "payload": queue_body(message),
    }
