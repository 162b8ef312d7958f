"""A file is read slice by slice: whatever dies or runs twice, each row counts once."""

import gzip
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import pytest
from moto import mock_aws

from services.ingest import ingest
from services.ingest.slices import SliceRunner
from shared.contracts.errors import TransientError
from shared.contracts.execution import ExecutionStatus
from shared.contracts.messages import ContinueIngest
from shared.platform.database import Database
from shared.platform.named_lock import LockBusy, named_lock
from shared.platform.publisher import Publisher
from shared.stores import execution_store
from tests.integration.ingest_files import counts, rows
from tests.integration.ingest_world import BUCKET, World
from tests.unit.ingest.around_tables import TABLES
from tests.unit.ingest.nested_json import NESTED
from tests.unit.ingest.workbooks import a_workbook, zipped


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with mock_aws():
        yield World(database)


def workbook(text: str) -> bytes:
    return a_workbook(line.split(",") for line in text.splitlines())


@pytest.mark.parametrize(
    "pack",
    [
        str.encode,
        lambda text: gzip.compress(text.encode()),
        lambda text: zipped({"a.csv": text}),
        lambda text: zipped({"a.xlsx": workbook(text)}),
        workbook,
    ],
)
def test_a_file_is_worked_in_slices_each_from_where_the_last_one_ended(world: World, pack: Any) -> None:
    event = world.put("reviews.csv", pack("feedback,date\n" + "Late,25/3/2024\n" * 40))
    world.take(event, rows_a_slice=15)
    halfway = world.execution(event)
    assert 0 < halfway.rows_read < 20
    assert halfway.status is ExecutionStatus.RECEIVING

    assert world.go_on(rows_a_slice=15) >= 2

    assert [message.row_number for message in world.messages()] == list(range(1, 41))
    assert counts(world.execution(event)) == (40, 40, 0)
    assert world.execution(event).status is ExecutionStatus.CLASSIFYING


def test_slices_with_time_for_one_row_come_to_an_end(world: World) -> None:
    event = world.put("reviews.csv", "id,feedback,date\n1,a,5/3/2024\nid,feedback,date\n2,b,6/3/2024\n,,\n")
    world.take(event, rows_a_slice=1)
    assert world.go_on(rows_a_slice=1) < 15
    assert [message.feedback.feedback for message in world.messages()] == ["a", "b"]
    assert world.execution(event).status is ExecutionStatus.CLASSIFYING


def test_where_a_file_breaks_off_is_told_once_however_short_the_slices_are(world: World) -> None:
    event = world.put("reviews.json", '[{"feedback": "a", "date": "5/3/2024"}, {"feedback": "b"}, {"feed')
    world.take(event, rows_a_slice=1)
    assert world.go_on(rows_a_slice=1) < 10
    assert counts(world.execution(event)) == (3, 2, 1)


@pytest.mark.parametrize("name", [*TABLES, *NESTED])
def test_a_file_of_any_form_is_worked_in_slices(world: World, name: str) -> None:
    """The forms are those of the unit tests; here their layout is saved and read between any two rows."""
    data = (TABLES | NESTED)[name]
    event = world.put("reviews.csv", data)
    world.take(event, rows_a_slice=2)
    world.go_on(rows_a_slice=2)
    read = [message.feedback.feedback for message in world.messages()]
    assert read == (["Good, really", "Bad"] if name in TABLES else ["Came late"])


def test_a_json_list_is_worked_in_slices(world: World) -> None:
    event = world.put("reviews.json", json.dumps([{"body": f"Text {n}"} for n in range(1, 41)], indent=2))
    world.take(event, rows_a_slice=15)
    assert world.go_on(rows_a_slice=15) >= 2

    sent = world.messages()
    assert [(message.row_number, message.feedback.feedback) for message in sent] == [
        (n, f"Text {n}") for n in range(1, 41)
    ]
    assert counts(world.execution(event)) == (40, 40, 0)


def test_a_message_for_a_slice_that_is_done_is_dropped(world: World) -> None:
    event = world.put("reviews.csv", rows(40))
    world.take(event, rows_a_slice=15)
    stale = ContinueIngest(execution_id=event.execution_id, slice=0)
    assert world.ingest().go_on(stale, 1e9).what == "stale"
    assert world.ingest().go_on(ContinueIngest(execution_id="nobody", slice=0), 1e9).what == "stale"
    world.go_on()
    assert len(world.messages()) == 40


