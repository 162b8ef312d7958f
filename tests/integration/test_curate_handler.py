"""Curate's entry point, as Lambda calls it with a batch of one."""

import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from services.curate import handler
from shared.platform.database import Database
from tests.builders import a_context, object_created
from tests.integration.curate_world import Room
from tests.integration.notify_case import BUCKET

KEY = "corrections/monday.csv"


@pytest.fixture
def room(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setenv("OWN_QUEUE_URL", "https://sqs/curate")
    with mock_aws():
        room = Room(database)
        room.s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"record_id,label_correction\nnobody:1,Delivery\n")
        monkeypatch.setattr(handler.consumer, "dependencies", lambda: room.deps)
        monkeypatch.setattr(handler.consumer, "sqs", lambda: room.queue)
        yield room


def invoke(body: str, attributes: dict[str, Any] | None = None) -> list[str]:
    """The function with this message; its id if it is to be delivered again."""
    record = {
        "messageId": "1",
        "body": body,
        "eventSource": "aws:sqs",
        "receiptHandle": "r",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {
            name: {"dataType": each["DataType"], "stringValue": each["StringValue"]}
            for name, each in (attributes or {}).items()
        },
    }
    answer: Any = handler.handler({"Records": [record]}, a_context("curate"))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def s3_fails(code: str, status: int) -> Any:
    def fail(**_: Any) -> None:
        response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(response, "GetObject")

    return SimpleNamespace(get_object=fail)


def away(room: Room, monkeypatch: pytest.MonkeyPatch, code: str, status: int) -> None:
    deps = replace(room.deps, s3=s3_fails(code, status))
    monkeypatch.setattr(handler.consumer, "dependencies", lambda: deps)


def test_an_upload_outlives_an_outage_of_s3_as_fresh_copies(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, attributes = json.dumps(object_created(KEY)), None
    with monkeypatch.context() as outage:
        away(room, outage, "ServiceUnavailable", 503)
        for hops in range(1, 8):
            assert invoke(body, attributes) == []
            call = room.queue.calls.pop()
            assert (call.name, call.arguments["QueueUrl"]) == ("send_message_batch", "https://sqs/curate")
            [copy] = call.arguments["Entries"]
            body, attributes = copy["MessageBody"], copy["MessageAttributes"]
            assert attributes["deferrals"]["StringValue"] == str(hops)
    assert room.notices == []

    assert invoke(body, attributes) == []

    assert len(room.notices) == 1


def test_an_upload_that_may_not_be_read_goes_back_to_the_queue_and_is_seen_again_soon(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(room, monkeypatch, "AccessDenied", 403)

    assert invoke(json.dumps(object_created(KEY))) == ["1"]

    assert [call.name for call in room.queue.calls] == ["change_message_visibility"]
