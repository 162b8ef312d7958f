"""A file in S3 becomes an execution, each row a message or a rejected row; a whole file may be refused."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from shared.contracts.execution import Duplicates, ExecutionStatus
from shared.platform.database import Database
from shared.platform.queue_batches import NotSent
from tests.integration.ingest_files import HEADER, counts, rows
from tests.integration.ingest_world import World


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with mock_aws():
        yield World(database)


def test_each_row_of_a_file_becomes_a_message_and_the_execution_goes_on(world: World) -> None:
    execution = world.load("incoming/reviews.csv", rows(25))

    sent = world.messages()
    assert [message.row_number for message in sent] == list(range(1, 26))
    assert {message.execution_key for message in sent} == {execution.execution_key}
    assert sent[0].feedback.model_dump(mode="json") == {
        "product_name": "Lamp",
        "store": "Berlin",
        "ref_id": "r1",
        "stars": "4.0",
        "title": "Title 1",
        "feedback": "Text number 1",
        "date": "2024-03-05T00:00:00",
    }
    assert execution.status is ExecutionStatus.CLASSIFYING
    assert counts(execution) == (25, 25, 0)
    assert world.events() == ["ExecutionStarted", "ExecutionIngested"]
    assert world.unpublished() == 0


def test_a_file_at_the_root_and_one_in_a_profile_s_folder_are_taken(world: World) -> None:
    assert world.load("reviews.csv", rows(1)).accepted == 1
    assert world.load("incoming/feedback/deep/reviews.csv", rows(1)).accepted == 1


def test_the_tracker_is_started_once_under_the_execution_s_name(world: World) -> None:
    event = world.put("reviews.csv", rows(1))
    world.take(event)
    world.take(event)
    [tracker] = world.sfn.list_executions(stateMachineArn=world.settings.state_machine_arn)["executions"]
    assert tracker["name"] == event.execution_id


def test_a_tracker_that_cannot_be_started_stops_nothing(world: World) -> None:
    world.sfn.delete_state_machine(stateMachineArn=world.settings.state_machine_arn)
    event = world.put("reviews.csv", rows(3))
    assert world.take(event).tracker_error == "StateMachineDoesNotExist"
    assert world.execution(event).accepted == 3


def test_the_same_event_again_does_no_second_work(world: World) -> None:
    event = world.put("reviews.csv", rows(5))
    assert [world.take(event).what for _ in range(3)] == ["worked", "stale", "stale"]
    assert len(world.messages()) == 5
    assert world.events() == ["ExecutionStarted", "ExecutionIngested"]


def test_two_uploads_of_one_key_are_two_executions(world: World) -> None:
    first = world.load("reviews.csv", rows(2))
    second = world.load("reviews.csv", rows(3))
    assert first.execution_id != second.execution_id
    assert [message.row_number for message in world.messages()] == [1, 1, 2, 2, 3]


class Deaf:
    """An SQS that takes every message but row 7's."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        deaf = [entry for entry in Entries if json.loads(entry["MessageBody"])["row_number"] == 7]
        self._sqs.send_message_batch(QueueUrl=QueueUrl, Entries=[e for e in Entries if e not in deaf])
        return {"Failed": [{"Id": e["Id"], "Code": "InternalError", "SenderFault": False} for e in deaf]}


def test_a_row_that_sqs_does_not_take_is_not_counted_as_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.queue_batches._FIRST_WAIT_SECONDS", 0)
    event = world.put("reviews.csv", rows(12))
    with pytest.raises(NotSent):
        world.ingest(Deaf(world.sqs)).upload(event, 1e9)
    assert counts(world.execution(event)) == (0, 0, 0)
    world.take(event)
    assert {message.row_number for message in world.messages()} == set(range(1, 13))


def test_a_file_without_a_good_row_ends_all_the_same(world: World) -> None:
    execution = world.load("reviews.csv", rows(3, feedback=""))
    assert counts(execution) == (3, 0, 3)
    assert execution.status is ExecutionStatus.CLASSIFIED
    assert world.events() == ["ExecutionStarted", "ExecutionIngested", "ExecutionClassified"]


@pytest.mark.parametrize(
    "key,body,reason",
    [
        ("reviews.csv", b"", "the file is empty"),
        ("reviews.csv", HEADER.encode(), "the file has a header but no rows"),
        ("reviews.csv", b"id,colour\n1,x\n", "the required column 'feedback' is missing"),
        ("reviews.csv", b"PK\x03\x04....", "the zip file is damaged or cut off"),
        ("reviews.csv.gz", b"\x1f\x8b\x08\x00", "the file cannot be read: the gzip data ends too early"),
        (
            "reviews.csv.gz",
            gzip.compress(gzip.compress(b"feedback\na\n", mtime=0), mtime=0),
            "is packed with gzip twice",
        ),
        ("incoming/reviews.docx", b"feedback\na\n", "ends in none of"),
        ("incoming/praise/reviews.csv", b"feedback\na\n", "known profiles: feedback"),
        ("elsewhere/reviews.csv", b"feedback\na\n", "nobody reads elsewhere/reviews.csv"),
    ],
)
def test_a_file_that_cannot_be_taken_fails_with_a_reason_and_an_event(
    world: World, key: str, body: bytes, reason: str
) -> None:
    event = world.put(key, body)
    world.take(event)
    world.take(event)
    execution = world.execution(event)
    assert execution.status is ExecutionStatus.FAILED
    assert reason in str(execution.failure_reason)
    assert world.events() == ["ExecutionStarted", "ExecutionFailed"]
    assert world.unpublished() == 0
    assert world.messages() == []


def test_what_is_not_feedback_leaves_no_trace(world: World) -> None:
    for key in ("reports/x/report.html", "corrections/x.csv", "incoming/complaints/"):
        assert world.take(world.put(key, b"")).what == "ignored"
    assert world.events() == []


def test_the_suffix_is_not_believed(world: World) -> None:
    assert world.load("packed.csv", gzip.compress(b"feedback\na\n")).accepted == 1
    assert world.load("plain.csv.gz", b"feedback\na\n").accepted == 1
    assert world.load("lines.csv", b'{"feedback": "a"}\n').accepted == 1


def test_a_file_keeps_what_the_parameter_said_of_known_rows_when_it_came(world: World) -> None:
    assert world.load("one.csv", rows(2)).duplicates is Duplicates.KEEP
    event = world.put("two.csv", rows(40))
    world.settings = world.settings.model_copy(update={"duplicates": Duplicates.SKIP})
    world.take(event, rows_a_slice=15)
    world.settings = world.settings.model_copy(update={"duplicates": Duplicates.REPLACE})
    world.go_on()
    assert world.execution(event).duplicates is Duplicates.SKIP


def test_each_files_messages_are_a_group_so_that_others_can_pass_them(world: World) -> None:
    first, second = world.load("first.csv", rows(12)), world.load("second.csv", rows(3))

    assert world.message_groups() == {first.execution_id: 12, second.execution_id: 3}


def test_a_file_longer_than_its_first_look_is_estimated(world: World) -> None:
    event = world.put("large.csv", "feedback\n" + f"{'x' * 99}\n" * 10_000)
    world.take(event, rows_a_slice=10)
    checkpoint = world.execution(event).checkpoint
    assert checkpoint is not None
    assert checkpoint["estimated_rows"] == pytest.approx(10_000, rel=0.01)
