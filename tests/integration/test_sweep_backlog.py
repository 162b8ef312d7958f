"""What waits its turn in a queue does not stand still; what is not in the queue is found."""

from datetime import UTC, datetime
from functools import partial

import pytest

from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Database
from shared.stores import execution_store
from shared.stores.feedback_store import ParkedCause, RowStatus
from tests.builders import a_source
from tests.integration.sweep_world import FILE, World, a_file, published, write
from tests.mails import mail_of

SECOND = "second-0123456789abcdef"
HOURS = 4
"""Stall times in an hour."""
STAGES = [
    (ExecutionStatus.RECEIVING, "ingest"),
    (ExecutionStatus.CLASSIFIED, "categorize"),
    (ExecutionStatus.CATEGORIZED, "notify"),
]


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def a_second_file(world: World, accepted: int) -> None:
    world.transact(partial(lifecycle.start_file, execution_id=SECOND, profile="feedback", source=a_source()))
    counts = Counts(rows_read=accepted, accepted=accepted)
    world.transact(lambda tx: execution_store.save_slice(tx, SECOND, 0, {"offset": 1}, counts))
    world.transact(partial(lifecycle.close_receiving, execution_id=SECOND))
    published(world)


def pass_stall_times(world: World, number: int) -> int:
    """So many times 15 minutes, each with a sweep; returns how many executions stood still in the last."""
    stalled = 0
    for _ in range(number):
        world.age(seconds=901)
        stalled = world.sweep().figures["stalled"]
    return stalled


def is_in(world: World, status: ExecutionStatus, *ids: str) -> None:
    for execution_id in ids:
        world.execute("UPDATE execution SET status = %s WHERE execution_id = %s", status, execution_id)
    published(world)


def sent_again(world: World) -> list[str]:
    return [body["execution_id"] for body in world.queue.of("ingest") if body["kind"] == "send_missing"]


@pytest.mark.parametrize("held", [(9_000, 0, 0), (0, 9_000, 0), (0, 0, 9_000), (5_000, 1_000, 3_000)])
def test_a_second_large_file_waits_18_hours_behind_a_first_and_is_not_sent_again(
    world: World, held: tuple[int, int, int]
) -> None:
    a_file(world, accepted=5_000)
    a_second_file(world, accepted=4_000)
    world.queue.held["feedback"] = held

    assert pass_stall_times(world, 18 * HOURS) == 0

    assert world.queue.sent == []
    assert world.execution(SECOND).stalled_at is None


def test_the_second_files_rows_are_found_though_the_first_ones_wait(world: World) -> None:
    a_file(world, accepted=5_000)
    a_second_file(world, accepted=600)
    world.queue.held["feedback"] = (5_000, 0, 0)

    pass_stall_times(world, 1)

    assert sent_again(world) == [SECOND]
    [notice] = map(mail_of, world.queue.of("notify"))
    assert SECOND in notice.subject


def test_the_last_row_of_a_small_file_is_found_though_a_large_one_waits(world: World) -> None:
    a_second_file(world, accepted=5_000)
    a_file(world, accepted=3)
    write(world, 2, RowStatus.LABELLED)
    world.queue.held["feedback"] = (5_000, 0, 0)

    pass_stall_times(world, 1)

    assert sent_again(world) == [FILE]


def test_rows_that_are_lost_from_a_file_that_still_waits_are_found_when_the_others_are_written(
    world: World,
) -> None:
    a_file(world, accepted=10)
    world.queue.held["feedback"] = (8, 0, 0)
    pass_stall_times(world, 1)
    assert sent_again(world) == []

    write(world, 8, RowStatus.LABELLED)
    world.queue.held["feedback"] = (0, 0, 0)
    pass_stall_times(world, 1)

    assert sent_again(world) == [FILE]


def test_what_is_waiting_for_a_budget_is_not_looked_for_in_the_queue(world: World) -> None:
    a_second_file(world, accepted=50)
    a_file(world, accepted=100)
    write(world, 100, RowStatus.PARKED, ParkedCause.BUDGET)
    world.queue.held["feedback"] = (50, 0, 0)

    world.age(seconds=901)
    world.sweeping._attend_stalled(lambda: False, datetime.now(UTC).replace(tzinfo=None))

    assert sent_again(world) == []