def test_a_slice_that_dies_before_its_checkpoint_is_repeated_and_counts_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = world.put("reviews.csv", rows(5) + ",,,,,,2024-03-05\n" * 4)

    def die(*_: object) -> bool:
        raise TransientError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(execution_store, "save_slice", die)
        with pytest.raises(TransientError):
            world.take(event)
    assert counts(world.execution(event)) == (0, 0, 0)

    world.take(event)

    execution = world.execution(event)
    assert counts(execution) == (9, 5, 4)
    assert sorted(message.row_number for message in world.messages()) == sorted([1, 2, 3, 4, 5] * 2)
    assert [row.position for row in world.rejected(execution)] == ["6", "7", "8", "9"]


def test_a_message_to_go_on_that_was_never_published_is_left_in_the_outbox(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = world.put("reviews.csv", rows(30))
    monkeypatch.setattr(Publisher, "send", lambda *_: ())
    world.take(event, rows_a_slice=15)
    assert world.events() == ["ExecutionStarted", "ContinueIngest"]
    assert world.unpublished() == 2


def test_a_publication_that_fails_fails_nothing_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise TransientError("the bus is away")

    monkeypatch.setattr(Publisher, "send", fail)
    assert world.take(world.put("reviews.csv", rows(3))).what == "worked"
    assert world.unpublished() == 2


def test_no_second_function_works_on_a_file_at_the_same_time(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "_LOCK_SECONDS", 0)
    event = world.put("reviews.csv", rows(2))
    other = type(database)(database._settings, database._secret)
    with named_lock(other, f"ingest {event.execution_id}"), pytest.raises(LockBusy):
        world.take(event)
    other.close()
    assert world.take(event).what == "worked"


def test_a_slice_whose_message_comes_before_the_last_run_has_ended_waits_for_it(
    world: World, database: Database
) -> None:
    """The message is sent within the lock: to put it off would cost each slice half a minute."""
    event = world.put("reviews.csv", rows(30))
    world.take(event, rows_a_slice=15)
    other = type(database)(database._settings, database._secret)
    with named_lock(other, f"ingest {event.execution_id}"), ThreadPoolExecutor(1) as pool:
        going_on = pool.submit(world.go_on)
        sleep(0.3)
        assert not going_on.done()
        other.close()  # the lock ends with its connection
    assert going_on.result() >= 1


def test_a_damaged_archive_keeps_its_readable_rows_and_says_where_it_broke(world: World) -> None:
    table = "feedback\n" + "".join(f"{random.Random(n).random()}\n" for n in range(400))
    whole = gzip.compress(table.encode())
    execution = world.load("reviews.csv.gz", whole[: len(whole) // 2])
    *_, last = world.messages()
    [broken] = world.rejected(execution)
    assert execution.status is ExecutionStatus.CLASSIFYING
    assert 100 < last.row_number == execution.accepted < 300
    assert broken.position == str(last.row_number + 1)
    assert "the gzip data ends too early: upload the file again" in broken.reason


@pytest.mark.parametrize("change", ["replaced", "deleted"])
def test_a_file_that_changes_while_it_is_read_fails_and_says_so(world: World, change: str) -> None:
    event = world.put("reviews.csv", rows(40))
    world.take(event, rows_a_slice=15)
    if change == "replaced":
        world.s3.put_object(Bucket=BUCKET, Key="reviews.csv", Body=rows(50).encode())
    else:
        world.s3.delete_object(Bucket=BUCKET, Key="reviews.csv")
    world.go_on()
    execution = world.execution(event)
    assert execution.status is ExecutionStatus.FAILED
    assert f"the file was {change}" in str(execution.failure_reason)


def test_a_second_run_of_a_slice_does_not_fail_the_file_that_the_first_has_read(world: World) -> None:
    """Its lock ended with its connection, another run closed the file, and then somebody deleted it."""
    event = world.put("incoming/reviews.csv", "feedback\nfine\n")
    world.take(event, rows_a_slice=0)
    stale = world.execution(event)
    world.go_on()
    read = world.execution(event)
    world.s3.delete_object(Bucket="data", Key="incoming/reviews.csv")

    SliceRunner(world.deps()).run(stale, world.clock.now + 1_000)

    assert read.status is ExecutionStatus.CLASSIFYING
    assert world.execution(event) == read
