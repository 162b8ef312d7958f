"""What the tests of notify share: an execution with rows in a real database, and AWS by moto."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError

from services.notify.dependencies import Dependencies
from services.notify.mail.mailer import Mailer
from services.notify.settings import NotifySettings
from services.notify.storage import Storage
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Execution, Usage
from shared.contracts.records import Feedback, Record
from shared.platform.database import Database, Transaction
from shared.platform.publisher import Publisher
from shared.platform.telemetry import Telemetry
from shared.stores import execution_store, feedback_store, rejected_store
from shared.stores.feedback_store import Outcome, RowStatus
from shared.stores.rejected_store import RejectedRow
from tests.builders import a_source

ID = "reviews-0123456789abcdef"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC).replace(tzinfo=None)
BUCKET = "data"


class Call(NamedTuple):
    """One call that a fake client took."""

    name: str
    arguments: dict[str, Any]


class FakeClient:
    """Any boto3 client: notes each call; raises `error` instead while that is set."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> dict[str, Any]:
            if self.error is not None:
                raise self.error
            self.calls.append(Call(name, arguments))
            return {"Entries": [{"EventId": "1"} for _ in arguments.get("Entries", ())]}

        return call


class Office(NamedTuple):
    """A desk whose bus, topic and tracker are fakes, and whose bucket is moto's."""

    deps: Dependencies
    bus: FakeClient
    topic: FakeClient
    states: FakeClient
    s3: Any

    @property
    def mails(self) -> list[dict[str, Any]]:
        return [call.arguments for call in self.topic.calls]

    def object(self, key: str) -> bytes:
        body: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body


def an_office(database: Database, **settings: Any) -> Office:
    bus, topic, states, s3 = FakeClient(), FakeClient(), FakeClient(), boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    fields: dict[str, Any] = {
        "database_host": "unused",
        "database_secret_arn": "unused",
        "data_bucket": BUCKET,
        "readers_topic_arn": "arn:aws:sns:us-east-1:123456789012:readers",
        "operations_topic_arn": "arn:aws:sns:us-east-1:123456789012:operators",
        "public_url": "https://api.example.com/v1/",
    }
    database.publisher = Publisher(bus, "insights", FakeClient(), {})
    valid = NotifySettings.model_validate(fields | settings)
    deps = Dependencies(
        database=database,
        storage=Storage(s3, BUCKET),
        mailer=Mailer(topic, valid.topics),
        states=states,
        settings=valid,
        telemetry=Telemetry("test"),
        clock=lambda: NOW,
    )
    return Office(deps, bus, topic, states, s3)


def an_outcome(row: int, label: str | None = "Delivery", **changes: Any) -> Outcome:
    """A row's outcome: labelled, unknown, or failed if the label is None; `changes` are its feedback's."""
    sentiment = changes.pop("sentiment", "neutral")
    feedback = {"feedback": f"text {row}", "ref_id": str(40000 + row)} | changes
    record = Record(
        record_id=f"{ID}:{row}",
        profile="feedback",
        execution_id=ID,
        row_number=row,
        feedback=Feedback.model_validate(feedback),
    )
    if label is None:
        return Outcome(record=record, status=RowStatus.FAILED, failure_reason="the model refused to answer")
    status = RowStatus.UNKNOWN if label == "unknown" else RowStatus.LABELLED
    return Outcome(
        record=record,
        status=status,
        label=label,
        sentiment=sentiment,
        model_id="model-x",
        prompt_version="1",
        taxonomy_version=1,
        corrections_version=0,
    )


def categorized(
    database: Database, outcomes: Sequence[Outcome], rejected: Sequence[RejectedRow] = ()
) -> None:
    """An execution that has just been categorized, with these rows."""
    rows = len(outcomes) + len(rejected)

    def work(tx: Transaction) -> None:
        lifecycle.start_file(tx, ID, "feedback", a_source())
        counts = Counts(rows_read=rows, accepted=len(outcomes), rejected=len(rejected))
        execution_store.save_slice(tx, ID, 0, {}, counts)
        rejected_store.reject(tx, rejected)
        execution_store.lock(tx, ID)
        usage = Usage(calls=3, input_tokens=1200, output_tokens=90, estimated_cost=Decimal("0.0123"))
        lifecycle.count_written(tx, ID, feedback_store.write_outcomes(tx, ID, outcomes), usage)
        lifecycle.close_receiving(tx, ID)
        lifecycle.categorized(tx, ID, failed=False)
        tx.execute("UPDATE outbox SET published_at = NOW(3)")
        tx.announced.clear()  # others did this long ago

    database.transact(work)


def find(database: Database) -> Execution:
    execution = database.transact(lambda tx: execution_store.find(tx, ID))
    assert execution is not None
    return execution


def days_after(days: int) -> datetime:
    return NOW + timedelta(days=days)


def a_client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")
