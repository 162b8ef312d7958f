"""The function as Lambda calls it: acknowledged, gone on with, or given up, and never left hanging."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.categorize import discovery, planning
from services.categorize import handler as function
from shared.contracts.events import Counts, ExecutionEvent
from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Database
from shared.platform.publisher import Publisher
from shared.stores import discovery_store
from tests.integration.test_categorize import ID, about, categorize_dependencies, classified, find
from tests.unit.categorize.fakes import FakeBedrock, failure


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
        raise NotImplementedError

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> Mapping[str, Any]:
        assert QueueUrl == "https://queue"
        self.sent += Entries
        return {}


class Context:
    """Lambda's context."""

    function_name = "categorize"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:categorize"
    aws_request_id = "1"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


class Function:
    """The function with its neighbours faked: Bedrock, the bus and the queue."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bedrock, self.bus, self.queue = FakeBedrock(), FakeBus(), FakeQueue()
        database.publisher = Publisher(self.bus, "insights", self.queue, {})
        deps = categorize_dependencies(database, self.bedrock)
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
        answer = function.handler({"Records": [record]}, Context())
        return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]


@pytest.fixture
def lambda_function(database: Database, monkeypatch: pytest.MonkeyPatch) -> Function:
    classified(database, ID, about("battery", 6))
    return Function(database, monkeypatch)


def envelope() -> str:
    event = ExecutionEvent(execution_id=ID, profile="feedback", status="classified", counts=Counts())
    detail = event.model_dump_json()
    return f'{{"source": "insights", "detail-type": "ExecutionClassified", "id": "1", "detail": {detail}}}'


def test_a_classified_execution_is_categorized_and_announced(
    lambda_function: Function, database: Database
) -> None:
    assert lambda_function.receive(envelope()) == []
    assert find(database).status is ExecutionStatus.CATEGORIZED
    assert lambda_function.bus.events == ["CategoryDiscovered", "ExecutionCategorized"]


def test_a_busy_model_sends_a_later_copy_and_acknowledges_this_message(
    lambda_function: Function, database: Database
) -> None:
    lambda_function.bedrock.embedding_errors = [failure("ThrottlingException") for _ in range(6)]
    assert lambda_function.receive(envelope(), deferrals=2) == []
    [copy] = lambda_function.queue.sent
    assert copy["MessageBody"] == envelope()
    assert copy["DelaySeconds"] > 0
    assert copy["MessageAttributes"]["deferrals"]["StringValue"] == "3"
    assert find(database).status is ExecutionStatus.CLASSIFIED


def test_a_model_that_stays_busy_ends_as_a_failed_discovery(
    lambda_function: Function, database: Database
) -> None:
    lambda_function.bedrock.embedding_errors = [failure("ThrottlingException") for _ in range(6)]
    assert lambda_function.receive(envelope(), deferrals=10) == []
    assert lambda_function.queue.sent == []
    assert (find(database).status, find(database).discovery) == ("categorized", "failed")
    assert lambda_function.bus.events == ["ExecutionCategorized"]


def test_a_model_that_refuses_ends_as_a_failed_discovery(
    lambda_function: Function, database: Database
) -> None:
    lambda_function.bedrock.errors = [failure("AccessDeniedException")]
    assert lambda_function.receive(envelope()) == []
    assert (find(database).status, find(database).discovery) == ("categorized", "failed")


def test_an_execution_that_crashes_the_function_each_time_is_given_up(
    lambda_function: Function, database: Database
) -> None:
    assert lambda_function.receive(envelope(), receives=4) == []
    assert find(database).discovery == "failed"
    assert lambda_function.bedrock.judged == []


def test_a_crash_after_all_was_done_is_no_failed_discovery(
    lambda_function: Function, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    lambda_function.receive(envelope())
    capsys.readouterr()
    assert lambda_function.receive(envelope(), receives=4) == []
    assert find(database).discovery == "done"
    assert "DiscoveryFailed" not in capsys.readouterr().out
    assert lambda_function.bus.events == ["CategoryDiscovered", "ExecutionCategorized"]


def test_after_each_crash_discovery_takes_half_as_many_rows(
    lambda_function: Function, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "POOL_LIMIT", 16)
    lambda_function.receive(envelope(), receives=3)
    searched = database.transact(lambda tx: discovery_store.searched(tx, ID))
    assert (searched.pool, searched.left_out) == (4, 2)


def test_a_message_that_is_no_such_event_goes_back_to_the_queue(lambda_function: Function) -> None:
    assert lambda_function.receive("{}") == ["1"]


def test_a_message_that_goes_back_is_logged_by_its_errors_place_and_not_its_text(
    lambda_function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Marmalade"

    def crash(*_: Any) -> None:
        raise TypeError(said)

    logged = io.StringIO()
    monkeypatch.setattr(function.consumer.telemetry.logger.registered_handler, "stream", logged)
    monkeypatch.setattr(discovery, "discover", crash)
    assert lambda_function.receive(envelope()) == ["1"]
    (line,) = [line for line in map(json.loads, logged.getvalue().splitlines()) if line["level"] == "ERROR"]
    assert line["error"] == "TypeError"
    assert "in crash" in line["where"]
    assert said not in json.dumps(line)
