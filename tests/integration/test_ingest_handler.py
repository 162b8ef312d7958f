"""Ingest's entry point, as Lambda calls it with a batch of one."""

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from services.ingest import handler as entry
from services.ingest.ingest import Ingest
from services.ingest.results import IngestResult
from services.ingest.source import SourceFile
from shared.contracts.errors import DatabaseUnavailable
from shared.contracts.execution import ExecutionStatus
from shared.contracts.messages import ContinueIngest, SendMissing
from shared.platform.database import Database
from shared.platform.deferral import Policy
from shared.platform.telemetry import EVERY_SERVICE
from tests.builders import EXECUTION_ID, NO_ATTEMPT, a_context, ingest_settings
from tests.integration.ingest_world import World
from tests.unit.template.watched import raised, watched

HIDDEN = "The secret is marmalade"


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        made = World(database)
        deps = replace(made.deps(), telemetry=entry.consumer.telemetry, clock=time.monotonic)
        monkeypatch.setattr(entry.consumer, "dependencies", lambda: deps)
        monkeypatch.setattr(entry.consumer, "sqs", lambda: made.sqs)
        monkeypatch.setenv("OWN_QUEUE_URL", made.ingest_queue_url)
        yield made


@pytest.fixture
def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], list[dict[str, Any]]]:
    """All lines that the function printed, logs and metrics."""
    logged = io.StringIO()
    monkeypatch.setattr(entry.consumer.telemetry.logger.registered_handler, "stream", logged)

    def lines() -> list[dict[str, Any]]:
        text = logged.getvalue() + capsys.readouterr().out
        return [json.loads(line) for line in text.splitlines()]

    return lines


def invoke(world: World, wait: int = 0) -> dict[str, Any]:
    """Receives one message, hands it over, and deletes it unless it was named as failed."""
    url = world.ingest_queue_url
    got = world.sqs.receive_message(
        QueueUrl=url, VisibilityTimeout=wait, AttributeNames=["All"], MessageAttributeNames=["All"]
    )
    [message] = got["Messages"]
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {"dataType": each["DataType"], "stringValue": each["StringValue"]}
            for name, each in message.get("MessageAttributes", {}).items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:ingest",
        "awsRegion": "us-east-1",
    }
    answer = entry.handler({"Records": [record]}, a_context("ingest"))
    if not answer["batchItemFailures"]:
        world.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return cast(dict[str, Any], answer)


def send(world: World, body: str) -> None:
    world.sqs.send_message(QueueUrl=world.ingest_queue_url, MessageBody=body)


def test_an_event_is_worked_counted_and_logged_without_a_customer_s_word(
    world: World, printed: Callable[[], list[dict[str, Any]]]
) -> None:
    event = world.put("reviews.csv", f"feedback,stars\n{HIDDEN},5\n,{HIDDEN}\n{HIDDEN},{HIDDEN}\n")
    send(world, json.dumps({"detail-type": "Object Created"} | event.model_dump(mode="json", by_alias=True)))

    assert invoke(world) == {"batchItemFailures": []}

    assert world.execution(event).status is ExecutionStatus.CLASSIFYING
    lines = printed()
    logged = [line for line in lines if "_aws" not in line]
    [worked] = [line for line in logged if "accepted" in line]
    assert (worked["accepted"], worked["rejected"]) == (2, 1)
    assert {line["execution_id"] for line in logged} == {event.execution_id}
    assert HIDDEN not in json.dumps(lines)


def test_rows_whose_messages_were_lost_are_sent_again_by_order(
    world: World, printed: Callable[[], list[dict[str, Any]]]
) -> None:
    execution = world.load("reviews.csv", "feedback\none\ntwo\n")
    messages = world.messages()
    send(world, SendMissing(execution_id=execution.execution_id).model_dump_json())

    assert invoke(world) == {"batchItemFailures": []}

    assert world.messages() == messages
    assert [line["RowsSentAgain"] for line in printed() if "_aws" in line] == [[2.0]]


def test_a_refused_file_is_counted(world: World, printed: Callable[[], list[dict[str, Any]]]) -> None:
    event = world.put("reviews.csv", f"{HIDDEN}\n")
    send(world, json.dumps({"detail-type": "Object Created"} | event.model_dump(mode="json", by_alias=True)))
    assert invoke(world) == {"batchItemFailures": []}
    lines = printed()
    assert [line["FilesRefused"] for line in lines if "_aws" in line] == [[1.0]]
    assert HIDDEN not in json.dumps(lines)


