"""Files in S3 become messages, slice by slice, and each row is accounted for."""

import gzip
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import pytest
from moto import mock_aws

from services.ingest import ingest, rejects
from services.ingest.slices import SliceRunner
from shared.contracts.errors import TransientError
from shared.contracts.execution import Duplicates, Execution, ExecutionStatus
from shared.contracts.messages import ContinueIngest
from shared.platform.database import Database
from shared.platform.named_lock import LockBusy, named_lock
from shared.platform.publisher import Publisher
from shared.platform.queue_batches import NotSent
from shared.stores import execution_store
from tests.integration.ingest_world import BUCKET, World
from tests.unit.ingest.workbooks import a_workbook, zipped

HEADER = "id,product_name,store,stars,title,feedback,date\n"


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with mock_aws():
        yield World(database)


def rows(count: int, **changes: Any) -> str:
    row = {"stars": "4", "feedback": "Text number {n}", "date": "2024-03-05"} | changes
    line = f"r{{n}},Lamp,Berlin,{row['stars']},Title {{n}},{row['feedback']},{row['date']}\n"
    return HEADER + "".join(line.format(n=n) for n in range(1, count + 1))


def counts(execution: Execution) -> tuple[int, int, int]:
    return execution.rows_read, execution.accepted, execution.rejected


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


def test_bad_rows_are_written_down_with_number_reason_and_text_and_cannot_be_formulas(world: World) -> None:
    text = HEADER + 'a,,,3,,fine,\n"=1+1",,,,,,\nb,,,9,,stars,\nc,,,1,,date,31/31/2024\nshort\n'
    execution = world.load("reviews.csv", text)
    assert counts(execution) == (5, 3, 2)
    assert execution.status is ExecutionStatus.CLASSIFYING
    assert world.rejected_csv(execution).splitlines() == [
        '"row","reason","raw"',
        '"2","feedback: there is no text","""=1+1"",,,,,,"',
        '"5","has 1 columns, the header 7: quote texts that hold the delimiter","short"',
    ]


def test_a_rejected_row_that_begins_like_a_formula_is_text_in_the_csv(world: World) -> None:
    execution = world.load("reviews.csv", "feedback,stars\n=HYPERLINK(1),9,9\n")
    assert '"\'=HYPERLINK(1),9,9"' in world.rejected_csv(execution)


def test_values_that_cannot_be_read_cost_no_row_and_are_counted_over_slices(world: World) -> None:
    text = "feedback,stars,date,title\n" + "".join(
        f"Text {n},{'great' if n % 2 else 4},{'soon ' + str(n) if n % 3 == 0 else '2024-03-05'},Fine\n"
        for n in range(1, 41)
    )
    event = world.put("reviews.csv", text)
    world.take(event, rows_a_slice=15)
    assert world.go_on(rows_a_slice=15) >= 3
    sent = world.messages()
    assert counts(world.execution(event)) == (40, 40, 0)
    assert [sent[0].raw_values, sent[1].raw_values] == [{"stars": "great"}, {}]
    assert sent[2].raw_values == {"stars": "great", "date": "soon 3"}
    checkpoint = world.execution(event).checkpoint
    assert checkpoint is not None
    assert checkpoint["unread"] == {
        "stars": {"rows": 20, "examples": ["great"]},
        "date": {"rows": 13, "examples": ["soon 3", "soon 6", "soon 9"]},
    }


def test_the_scale_of_ratings_is_found_over_slices_and_holds_for_the_whole_file(world: World) -> None:
    event = world.put("reviews.csv", "feedback,stars\n" + "Poor,4\n" * 30 + "Good,9\n" * 10)
    world.take(event, rows_a_slice=15)
    world.go_on(rows_a_slice=15)
    assert {(str(message.feedback.stars), *message.raw_values.values()) for message in world.messages()} == {
        ("2.0", "4"),
        ("4.5", "9"),
    }
    checkpoint = world.execution(event).checkpoint
    assert checkpoint is not None
    assert (checkpoint["stars_scale"], checkpoint["unread"]) == (10, {})


def test_what_the_names_of_columns_say_holds_where_no_value_tells(world: World) -> None:
    execution = world.load("reviews.csv", "Comment,Rating (out of 10),Date (DD/MM/YYYY)\nPoor,3,05/03/2024\n")
    [message] = world.messages()
    assert (str(message.feedback.stars), message.raw_values) == ("1.5", {"stars": "3"})
    assert str(message.feedback.date)[:10] == "2024-03-05"
    assert execution.checkpoint is not None
    assert (execution.checkpoint["stars_scale"], execution.checkpoint["date_order"]) == (10, "day_first")


def test_many_rejected_rows_stand_in_the_csv_in_their_order(world: World) -> None:
    execution = world.load("reviews.csv", rows(1203, feedback=""))
    positions = [line.split(",")[0] for line in world.rejected_csv(execution).splitlines()[1:]]
    assert positions == [f'"{n}"' for n in range(1, 1204)]


