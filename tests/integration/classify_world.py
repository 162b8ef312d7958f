"""Classify with a real database and a real Bedrock-compatible server; queues and bus are lists."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from local.bedrock.faults import FaultSettings
from local.bedrock.server import BedrockServer
from services.classify.dependencies import Dependencies
from services.classify.service import Classify
from services.classify.settings import ClassifySettings
from services.classify.vectors import VectorSource
from services.classify.worker import SYSTEM_CLOCK, Worker
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Duplicates, Execution, Source
from shared.contracts.messages import Destination
from shared.contracts.records import DEFAULT_PROFILE
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.model.bedrock import Model
from shared.model.embedding import Embedder
from shared.platform.database import Database, Transaction
from shared.platform.publisher import Publisher
from shared.platform.received import Received, received
from shared.platform.telemetry import Telemetry
from shared.stores import category_store, execution_store
from tests.integration.model_server import client
from tests.integration.queue_and_bus import Bus, Queues

QUEUE = "arn:aws:sqs:us-east-1:000000000000:feedback"
ID = "reviews-0123456789abcdef"
TODAY = date(2026, 5, 4)
LATE = "My parcel arrived three weeks after the promised delivery day."
DEAR = "Far too expensive for what you get."
ODD = "Where do I register my child for the swimming course on Tuesday evening?"
VERSIONS = ("model_id", "prompt_version", "taxonomy_version", "corrections_version", "profile_version")
CATEGORIES = (
    NewCategory(name="Late delivery", description="The parcel came after the promised day."),
    NewCategory(name="Price", description="Too expensive, or good value for money."),
    NewCategory(name="Battery", description="The battery is weak or does not charge."),
)


def silent() -> Telemetry:
    telemetry = Telemetry("test")
    telemetry.logger.setLevel("CRITICAL")
    return telemetry


@dataclass
class World:
    """One worker and all around it."""

    database: Database
    server: BedrockServer
    settings: dict[str, Any] = field(default_factory=dict)
    queues: Queues = field(default_factory=Queues)
    bus: Bus = field(default_factory=Bus)
    seconds: float = 60
    telemetry: Telemetry = field(default_factory=silent)

    def __post_init__(self) -> None:
        self.start_worker()

    def start_worker(self) -> None:
        """A function that has just started."""
        values: dict[str, Any] = {
            "feedback_queue_url": "https://sqs/0/feedback",
            "model_id": "amazon.nova-lite-v1:0",
            "embedding_model_id": "amazon.titan-embed-text-v2:0",
            "tokens_per_minute": 100_000_000,
        }
        settings = ClassifySettings.model_validate(values | self.settings)
        self.database.publisher = Publisher(
            self.bus, "insights", self.queues, {Destination.NOTIFY: "https://sqs/0/notify"}
        )
        sqs: Any = self.queues
        bedrock = client(self.server.url)
        embedder = Embedder(bedrock, settings.embedding_model_id)
        self.deps = Dependencies(
            settings=settings,
            database=self.database,
            sqs=sqs,
            worker=Worker(Model(bedrock, settings.model_id), settings),
            vectors=VectorSource(self.database, embedder, self.telemetry, SYSTEM_CLOCK.now),
            telemetry=self.telemetry,
            today=lambda: TODAY,
        )

    def start_file(
        self,
        rows: int,
        execution_id: str = ID,
        duplicates: Duplicates = Duplicates.KEEP,
        key: str = "incoming/reviews.csv",
    ) -> Execution:
        """An execution whose ingest has read `rows` good rows and closed."""
        source = Source(bucket="data", key=key)
        self.database.transact(
            lambda tx: lifecycle.start_file(tx, execution_id, "feedback", source, duplicates)
        )
        counts = Counts(rows_read=rows, accepted=rows)
        self.database.transact(lambda tx: execution_store.save_slice(tx, execution_id, 0, {}, counts))
        self.database.transact(lambda tx: lifecycle.close_receiving(tx, execution_id))
        return self.execution(execution_id)

    def add_categories(
        self, categories: Sequence[NewCategory] = CATEGORIES, profile: str = DEFAULT_PROFILE
    ) -> None:
        def work(tx: Transaction) -> None:
            for each in categories:
                category_store.add(tx, profile, each, CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT)

        self.database.transact(work)

    def execution(self, execution_id: str = ID) -> Execution:
        found = self.database.transact(lambda tx: execution_store.find(tx, execution_id))
        assert found is not None
        return found

    def direct(self) -> Execution:
        (found,) = self.database.transact(execution_store.list_open_direct)
        return found

    def file_messages(self, texts: Sequence[str], execution_id: str = ID, **raw: Any) -> list[Received]:
        key = self.execution(execution_id).execution_key
        bodies = [
            {
                "execution_id": execution_id,
                "execution_key": key,
                "row_number": number,
                "profile": "feedback",
                "feedback": {"feedback": text},
            }
            for number, text in enumerate(texts, 1)
        ]
        return [message(body, **raw) for body in bodies]

    def waiting_messages(self) -> list[Received]:
        """What the sweeper sends of direct rows that wait."""
        return [
            message(
                {
                    "record_id": row["record_id"],
                    "execution_id": row["execution_id"],
                    "execution_key": self.execution(row["execution_id"]).execution_key,
                    "profile": row["profile"],
                    "feedback": {"feedback": row["feedback"], "ref_id": row["ref_id"]},
                }
            )
            for row in self.rows()
            if row["status"] == "parked"
        ]

    def handle(self, messages: Sequence[Received]) -> set[str]:
        failed = Classify(self.deps).handle(messages, SYSTEM_CLOCK.now() + self.seconds)
        return {each.message_id for each in failed}

    def rows(self) -> list[dict[str, Any]]:
        return self.query("SELECT * FROM customer_feedback ORDER BY record_id")

    def query(self, sql: str) -> list[dict[str, Any]]:
        def work(tx: Any) -> list[dict[str, Any]]:
            tx.execute(sql)
            return list(tx.fetchall())

        return self.database.transact(work)

    def copies(self, sender: str = "") -> list[Received]:
        """What was put back, as SQS would deliver it."""
        copies = [
            received(
                {
                    "messageId": f"copy-{number}",
                    "body": entry["MessageBody"],
                    "eventSourceARN": QUEUE,
                    "attributes": {"ApproximateReceiveCount": "1", "SenderId": sender},
                    "messageAttributes": {
                        name: {"stringValue": value["StringValue"]}
                        for name, value in entry["MessageAttributes"].items()
                    },
                }
            )
            for number, (url, entry) in enumerate(self.queues.sent)
            if url.endswith("feedback")
        ]
        self.queues.sent.clear()
        return copies

    def faults(self, *rules: Mapping[str, Any]) -> None:
        self.server.service.faults.put(FaultSettings.model_validate({"rules": rules}))

    @property
    def calls(self) -> int:
        return len(self.server.service.stats.calls(0))


def message(body: Any, *, receives: int = 1, deferrals: int = 0) -> Received:
    text = body if isinstance(body, str) else json.dumps(body)
    return Received(f"m-{abs(hash(text))}", text, "", receives, deferrals)


def direct_message(record_id: str, text: str, **raw: Any) -> Received:
    return message({"id": record_id, "feedback": text}, **raw)


def counted(execution: Execution) -> dict[str, int]:
    """The counters that are not zero."""
    return {name: value for name, value in execution.counts.model_dump().items() if value}


def correct(world: World, number: int, label: str) -> None:
    """What curate does with one line of a corrections file."""
    query = "UPDATE customer_feedback SET label_correction = %s, status = 'labelled' WHERE `row_number` = %s"
    world.database.transact(lambda tx: tx.execute(query, (label, number)))
    world.database.transact(lambda tx: category_store.next_corrections_version(tx, "feedback"))
