"""Curate with a real database, and S3 by moto."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from moto import mock_aws

from services.curate import handler
from services.curate.dependencies import Dependencies
from services.curate.uploads import Upload
from services.notify.mail.mailer import Mail
from shared.changes import lifecycle
from shared.contracts.messages import Destination
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.platform.publisher import Publisher
from shared.platform.telemetry import Telemetry
from shared.stores import category_store
from shared.stores.feedback_store import Outcome
from tests.builders import NO_ATTEMPT, object_created
from tests.integration.notify_case import BUCKET, ID, FakeClient, categorized
from tests.mails import mail_of


class Room:
    """Curate with fakes for bus and queue, and what came out of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.bus, self.queue, self.s3 = FakeClient(), FakeClient(), boto3.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        database.publisher = Publisher(
            self.bus, "insights", self.queue, {Destination.NOTIFY: "https://sqs/notify"}
        )
        self.deps = Dependencies(database, self.s3, Telemetry("test"))
        self.uploads = 0

    def upload(self, text: str | bytes, key: str = "corrections/monday.csv") -> None:
        """A new upload of the key, dealt with."""
        self.uploads += 1
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=text if isinstance(text, bytes) else text.encode())
        self.event(key, sequencer=f"{self.uploads:016x}")

    def event(self, key: str, **changes: Any) -> None:
        handler.deal_with(self.deps, Upload.model_validate(object_created(key, **changes)), NO_ATTEMPT)

    @property
    def notices(self) -> list[Mail]:
        return [mail_of(payload) for payload in self._payloads("destination", "notify")]

    def events(self, event_type: str) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload in self._payloads("event_type", event_type)]

    def _payloads(self, column: str, value: str) -> list[str]:
        def read(tx: Transaction) -> list[str]:
            tx.execute(f"SELECT payload FROM outbox WHERE {column} = %s ORDER BY id", (value,))
            return [row["payload"] for row in tx.fetchall()]

        return self.database.transact(read)

    def rows(self) -> dict[int, dict[str, Any]]:
        def read(tx: Transaction) -> dict[int, dict[str, Any]]:
            tx.execute("SELECT * FROM customer_feedback ORDER BY id")
            return {row["row_number"]: row for row in tx.fetchall()}

        return self.database.transact(read)

    def corrections_version(self) -> int:
        return self.database.transact(lambda tx: category_store.taxonomy(tx, "feedback")).corrections_version


CATEGORIES = {"Delivery": "active", "Price and value": "active", "Old theme": "retired"}


@contextmanager
def room_with(database: Database, categories: Mapping[str, str] = CATEGORIES) -> Iterator[Room]:
    """A room whose taxonomy has these categories, each with its status."""

    def add(tx: Transaction) -> None:
        for name, status in categories.items():
            category = NewCategory(name=name, description=f"About {name}.")
            category_store.add(tx, "feedback", category, CategoryStatus(status), CategoryOrigin.DEFAULT)

    database.transact(add)
    with mock_aws():
        yield Room(database)


def completed(room: Room, *outcomes: Outcome) -> None:
    """An execution of these rows, with its report."""
    categorized(room.database, outcomes)
    room.database.transact(lambda tx: lifecycle.completed(tx, ID))
