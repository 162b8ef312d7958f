"""Ingest with a real database and moto's S3, SQS, EventBridge and Step Functions around it."""

import json
from collections import Counter
from functools import partial
from itertools import count
from typing import Any, cast

import boto3

from services.ingest.dependencies import Dependencies
from services.ingest.ingest import Ingest
from services.ingest.results import IngestResult
from services.ingest.routing import ObjectCreated
from services.ingest.settings import IngestSettings
from services.notify.mail.mailer import Mail
from shared.contracts import keys
from shared.contracts.execution import Execution
from shared.contracts.messages import ContinueIngest, Destination
from shared.contracts.records import FileMessage
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.platform.publisher import EventsClient, Publisher
from shared.platform.telemetry import Telemetry
from shared.stores import category_store, execution_store
from shared.stores.rejected_store import RejectedRow
from tests.builders import ingest_settings, object_created
from tests.integration.reading import rejected_rows
from tests.mails import mail_of

BUCKET = "data"


class Clock:
    """Shows one second more each time it is looked at, so that a deadline is a number of rows."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


class World:
    """Everything that ingest touches. Enter moto's `mock_aws` first."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.database = database
        self.s3 = boto3.client("s3")
        self.sqs = boto3.client("sqs")
        self.sfn = boto3.client("stepfunctions")
        self.settings = self._make(settings)
        self.ingest_queue_url = self.sqs.create_queue(QueueName="ingest")["QueueUrl"]
        self.notify_queue_url = self.sqs.create_queue(QueueName="notify")["QueueUrl"]
        self.publisher = database.publisher = Publisher(
            cast(EventsClient, boto3.client("events")),
            "insights",
            self.sqs,
            {Destination.INGEST: self.ingest_queue_url, Destination.NOTIFY: self.notify_queue_url},
        )
        self.clock = Clock()
        self._sequencers = count(1)
        database.transact(_add_category)

    def _make(self, changes: dict[str, Any]) -> IngestSettings:
        self.s3.create_bucket(Bucket=BUCKET)
        boto3.client("events").create_event_bus(Name="insights")
        definition = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Succeed"}}})
        machine = self.sfn.create_state_machine(
            name="tracker", definition=definition, roleArn="arn:aws:iam::123456789012:role/tracker"
        )
        urls = {"feedback_queue_url": self.sqs.create_queue(QueueName="feedback")["QueueUrl"]}
        arn = machine["stateMachineArn"]
        return ingest_settings(**({"state_machine_arn": arn} | urls | changes))

    def ingest(self, sqs: Any = None) -> Ingest:
        """The service, as a function that has just started."""
        return Ingest(self.deps(sqs))

    def deps(self, sqs: Any = None) -> Dependencies:
        return Dependencies(
            settings=self.settings,
            database=self.database,
            s3=self.s3,
            sqs=sqs or self.sqs,
            sfn=self.sfn,
            telemetry=Telemetry("test"),
            clock=self.clock,
        )

    def put(self, key: str, body: bytes | str, metadata: dict[str, str] | None = None) -> ObjectCreated:
        """Puts an object and returns the event that S3 sends."""
        data = body.encode() if isinstance(body, str) else body
        answer = self.s3.put_object(Bucket=BUCKET, Key=key, Body=data, Metadata=metadata or {})
        event = object_created(
            key, size=len(data), etag=answer["ETag"].strip('"'), sequencer=f"{next(self._sequencers):018X}"
        )
        return ObjectCreated.model_validate(event)

    def take(self, event: ObjectCreated, rows_a_slice: int = 1_000_000) -> IngestResult:
        """The event's slice, cut short after about so many rows."""
        return self.ingest().upload(event, self.clock.now + rows_a_slice)

    def go_on(self, rows_a_slice: int = 1_000_000) -> int:
        """Works on ContinueIngest messages until none is left; returns how many there were."""
        slices = 0
        while bodies := self._receive(self.ingest_queue_url):
            for body in bodies:
                message = ContinueIngest.model_validate_json(body)
                self.ingest().go_on(message, self.clock.now + rows_a_slice)
                slices += 1
        return slices

    def load(self, key: str, body: bytes | str, metadata: dict[str, str] | None = None) -> Execution:
        """Uploads and works to the end; returns what became of it."""
        event = self.put(key, body, metadata)
        self.take(event)
        self.go_on()
        return self.execution(event)

    def execution(self, event: ObjectCreated) -> Execution:
        execution = self.database.transact(lambda tx: execution_store.find(tx, event.execution_id))
        assert execution is not None
        return execution

    def messages(self) -> list[FileMessage]:
        """What was sent to the feedback queue, in the order of rows."""
        sent = [FileMessage.model_validate_json(each["Body"]) for each in self._all_of_feedback()]
        return sorted(sent, key=lambda message: message.row_number)

    def message_groups(self) -> Counter[str]:
        """How many messages of each group were sent to the feedback queue; they are taken out of it."""
        return Counter(each["Attributes"]["MessageGroupId"] for each in self._all_of_feedback())

    def notices(self) -> list[Mail]:
        """What was sent for people to read."""
        return [mail_of(body) for body in self._receive(self.notify_queue_url)]

    def rejected(self, execution: Execution) -> list[RejectedRow]:
        return self.database.transact(partial(rejected_rows, execution_id=execution.execution_id))

    def rejected_csv(self, execution: Execution) -> str:
        key = keys.rejected(execution.execution_id)
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode("utf-8-sig")

    def events(self) -> list[str]:
        """The types of all messages ever put into the outbox."""

        def work(tx: Transaction) -> list[str]:
            tx.execute("SELECT event_type FROM outbox ORDER BY id")
            return [row["event_type"] for row in tx.fetchall()]

        return self.database.transact(work)

    def unpublished(self) -> int:
        def work(tx: Transaction) -> int:
            return tx.execute("SELECT id FROM outbox WHERE published_at IS NULL")

        return self.database.transact(work)

    def _all_of_feedback(self) -> list[Any]:
        sent: list[Any] = []
        while messages := self._take(self.settings.feedback_queue_url):
            sent += messages
        return sent

    def _receive(self, url: str) -> list[str]:
        return [message["Body"] for message in self._take(url)]

    def _take(self, url: str) -> list[Any]:
        answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
        for message in answer.get("Messages", []):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return list(answer.get("Messages", []))


def _add_category(tx: Transaction) -> None:
    category = NewCategory(name="Delivery", description="Parcels and carriers")
    category_store.add(tx, "feedback", category, CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT)