def test_rows_that_are_asked_again_are_looked_for_in_the_queue(world: World) -> None:
    a_second_file(world, accepted=500)
    a_file(world, accepted=100)
    write(world, 100, RowStatus.PARKED, ParkedCause.REPLAY)
    for held, again in ((600, []), (500, [FILE])):
        world.queue.held["feedback"] = (held, 0, 0)
        world.age(seconds=901)

        world.sweeping._attend_stalled(lambda: False, datetime.now(UTC).replace(tzinfo=None))

        assert sent_again(world) == again


def test_an_execution_that_has_ended_is_looked_for_with_the_rows_that_are_asked_again(world: World) -> None:
    """And one that has more rows than it accepted is no reason not to look."""
    a_second_file(world, accepted=1)
    world.execute("UPDATE execution SET labelled = 2")
    a_file(world, accepted=2)
    write(world, 2, RowStatus.PARKED, ParkedCause.REPLAY)
    is_in(world, ExecutionStatus.COMPLETED, FILE)

    assert world.transact(lambda tx: execution_store.watch.owed(tx, ExecutionStatus.CLASSIFYING)) == 2


@pytest.mark.parametrize("status, queue", STAGES)
def test_what_waits_for_another_stage_behind_others_is_left_alone(
    world: World, status: ExecutionStatus, queue: str
) -> None:
    a_file(world)
    a_second_file(world, accepted=3)
    is_in(world, status, FILE, SECOND)
    world.queue.held[queue] = (1, 0, 1)

    assert pass_stall_times(world, 18 * HOURS) == 0

    assert (world.queue.sent, world.bus.events) == ([], [])


@pytest.mark.parametrize("status, queue", STAGES)
def test_what_is_missing_in_another_stages_queue_is_found(
    world: World, status: ExecutionStatus, queue: str
) -> None:
    a_file(world)
    a_second_file(world, accepted=3)
    is_in(world, status, FILE, SECOND)
    world.queue.held[queue] = (1, 0, 0)

    assert pass_stall_times(world, 1) == 2


def test_an_end_that_waits_for_notify_behind_others_is_not_announced_again(world: World) -> None:
    a_file(world)
    a_second_file(world, accepted=3)
    is_in(world, ExecutionStatus.COMPLETED, FILE, SECOND)
    world.queue.held["notify"] = (2, 0, 0)
    pass_stall_times(world, HOURS)
    assert world.bus.events == []

    world.queue.held["notify"] = (1, 0, 0)
    pass_stall_times(world, 1)

    assert world.bus.events == ["ExecutionCategorized"] * 2


def test_what_has_waited_for_a_day_is_pushed_for_the_queue_may_hold_others_messages_but_never_ended(
    world: World,
) -> None:
    a_file(world)
    is_in(world, ExecutionStatus.RECEIVING, FILE)
    world.queue.held["ingest"] = (7, 0, 0)
    assert pass_stall_times(world, 24 * HOURS - 1) == 0

    assert pass_stall_times(world, 24 * HOURS) == 1

    assert world.execution().status is ExecutionStatus.RECEIVING
    assert {body["kind"] for body in world.queue.of("ingest")} == {"continue_ingest"}


def test_rows_of_a_file_that_is_gone_are_not_counted_as_failed_while_they_may_wait(world: World) -> None:
    a_file(world, accepted=10)
    world.queue.held["feedback"] = (10, 0, 0)

    pass_stall_times(world, 60 * HOURS)

    orders = world.queue.of("ingest")
    assert 1 <= len(orders) <= 3
    assert not any(order["give_up"] for order in orders)


def test_sqs_is_asked_once_a_sweep_and_only_for_queues_in_which_somebody_may_wait(world: World) -> None:
    a_file(world)
    a_second_file(world, accepted=3)
    world.sweep()
    assert world.queue.asked == []

    pass_stall_times(world, 1)

    assert world.queue.asked == ["feedback"]


def test_while_sqs_does_not_say_what_waits_nothing_is_sent_again(world: World) -> None:
    a_file(world)
    world.age(seconds=901)
    world.queue.refusals = 1

    assert list(world.sweep().failed) == ["stalled"]
    assert world.execution().stalled_at is None

    world.sweep()
    assert sent_again(world) == [FILE]
