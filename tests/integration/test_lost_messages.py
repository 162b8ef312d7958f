"""Messages that SQS lost after ingest had sent them: their rows are sent again, or counted as failed."""

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from moto import mock_aws

from services.ingest.inbox import parse
from services.ingest.reader import Row
from services.ingest.refusal import RowRejected
from services.ingest.results import IngestResult
from services.ingest.sorter import message_of
from shared.changes import lifecycle
from shared.changes.replay import replay
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.messages import SendMissing
from shared.contracts.records import FileMessage, Record
from shared.platform.database import Database, Transaction
from shared.stores import execution_store, feedback_store
from shared.stores.feedback_store import Outcome, RowStatus
from shared.stores.feedback_store.replay import Failed
from tests.integration.ingest_world import BUCKET, World
from tests.unit.ingest.workbooks import a_workbook

KEY = "incoming/reviews.csv"
BAD_ROW = ",6\n"


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with mock_aws():
        yield World(database)


def sent(world: World, rows: int, bad: Collection[int] = ()) -> tuple[Execution, list[FileMessage]]:
    """A file whose rows were all sent; what was sent is in nobody's hands but the caller's."""
    lines = [BAD_ROW if number in bad else f"Text {number},4\n" for number in range(1, rows + 1)]
    execution = world.load(KEY, "feedback,stars\n" + "".join(lines))
    return execution, world.messages()


def write(world: World, execution: Execution, messages: Collection[FileMessage]) -> None:
    outcomes = [
        Outcome(
            record=Record.model_validate(message, from_attributes=True),
            status=RowStatus.LABELLED,
            label="Delivery",
        )
        for message in messages
    ]

    def work(tx: Transaction) -> None:
        execution_store.lock(tx, execution.execution_id)
        counts = feedback_store.write_outcomes(tx, execution.execution_id, outcomes)
        lifecycle.count_written(tx, execution.execution_id, counts)

    world.database.transact(work)


def now(world: World, execution: Execution) -> Execution:
    found = world.database.transact(lambda tx: execution_store.find(tx, execution.execution_id))
    assert found is not None
    return found


def carry_out(world: World, order: SendMissing, seconds: int = 1_000_000) -> tuple[IngestResult, int]:
    """The order, and what it orders in turn; returns the last answer and how many slices it took."""
    answer, slices = world.ingest().send_missing(order, world.clock.now + seconds), 1
    while bodies := world._receive(world.ingest_queue_url):
        for body in bodies:
            following = parse(body)
            assert isinstance(following, SendMissing)
            answer = world.ingest().send_missing(following, world.clock.now + seconds)
            slices += 1
    return answer, slices


def test_only_rows_that_nothing_is_known_of_are_sent_again_and_none_is_counted_twice(world: World) -> None:
    # GIVEN a file with two bad rows, of which every third message was lost
    execution, messages = sent(world, 30, bad=(4, 9))
    lost = [message for message in messages if message.row_number % 3 == 0]
    write(world, execution, [message for message in messages if message not in lost])

    # WHEN ingest is to send what is missing
    carry_out(world, SendMissing(execution_id=execution.execution_id))

    # THEN exactly those messages are sent, and the counts stand
    again = world.messages()
    assert again == lost
    assert now(world, execution).counts.model_dump(include={"rows_read", "accepted", "rejected"}) == {
        "rows_read": 30,
        "accepted": 28,
        "rejected": 2,
    }
    write(world, execution, again)
    assert now(world, execution).status is ExecutionStatus.CLASSIFIED


def test_rows_of_a_workbook_are_sent_again_as_they_were(world: World) -> None:
    header = [("Review Text", "Rating")]
    rows = [(f"Text {n}", n % 6) for n in range(30)]
    execution = world.load("incoming/reviews.xlsx", a_workbook([*header, *rows]))
    messages = world.messages()
    write(world, execution, messages[::2])

    carry_out(world, SendMissing(execution_id=execution.execution_id))

    assert world.messages() == messages[1::2]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ingest.missing._PAGE", 5)


