"""The function of categorize with its neighbours faked: Bedrock, the bus and the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.categorize import handler as function
from shared.contracts.events import Counts, ExecutionEvent
from shared.platform.database import Database
from shared.platform.publisher import Publisher
from tests.builders import a_context
from tests.integration.categorize_world import ID, categorize_dependencies
from tests.unit.categorize.fakes import FakeBedrock


class FakeBus:
    """EventBridge that takes everything."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def put_events(self, *, Entries: Any) -> Mapping[str, Any]:
        self.events += [entry["DetailType"] for entry in Entries]
        return {"Entries": [{} for _ in Entries]}


class FakeQueue:
    """SQS that keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, **message: Any) -> Mapping[str, Any]:
        raise AssertionError("copies are sent in batches")

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> Mapping[str, Any]:
        assert QueueUrl == "https://queue"
        self.sent += Entries
        return {}


class Function:
    """The function with its neighbours faked: Bedrock, the bus and the queue."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
        self.bedrock, self.bus, self.queue = FakeBedrock(), FakeBus(), FakeQueue()
        database.publisher = Publisher(self.bus, "insights", self.queue, {})
        deps = categorize_dependencies(database, self.bedrock, **changes)
        deps = replace(deps, telemetry=function.consumer.telemetry)
        monkeypatch.setenv("OWN_QUEUE_URL", "https://queue")
        monkeypatch.setattr(function.consumer, "dependencies", lambda: deps)
        monkeypatch.setattr(function.consumer, "sqs", lambda: self.queue)

    def receive(self, body: str, receives: int = 1, deferrals: int = 0) -> list[str]:
        """Delivers one message; returns those that are to be delivered again."""
        number = {"dataType": "Number", "stringValue": str(deferrals)}
        record = {
            "messageId": "1",
            "receiptHandle": "1",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(receives)},
            "messageAttributes": {"deferrals": number} if deferrals else {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:categorize",
            "awsRegion": "us-east-1",
        }
        answer = function.handler({"Records": [record]}, a_context("categorize", seconds=300))
        return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]


def envelope() -> str:
    event = ExecutionEvent(execution_id=ID, profile="feedback", status="classified", counts=Counts())
    detail = event.model_dump_json()
    return f'{{"source": "insights", "detail-type": "ExecutionClassified", "id": "1", "detail": {detail}}}'
