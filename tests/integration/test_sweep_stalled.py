"""What stands still: pushed, told once, given up."""

from datetime import UTC, date, datetime

import pytest

from services.sweep.stalled import attend
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import ExecutionStatus, Usage
from shared.platform.database import Database, Transaction
from shared.platform.outbox import Outgoing
from shared.stores import execution_store
from shared.stores.feedback_store import RowStatus
from tests.integration.sweep_world import (
    FILE,
    MODEL,
    World,
    a_file,
    open_day,
    published,
    write,
)
from tests.mails import mail_of


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_a_file_whose_reading_stopped_is_read_on_from_its_checkpoint(world: World) -> None:
    a_file(world, closed=False)
    world.age(seconds=901)

    assert world.sweep().figures["stalled"] == 1

    assert world.queue.of("ingest") == [{"kind": "continue_ingest", "execution_id": FILE, "slice": 1}]


@pytest.mark.parametrize(
    "status, event",
    [
        (ExecutionStatus.CLASSIFIED, "ExecutionClassified"),
        (ExecutionStatus.CATEGORIZED, "ExecutionCategorized"),
    ],
)
def test_the_stage_event_is_repeated(world: World, status: ExecutionStatus, event: str) -> None:
    a_file(world)
    world.transact(lambda tx: execution_store.set_status(tx, FILE, status))
    world.age(seconds=901)

    world.sweep()

    assert world.bus.events == [event]


def test_rows_that_did_not_come_are_sent_again_ever_more_seldom_and_given_up_after_a_day(
    world: World,
) -> None:
    a_file(world)
    write(world, 1, RowStatus.LABELLED)
    published(world)
    quarters = []
    for quarter in range(1, 150):
        world.age(seconds=901)
        world.sweeping._attend_stalled(lambda: False, datetime.now(UTC).replace(tzinfo=None))
        if orders := world.queue.of("ingest"):
            quarters.append((quarter, [order["give_up"] for order in orders]))
            assert {(order["kind"], order["execution_id"]) for order in orders} == {("send_missing", FILE)}
            world.queue.sent = [each for each in world.queue.sent if each[0] != "ingest"]

    assert [quarter for quarter, _ in quarters] == [1, 2, 3, 5, 10, 19, 37, 73, 96, 146]
    assert [given_up for _, given_up in quarters] == [[False]] * 8 + [[True]] * 2
    [notice] = map(mail_of, world.queue.of("notify"))
    assert "sent again from the file" in notice.text


def test_direct_feedback_counts_by_being_written_and_is_not_looked_for_in_a_file(world: World) -> None:
    day = open_day(world, days_ago=1)
    world.execute("UPDATE execution SET status = 'classifying', open_profile = NULL, accepted = 1")
    world.age(seconds=901)
    published(world)

    world.sweep()

    assert world.execution(day).stalled_at is not None
    assert world.queue.of("ingest") == []


def test_people_are_told_once_and_the_push_is_repeated(world: World) -> None:
    a_file(world, closed=False)
    for _ in range(3):
        world.age(seconds=901)
        assert world.sweep().figures["stalled"] == 1

    [notice] = map(mail_of, world.queue.of("notify"))
    assert FILE in notice.subject
    assert "0 of 3 accepted records are done" in notice.text
    assert len(world.queue.of("ingest")) == 3


def test_a_sweep_in_between_neither_pushes_nor_forgets_that_it_stands_still(world: World) -> None:
    a_file(world, closed=False)
    world.age(seconds=901)
    world.sweep()
    world.age(seconds=60)

    assert world.sweep().figures["stalled"] == 1
    assert len(world.queue.of("ingest")) == 1


def test_what_goes_on_again_stands_still_no_more(world: World) -> None:
    a_file(world)
    world.age(seconds=901)
    assert world.sweep().figures["stalled"] == 1

    write(world, 1, RowStatus.LABELLED)

    assert world.sweep().figures["stalled"] == 0


def test_reading_on_counts_as_progress(world: World) -> None:
    a_file(world, closed=False)
    world.age(seconds=901)
    world.sweep()

    counts = Counts(rows_read=5, accepted=5)
    world.transact(lambda tx: execution_store.save_slice(tx, FILE, 1, {"offset": 2}, counts))

    assert world.sweep().figures["stalled"] == 0


def test_what_moved_since_it_was_seen_is_left_alone(world: World) -> None:
    a_file(world, closed=False)
    seen = world.execution()
    write(world, 1, RowStatus.LABELLED)

    now = datetime.now(UTC).replace(tzinfo=None)

    def attending(tx: Transaction) -> list[Outgoing]:
        attend(tx, seen, MODEL, now)
        return tx.announced

    assert world.transact(attending) == []
    assert world.execution().stalled_at is None


def test_an_execution_of_which_all_is_written_is_settled_instead_of_reported(world: World) -> None:
    a_file(world, accepted=1, closed=False)
    write(world, 1, RowStatus.LABELLED)
    world.execute("UPDATE execution SET status = 'classifying'")
    world.age(seconds=901)

    assert world.sweep().figures["stalled"] == 0

    assert world.execution().status is ExecutionStatus.CLASSIFIED
    assert world.bus.events == ["ExecutionClassified"]
    assert world.queue.sent == []


def test_what_makes_progress_or_is_over_or_open_is_left_alone(world: World) -> None:
    a_file(world)
    world.transact(lambda tx: lifecycle.open_direct(tx, "feedback", date(2026, 11, 22)))
    world.age(seconds=901)
    world.transact(lambda tx: execution_store.set_status(tx, FILE, ExecutionStatus.COMPLETED))
    world.transact(lambda tx: execution_store.set_notified(tx, FILE, 0))
    world.age(seconds=901)
    published(world)

    assert world.sweep().figures["stalled"] == 0
    assert world.queue.sent == []


def test_calls_of_the_model_are_progress(world: World) -> None:
    """A discovery may embed and judge for longer than executions usually take."""
    a_file(world)
    world.transact(lambda tx: execution_store.set_status(tx, FILE, ExecutionStatus.CLASSIFIED))
    world.age(seconds=901)
    world.transact(lambda tx: execution_store.add_usage(tx, FILE, Usage(calls=1)))

    assert world.sweep().figures["stalled"] == 0


@pytest.mark.parametrize(
    "status, ends_as, event",
    [
        (ExecutionStatus.RECEIVING, ExecutionStatus.FAILED, "ExecutionFailed"),
        (ExecutionStatus.CLASSIFIED, ExecutionStatus.CATEGORIZED, "ExecutionCategorized"),
    ],
)
def test_a_stage_that_was_pushed_for_a_day_in_vain_ends_in_its_event(
    world: World, status: ExecutionStatus, ends_as: ExecutionStatus, event: str
) -> None:
    a_file(world, closed=False)
    if status is not ExecutionStatus.RECEIVING:
        world.transact(lambda tx: execution_store.set_status(tx, FILE, status))
    world.age(hours=23)
    world.sweep()
    world.age(hours=1)
    world.sweep()
    assert world.execution().status is status

    world.execute("UPDATE execution SET last_progress_at = last_progress_at - INTERVAL 2 HOUR")
    world.age(seconds=901)
    world.sweep()

    assert world.execution().status is ends_as
    assert world.bus.events[-1] == event