@pytest.mark.usefixtures("small_pages")
def test_a_long_file_is_gone_through_in_slices(world: World) -> None:
    execution, messages = sent(world, 17)
    write(world, execution, messages[:6])

    answer, slices = carry_out(world, SendMissing(execution_id=execution.execution_id), seconds=0)

    assert slices == 4
    assert answer.resent is not None
    assert [message.row_number for message in world.messages()] == list(range(7, 18))


def test_rows_that_are_sent_again_are_of_their_files_group_again(world: World) -> None:
    execution, _ = sent(world, 6)

    carry_out(world, SendMissing(execution_id=execution.execution_id))

    assert world.message_groups() == {execution.execution_id: 6}


def test_an_execution_that_goes_on_meanwhile_is_left_alone(world: World) -> None:
    execution, messages = sent(world, 3)
    write(world, execution, messages)

    answer, _ = carry_out(world, SendMissing(execution_id=execution.execution_id))

    assert answer.what == "stale"
    assert world.messages() == []


def test_nothing_is_counted_while_messages_of_a_file_that_is_gone_may_only_be_late(world: World) -> None:
    execution, messages = sent(world, 3)
    write(world, execution, messages[:1])
    world.s3.delete_object(Bucket=BUCKET, Key=KEY)

    answer, _ = carry_out(world, SendMissing(execution_id=execution.execution_id))

    assert answer.resent is not None
    assert answer.resent.reason is not None
    assert now(world, execution).failed == 0


@pytest.mark.usefixtures("small_pages")
def test_rows_of_a_file_that_is_gone_are_counted_as_failed_in_the_end(world: World) -> None:
    # GIVEN a file of which every second message was lost, and which somebody deleted
    execution, messages = sent(world, 13, bad=(7,))
    write(world, execution, messages[::2])
    world.s3.delete_object(Bucket=BUCKET, Key=KEY)

    # WHEN it is given up, page by page
    order = SendMissing(execution_id=execution.execution_id, give_up=True)
    _, slices = carry_out(world, order, seconds=0)

    # THEN the execution goes on, its counters are its rows, and each lost row has its reason
    assert slices == 3
    ended = now(world, execution)
    assert ended.status is ExecutionStatus.CLASSIFIED
    assert (ended.labelled, ended.failed, ended.rejected) == (6, 6, 1)
    rows = world.database.transact(lambda tx: feedback_store.page(tx, execution.execution_id))
    failed = [row for row in rows if row.status is RowStatus.FAILED]
    assert [row.record_id for row in failed] == [message.record_id for message in messages[1::2]]
    assert {row.failure_reason for row in failed} == {feedback_store.missing.REASON}

    # AND a message that comes after all finds its row, and one without a text is not asked again
    write(world, execution, messages[1::2])
    assert now(world, execution).counts == ended.counts
    everything = Failed(execution_id=execution.execution_id)
    assert world.database.transact(lambda tx: replay(tx, everything)) == 0


def test_a_file_that_can_be_read_again_is_never_given_up(world: World) -> None:
    execution, messages = sent(world, 3)

    carry_out(world, SendMissing(execution_id=execution.execution_id, give_up=True))

    assert world.messages() == messages
    assert now(world, execution).failed == 0


def test_a_row_that_is_not_taken_any_more_is_counted_as_failed_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ingest was deployed with stricter rules between the first reading and the second."""
    execution, messages = sent(world, 3)

    def stricter(row: Row, *context: Any) -> FileMessage:
        if row.number == 2:
            raise RowRejected("stars: must be a whole number")
        return message_of(row, *context)

    monkeypatch.setattr("services.ingest.missing.message_of", stricter)
    carry_out(world, SendMissing(execution_id=execution.execution_id))
    assert world.messages() == [messages[0], messages[2]]
    assert now(world, execution).failed == 0

    carry_out(world, SendMissing(execution_id=execution.execution_id, give_up=True))

    [row] = world.database.transact(lambda tx: feedback_store.page(tx, execution.execution_id))
    assert (row.row_number, row.status) == (2, RowStatus.FAILED)
    assert str(row.failure_reason).endswith("would not be taken any more: stars: must be a whole number")
    write(world, execution, [messages[0], messages[2]])
    assert now(world, execution).status is ExecutionStatus.CLASSIFIED