def test_a_message_that_fails_goes_back_to_the_queue_and_is_seen_again_soon(
    world: World, printed: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    soon: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "shared.platform.consumer.come_back_soon",
        lambda _, queue_url, message, __: soon.append((queue_url, message.message_id)),
    )
    send(world, json.dumps({"kind": "nothing we know", "text": HIDDEN}))

    [failure] = invoke(world, wait=720)["batchItemFailures"]

    assert soon == [(world.ingest_queue_url, failure["itemIdentifier"])]
    lines = printed()
    assert "message failed" in [line.get("message") for line in lines]
    assert HIDDEN not in json.dumps(lines)


def test_an_event_outlives_an_outage_of_mysql_and_of_s3_as_fresh_copies(
    world: World, printed: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Policy, "delay", lambda *_, **__: 0)
    event = world.put("reviews.csv", "feedback\ngood\n")
    send(world, json.dumps({"detail-type": "Object Created"} | event.model_dump(mode="json", by_alias=True)))

    with monkeypatch.context() as outage:
        outage.setattr(Database, "transact", fails_with(DatabaseUnavailable("no server")))
        for _ in range(7):
            assert invoke(world, wait=720) == {"batchItemFailures": []}
    with monkeypatch.context() as outage:
        outage.setattr(SourceFile, "read", fails_with(EndpointConnectionError(endpoint_url="s3")))
        assert invoke(world, wait=720) == {"batchItemFailures": []}
    assert world.execution(event).status is ExecutionStatus.RECEIVING

    assert invoke(world, wait=720) == {"batchItemFailures": []}

    assert world.execution(event).status is ExecutionStatus.CLASSIFYING
    metrics = [line for line in printed() if "_aws" in line]
    assert sum("MessagesDeferred" in line for line in metrics) == 8


def fails_with(error: Exception) -> Callable[..., None]:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


@pytest.fixture
def deadlines(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When slices are to end that nobody works on."""
    kept: list[float] = []

    def keep(_: Ingest, __: object, deadline: float) -> IngestResult:
        kept.append(deadline)
        return IngestResult("stale")

    monkeypatch.setattr(Ingest, "answer", keep)
    return kept


def begin_slice(world: World, seconds_left: float, **settings: Any) -> None:
    deps = replace(world.deps(), settings=ingest_settings(**settings), clock=lambda: 1000.0)
    attempt = replace(NO_ATTEMPT, seconds_left=lambda: seconds_left)
    entry.answer(deps, ContinueIngest(execution_id=EXECUTION_ID, slice=1), attempt)


@pytest.mark.parametrize("left,seconds", [(120, 60), (45, 20), (10, 1)])
def test_a_slice_ends_early_enough_for_the_invocation(
    world: World, deadlines: list[float], left: float, seconds: float
) -> None:
    begin_slice(world, left)
    assert deadlines == [1000 + seconds]


def test_a_slice_may_be_meant_to_be_shorter_than_a_second(world: World, deadlines: list[float]) -> None:
    begin_slice(world, 120, slice_seconds=0.25)
    assert deadlines == [1000.25]


@pytest.mark.parametrize(
    "key, body",
    [
        ("incoming/empty.csv", b""),
        ("incoming/no-text.csv", b"price,colour\n1,red\n"),
        ("incoming/nobody/a.csv", b"feedback\nLate.\n"),
        ("incoming/picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
        ("incoming/letter.pdf", b"%PDF-1.7"),
        ("incoming/cut.csv.gz", b"\x1f\x8b\x08\x00"),
        ("incoming/every-row-wrong.csv", b"feedback,stars\n" + b",5\n" * 30),
    ],
)
def test_a_wrong_file_alarms_nobody_but_its_sender(
    world: World, printed: Callable[[], list[dict[str, Any]]], key: str, body: bytes
) -> None:
    event = world.put(key, body)
    send(world, json.dumps({"detail-type": "Object Created"} | event.model_dump(mode="json", by_alias=True)))

    assert invoke(world) == {"batchItemFailures": []}

    lines = printed()
    assert lines
    written = [line for line in lines if "_aws" in line]
    assert [raised("ingest", line) for line in written] == [set()] * len(written)
    # The trackers of such files fail, and nobody watches that.
    assert not any(namespace == "AWS/States" for namespace, *_ in watched().values())


def test_a_fault_of_ours_raises_the_alarm_that_a_wrong_file_does_not() -> None:
    assert raised(EVERY_SERVICE, {"MessagesFailed": [10]}) == {"MessagesFailedAlarm"}
    assert raised(EVERY_SERVICE, {"MessagesFailed": [9]}) == raised("ingest", {"FilesRefused": [1]}) == set()
    assert raised(EVERY_SERVICE, {"ExecutionsGivenUp": [1]}) == {"ExecutionsGivenUpAlarm"}