@pytest.mark.parametrize("bound, most", [("_MOST_ROWS", 1000), ("_MOST_BYTES", 50_000)])
def test_of_too_many_rejected_rows_the_csv_has_the_first_and_how_many_follow(
    world: World, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    monkeypatch.setattr(rejects, bound, most)
    execution = world.load("reviews.csv", rows(1203, feedback=""))

    *first, last = world.rejected_csv(execution).splitlines()[1:]
    assert len(first) < 1203
    more = 1203 - len(first)
    assert last == f'"","{more} more rows were not taken: all are in table rejected_row",""'
    assert counts(execution) == (1203, 0, 1203)


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


def test_a_file_keeps_what_the_parameter_said_of_known_rows_when_it_came(world: World) -> None:
    assert world.load("one.csv", rows(2)).duplicates is Duplicates.KEEP
    event = world.put("two.csv", rows(40))
    world.settings = world.settings.model_copy(update={"duplicates": Duplicates.SKIP})
    world.take(event, rows_a_slice=15)
    world.settings = world.settings.model_copy(update={"duplicates": Duplicates.REPLACE})
    world.go_on()
    assert world.execution(event).duplicates is Duplicates.SKIP


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


def test_one_date_decides_for_the_whole_file(world: World) -> None:
    text = "feedback,date\na,5/3/2024\nb,25/3/2024\nc,6/3/2024\n"
    execution = world.load("reviews.csv", text)
    assert [str(message.feedback.date)[:10] for message in world.messages()] == [
        "2024-03-05",
        "2024-03-25",
        "2024-03-06",
    ]
    assert execution.checkpoint is not None
    assert execution.checkpoint["date_order"] == "day_first"


def test_the_search_for_a_deciding_date_goes_on_over_slices(world: World) -> None:
    text = "feedback,date\n" + "a,5/3/2024\n" * 50 + "b,25/3/2024\n"
    event = world.put("reviews.csv", text)
    world.take(event, rows_a_slice=20)
    searching = world.execution(event)
    assert (searching.rows_read, searching.ingest_slice) == (0, 1)
    assert searching.checkpoint is not None
    assert searching.checkpoint["phase"] == "dates"
    world.go_on(rows_a_slice=20)
    assert {str(message.feedback.date)[:7] for message in world.messages()} == {"2024-03"}


def test_dates_that_decide_nothing_are_read_by_the_parameter(database: Database) -> None:
    with mock_aws():
        world = World(database, date_order="day_first")
        world.load("reviews.csv", "feedback,date\na,5/3/2024\n")
        [message] = world.messages()
    assert str(message.feedback.date)[:10] == "2024-03-05"


def test_a_table_with_semicolons_puts_the_day_first_if_nothing_says_otherwise(database: Database) -> None:
    text = "feedback;date\na;5/3/2024\n"
    for order, day in ((None, "2024-03-05"), ("month_first", "2024-05-03")):
        with mock_aws():
            world = World(database, date_order=order)
            world.load(f"{order}.csv", text)
            [message] = world.messages()
        assert str(message.feedback.date)[:10] == day


def test_each_files_messages_are_a_group_so_that_others_can_pass_them(world: World) -> None:
    first, second = world.load("first.csv", rows(12)), world.load("second.csv", rows(3))

    assert world.message_groups() == {first.execution_id: 12, second.execution_id: 3}


def test_a_file_longer_than_its_first_look_is_estimated(world: World) -> None:
    event = world.put("large.csv", "feedback\n" + f"{'x' * 99}\n" * 10_000)
    world.take(event, rows_a_slice=10)
    checkpoint = world.execution(event).checkpoint
    assert checkpoint is not None
    assert checkpoint["estimated_rows"] == pytest.approx(10_000, rel=0.01)


def test_columns_that_nobody_knows_are_named_in_the_checkpoint_and_sent_along(world: World) -> None:
    execution = world.load("reviews.csv", "colour,feedback\nred,a\n")
    assert execution.checkpoint is not None
    assert execution.checkpoint["layout"]["ignored_columns"] == ["colour"]
    assert [message.segments for message in world.messages()] == [{"colour": "red"}]


def test_columns_of_other_names_are_read_and_noted(world: World) -> None:
    execution = world.load("reviews.csv", "Review Text,Rating\nlate,4\n")
    [message] = world.messages()
    assert message.feedback.feedback == "late"
    assert message.feedback.stars == 4
    assert execution.checkpoint is not None
    assert execution.checkpoint["layout"]["read_from"] == {"feedback": "Review Text", "stars": "Rating"}


def test_the_object_s_metadata_says_which_column_holds_what(world: World) -> None:
    said = {"columns": "feedback=2; title=Comment"}
    execution = world.load("reviews.csv", "Comment,コメント\nshort,late\n", said)
    [message] = world.messages()
    assert (message.feedback.feedback, message.feedback.title) == ("late", "short")
    assert execution.checkpoint is not None
    assert execution.checkpoint["layout"]["read_from"] == {"feedback": "コメント", "title": "Comment"}


def test_any_character_that_a_text_can_hold_reaches_the_queue(world: World) -> None:
    odd = "\x01 \x7f \u2028 \uffff \ufffe 😀"
    world.load("reviews.jsonl", json.dumps({"feedback": odd}) + "\n")
    [message] = world.messages()
    assert message.feedback.feedback == odd


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
