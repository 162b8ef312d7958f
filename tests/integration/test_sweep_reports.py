"""Reports that cannot be drawn, are to be drawn again, or ended unheard."""

import json
from collections.abc import Callable
from functools import partial

import pytest

from shared.changes import lifecycle
from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Database, Transaction
from shared.platform.telemetry import EVERY_SERVICE
from shared.stores import execution_store
from shared.stores.feedback_store import RowStatus
from tests.integration.sweep_world import (
    FILE,
    World,
    a_file,
    published,
    write,
)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def unreported(world: World) -> None:
    """The file, a day after it was categorized: notify could draw no report of it."""
    a_file(world, accepted=1)
    write(world, 1, RowStatus.LABELLED)
    world.transact(lambda tx: lifecycle.categorized(tx, FILE, failed=False))
    for _ in range(2):
        world.age(hours=25)
        published(world)
        world.sweep()


def test_a_report_that_cannot_be_drawn_is_given_up_after_a_day_and_people_are_told(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    unreported(world)

    execution = world.execution()
    assert execution.status is ExecutionStatus.FAILED
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [(line["service"], line["ExecutionsGivenUp"]) for line in written] == [(EVERY_SERVICE, [1])]
    assert "report could not be drawn" in str(execution.failure_reason)
    assert world.bus.events == ["ExecutionCategorized", "ExecutionFailed"]


def test_a_report_that_was_given_up_is_drawn_by_order_and_when_its_rows_change(world: World) -> None:
    for work in (world.sweeping.redraw, lambda key: world.sweeping._database.transact(revising(key))):
        world.execute("DELETE FROM customer_feedback")
        world.execute("DELETE FROM execution")
        unreported(world)
        world.transact(lambda tx: execution_store.set_notified(tx, FILE, 0))
        world.bus.events.clear()

        work(FILE)

        assert world.bus.events == ["ExecutionCategorized"]
        execution = world.execution()
        assert (execution.status, execution.failure_reason) == (ExecutionStatus.CATEGORIZED, None)
        assert execution.notified_revision is None


def revising(execution_id: str) -> Callable[[Transaction], bool]:
    return partial(lifecycle.revise, execution_id=execution_id, reason="a label was corrected")


def test_the_report_of_a_completed_execution_is_drawn_anew_by_order(world: World) -> None:
    a_file(world)
    world.transact(lambda tx: execution_store.set_status(tx, FILE, ExecutionStatus.COMPLETED))

    world.sweeping.redraw(FILE)
    world.sweeping.redraw("another-file")

    assert world.bus.events == ["ExecutionRevised"]
    assert world.execution().revision == 1


@pytest.mark.parametrize(
    "status, notified, event",
    [
        (ExecutionStatus.COMPLETED, None, "ExecutionCategorized"),
        (ExecutionStatus.COMPLETED, 0, "ExecutionRevised"),
        (ExecutionStatus.FAILED, None, "ExecutionFailed"),
    ],
)
def test_an_end_that_nobody_was_told_of_is_announced_again(
    world: World, status: ExecutionStatus, notified: int | None, event: str
) -> None:
    """SNS was away for longer than a message is tried, and it lies in the dead-letter queue."""
    a_file(world)
    world.transact(lambda tx: execution_store.set_status(tx, FILE, status, "no header"))
    if notified is not None:
        world.transact(lambda tx: execution_store.set_notified(tx, FILE, notified))
        world.transact(lambda tx: execution_store.revise(tx, FILE))
    world.age(seconds=901)

    world.sweep()
    world.age(seconds=60)
    world.sweep()

    assert world.bus.events == [event]
    assert world.queue.sent == []


def test_a_tracker_that_was_not_resumed_is_thought_of_again(world: World) -> None:
    a_file(world)
    world.transact(lambda tx: execution_store.set_task_token(tx, FILE, "token"))
    world.transact(lambda tx: execution_store.set_status(tx, FILE, ExecutionStatus.COMPLETED))
    world.transact(lambda tx: execution_store.set_notified(tx, FILE, 0))
    world.age(seconds=901)
    world.sweep()
    assert world.bus.events == ["ExecutionRevised"]

    world.transact(lambda tx: execution_store.forget_task_token(tx, FILE, "token"))
    world.age(seconds=901)
    world.sweep()
    assert world.bus.events == ["ExecutionRevised"]
