"""A sweeper on a real database, with fakes of SQS and the bus; and what it finds there."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from services.sweep.dependencies import Dependencies
from services.sweep.settings import SweepSettings
from services.sweep.sweeping import Sweeping
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Execution
from shared.contracts.messages import Destination
from shared.contracts.records import Feedback, Record
from shared.platform.database import Database, Transaction
from shared.platform.publisher import Publisher
from shared.platform.telemetry import Telemetry
from shared.stores import budget_store, execution_store, feedback_store
from shared.stores.feedback_store import Outcome, ParkedCause, RowStatus
from tests.builders import a_source

MODEL = "amazon.nova-lite-v1:0"
FILE = "reviews-0123456789abcdef"


class Queue:
    """SQS; it can be told to refuse the next calls."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.groups: list[str] = []
        self.refusals = 0
        self.held: dict[str, tuple[int, int, int]] = {}
        """By queue, how many messages can be had, are delayed and are in flight."""
        self.asked: list[str] = []

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> dict[str, Any]:
        self._refuse()
        self.sent.append((QueueUrl, json.loads(MessageBody)))
        return {}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> dict[str, Any]:
        self._refuse()
        self.sent += [(QueueUrl, json.loads(entry["MessageBody"])) for entry in Entries]
        self.groups += [entry["MessageGroupId"] for entry in Entries]
        return {}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: Sequence[str]) -> dict[str, Any]:
        self._refuse()
        self.asked.append(QueueUrl)
        held = self.held.get(QueueUrl, (0, 0, 0))
        return {"Attributes": dict(zip(sorted(AttributeNames), map(str, held), strict=True))}

    def of(self, url: str) -> list[dict[str, Any]]:
        return [body for to, body in self.sent if to == url]

    def _refuse(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessage")


class Bus:
    def __init__(self) -> None:
        self.events: list[str] = []

    def put_events(self, *, Entries: Sequence[Any]) -> dict[str, Any]:
        self.events += [entry["DetailType"] for entry in Entries]
        return {"Entries": [{} for _ in Entries]}


class World:
    """A sweeper with its surroundings; `age` makes all that is there older."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.database = database
        self.queue, self.bus = Queue(), Bus()
        urls = {Destination.INGEST: "ingest", Destination.NOTIFY: "notify"}
        # What a test writes by hand waits in the outbox; what the sweeper announces goes out.
        publisher = Publisher(self.bus, "insights", self.queue, urls)
        sweepers = Database(database._settings, database._secret, publisher=publisher)
        self.sweeping = Sweeping(sweep_dependencies(sweepers, self.queue, **settings))

    def transact(self, work: Callable[[Transaction], Any]) -> Any:
        return self.database.transact(work)

    def sweep(self, time_is_up: Callable[[], bool] = lambda: False) -> Any:
        return self.sweeping.sweep(time_is_up, datetime.now(UTC).replace(tzinfo=None))

    def model_is_back(self) -> int:
        return self.sweeping.model_is_back(MODEL, lambda: False, datetime.now(UTC).replace(tzinfo=None))

    def age(self, **interval: float) -> None:
        seconds = timedelta(**interval).total_seconds()
        for table, column in (
            ("execution", "last_progress_at"),
            ("execution", "started_at"),
            ("execution", "stalled_at"),
            ("outbox", "created_at"),
            ("outbox", "published_at"),
        ):
            older = f"UPDATE {table} SET {column} = {column} - INTERVAL %s SECOND"
            self.execute(older, seconds)

    def execute(self, sql: str, *arguments: object) -> int:
        changed: int = self.transact(lambda tx: tx.execute(sql, arguments))
        return changed

    def execution(self, execution_id: str = FILE) -> Execution:
        found: Execution | None = self.transact(lambda tx: execution_store.find(tx, execution_id))
        assert found is not None
        return found


def sweep_settings(**changes: Any) -> SweepSettings:
    settings = {
        "data_bucket": "data",
        "ingest_queue_url": "ingest",
        "feedback_queue_url": "feedback",
        "categorize_queue_url": "categorize",
        "notify_queue_url": "notify",
        "model_id": MODEL,
    }
    return SweepSettings.model_validate(settings | changes)


def sweep_dependencies(database: Database, queue: Any, **settings: Any) -> Dependencies:
    nothing: Any = None
    return Dependencies(sweep_settings(**settings), database, queue, Telemetry("test"), nothing)


def a_file(world: World, accepted: int = 3, *, closed: bool = True) -> None:
    world.transact(lambda tx: lifecycle.start_file(tx, FILE, "feedback", a_source()))
    counts = Counts(rows_read=accepted, accepted=accepted)
    world.transact(lambda tx: execution_store.save_slice(tx, FILE, 0, {"offset": 1}, counts))
    if closed:
        world.transact(lambda tx: lifecycle.close_receiving(tx, FILE))
    published(world)


def published(world: World) -> None:
    """All that was announced so far has gone out."""
    world.execute("UPDATE outbox SET published_at = NOW(3)")


def write(
    world: World, rows: int, status: RowStatus, cause: ParkedCause | None = None, first: int = 1
) -> None:
    """Rows of the file, counted."""

    def work(tx: Transaction) -> None:
        execution_store.lock(tx, FILE)
        outcomes = [outcome(file_record(number), status, cause) for number in range(first, first + rows)]
        lifecycle.count_written(tx, FILE, feedback_store.write_outcomes(tx, FILE, outcomes))

    world.transact(work)


def file_record(number: int) -> Record:
    said = Feedback(
        product_name="Kettle",
        store="Leeds",
        ref_id=f"R{number}",
        stars=Decimal("2.5"),
        title="Broken",
        feedback=f"It leaks \U0001f4a7 {number}",
        date=datetime(2024, 3, 5, 9, 15, tzinfo=UTC).replace(tzinfo=None),
    )
    return Record(
        record_id=f"{FILE}:{number}",
        profile="feedback",
        execution_id=FILE,
        row_number=number,
        feedback=said,
        raw_values={"store": "Leeds \U0001f4a7\n"},
    )


def outcome(record: Record, status: RowStatus, cause: ParkedCause | None) -> Outcome:
    label = "Quality" if status is RowStatus.LABELLED else None
    return Outcome(record=record, status=status, label=label, parked_cause=cause)


def reach_budget(world: World, limit: str) -> None:
    world.transact(lambda tx: budget_store.claim(tx, FILE, "execution", Decimal(limit)))


def causes(world: World) -> set[ParkedCause]:
    return {
        cause
        for cause in ParkedCause
        if world.transact(partial(feedback_store.park.has_parked, execution_id=FILE, causes=[cause]))
    }


def open_day(world: World, days_ago: int) -> str:
    today = datetime.now(UTC).date()
    execution = world.transact(
        lambda tx: lifecycle.open_direct(tx, "feedback", today - timedelta(days=days_ago))
    )
    if days_ago:
        world.age(days=days_ago)
    published(world)
    return str(execution.execution_id)
