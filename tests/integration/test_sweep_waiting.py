"""Executions that wait for a budget or for the model do not stand still."""

from functools import partial

import pytest

from shared.changes import lifecycle
from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Database
from shared.stores import execution_store, model_health_store
from shared.stores.feedback_store import ParkedCause, RowStatus
from tests.builders import a_source
from tests.integration.sweep_world import (
    FILE,
    MODEL,
    World,
    a_file,
    reach_budget,
    write,
)
from tests.mails import mail_of


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_an_execution_that_waits_for_a_budget_does_not_stand_still(world: World) -> None:
    a_file(world)
    write(world, 2, RowStatus.LABELLED)
    write(world, 1, RowStatus.PARKED, ParkedCause.BUDGET, first=3)
    reach_budget(world, "5")
    world.age(seconds=901)
    waiting = World(world.database, execution_budget_usd=5)

    assert set(waiting.sweep().figures.values()) == {0}
    assert waiting.queue.sent == []


@pytest.mark.parametrize(
    "status, event",
    [(ExecutionStatus.RECEIVING, "ingest"), (ExecutionStatus.CATEGORIZED, "ExecutionCategorized")],
)
def test_rows_that_wait_for_a_budget_keep_no_other_stage_from_being_pushed(
    world: World, status: ExecutionStatus, event: str
) -> None:
    a_file(world, closed=False)
    write(world, 1, RowStatus.PARKED, ParkedCause.BUDGET)
    reach_budget(world, "5")
    if status is not ExecutionStatus.RECEIVING:
        world.transact(lambda tx: execution_store.set_status(tx, FILE, status))
    world.age(seconds=901)
    waiting = World(world.database, execution_budget_usd=5)

    assert waiting.sweep().figures["stalled"] == 1
    assert event in [url for url, _ in waiting.queue.sent] + waiting.bus.events


def test_while_the_model_is_known_to_be_away_nobody_who_waits_for_it_stands_still(world: World) -> None:
    a_file(world)
    world.transact(lambda tx: model_health_store.write(tx, MODEL, "unavailable"))
    world.age(seconds=901)
    assert world.sweep().figures["stalled"] == 0

    world.transact(lambda tx: model_health_store.write(tx, MODEL, "available"))

    assert world.sweep().figures["stalled"] == 1


def test_people_are_reminded_once_of_what_has_waited_for_a_day(world: World) -> None:
    a_file(world)
    write(world, 1, RowStatus.PARKED, ParkedCause.BUDGET)
    reach_budget(world, "5")
    poor = World(world.database, execution_budget_usd=5)
    poor.age(hours=23)
    assert poor.sweep().figures["stalled"] == 0
    assert poor.queue.of("notify") == []

    poor.age(hours=2)

    # None stands still: an alarm that is on for one that waits would not tell of another.
    assert [poor.sweep().figures["stalled"] for _ in range(2)] == [0, 0]
    [reminder] = map(mail_of, poor.queue.of("notify"))
    assert reminder.subject == f"Still waiting: {FILE}"
    assert poor.queue.of("ingest") == []


@pytest.mark.parametrize("cause", [ParkedCause.BUDGET, ParkedCause.MODEL, ParkedCause.REPLAY])
@pytest.mark.parametrize("health", ["available", "unavailable", "needs_person"])
def test_of_two_that_made_no_progress_for_days_only_the_one_that_waits_for_nothing_counts(
    world: World, cause: ParkedCause, health: model_health_store.ModelHealth
) -> None:
    a_file(world)
    write(world, 1, RowStatus.PARKED, cause)
    world.transact(
        lambda tx: lifecycle.start_file(tx, "other", "feedback", a_source(key="incoming/other.csv"))
    )
    reach_budget(world, "5")
    world.transact(lambda tx: model_health_store.write(tx, MODEL, health))
    poor = World(world.database, execution_budget_usd=5)
    poor.age(hours=25)

    waits = cause is not ParkedCause.REPLAY or health != "available"
    assert [poor.sweep().figures["stalled"] for _ in range(2)] == [1 if waits else 2] * 2


def test_executions_that_wait_keep_the_sweeper_from_no_other(world: World) -> None:
    for number in range(5):
        source = a_source()
        world.transact(
            partial(lifecycle.start_file, execution_id=f"file-{number}", profile="feedback", source=source)
        )
        world.execute("UPDATE execution SET parked = 1, started_at = started_at - INTERVAL 1 HOUR")
    world.age(seconds=901)

    still = partial(execution_store.watch.standing_still, seconds=900, limit=2)
    parked = partial(execution_store.watch.with_parked, limit=2)

    assert len(list(execution_store.watch.every(world.database, still))) == 5
    oldest_first = [each.execution_id for each in execution_store.watch.every(world.database, parked)]
    assert oldest_first == [f"file-{number}" for number in range(5)]
