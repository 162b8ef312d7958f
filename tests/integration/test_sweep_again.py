"""Rows that people want asked again: failed ones, and labels of older versions."""

from functools import partial
from itertools import chain, repeat
from typing import Any

import pytest

from services.sweep.sweeping import SweepIncomplete
from shared.changes import lifecycle, revisions
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.stores import category_store, execution_store, feedback_store
from shared.stores.feedback_store import Outcome, RowStatus
from shared.stores.feedback_store.replay import Failed
from tests.integration.reading import count_by_status
from tests.integration.sweep_world import (
    FILE,
    World,
    a_file,
    file_record,
    outcome,
    write,
)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


REASON = "the model's answer was cut off"


def fail(world: World, rows: int, reason: str = REASON, first: int = 1) -> None:
    """Rows of the file that failed, counted."""

    def work(tx: Transaction) -> None:
        execution_store.lock(tx, FILE)
        outcomes = [
            Outcome(record=file_record(number), status=RowStatus.FAILED, failure_reason=reason)
            for number in range(first, first + rows)
        ]
        lifecycle.count_written(tx, FILE, feedback_store.write_outcomes(tx, FILE, outcomes))

    world.transact(work)


def replay_in(world: World, **failed: Any) -> int:
    return world.sweeping.replay(Failed(**failed))


def ids_of(world: World) -> list[int]:
    return [row.id for row in world.transact(lambda tx: feedback_store.page(tx, FILE))]


def counters_equal_rows(world: World) -> bool:
    counted = world.transact(lambda tx: count_by_status(tx, FILE))
    return all(getattr(world.execution(), status) == counted.get(status, 0) for status in RowStatus)


def test_replayed_rows_are_parked_counted_and_sent_again_by_the_next_sweep(world: World) -> None:
    a_file(world)
    fail(world, 3)

    assert replay_in(world, execution_id=FILE) == 3

    execution = world.execution()
    assert (execution.failed, execution.parked) == (0, 3)
    assert {
        (row.status, row.failure_reason)
        for row in world.transact(partial(feedback_store.page, execution_id=FILE))
    } == {(RowStatus.PARKED, None)}
    assert world.sweep().figures["released"] == 3
    assert [body["row_number"] for body in world.queue.of("feedback")] == [1, 2, 3]
    assert counters_equal_rows(world)


def test_replaying_twice_sends_nothing_twice(world: World) -> None:
    a_file(world)
    fail(world, 3)
    replay_in(world, execution_id=FILE)
    world.sweep()

    assert replay_in(world, execution_id=FILE) == 0
    assert world.sweep().figures["released"] == 0
    assert counters_equal_rows(world)


def test_only_failed_rows_that_meet_all_that_is_said_are_replayed(world: World) -> None:
    a_file(world, accepted=6)
    fail(world, 2)
    fail(world, 2, "the model refused to answer", first=3)
    write(world, 2, RowStatus.LABELLED, first=5)
    ids = ids_of(world)

    assert replay_in(world, execution_id="another-file") == 0
    assert replay_in(world, reason=REASON, ids=(ids[1], ids[2], ids[4])) == 1
    assert replay_in(world, reason=REASON) == 1
    assert replay_in(world, ids=tuple(ids)) == 2
    assert (world.execution().parked, world.execution().labelled) == (4, 2)
    assert counters_equal_rows(world)


def test_a_replay_goes_on_where_its_time_was_up(world: World) -> None:
    a_file(world)
    fail(world, 3)
    everything = Failed(reason=REASON)

    with pytest.raises(SweepIncomplete):
        world.sweeping.replay(everything, lambda: True)

    assert world.sweeping.replay(everything, lambda: False) == 3


def test_very_many_rows_of_one_execution_are_parked_in_portions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback_store.replay, "PARKED_AT_ONCE", 2)
    a_file(world, accepted=5)
    fail(world, 5)
    answers = chain([False], repeat(True))

    with pytest.raises(SweepIncomplete):
        world.sweeping.replay(Failed(execution_id=FILE), lambda: next(answers))
    assert (world.execution().failed, world.execution().parked) == (3, 2)

    assert replay_in(world, execution_id=FILE) == 3
    assert counters_equal_rows(world)


def test_a_replayed_rows_execution_is_revised_when_it_is_answered(world: World) -> None:
    a_file(world, accepted=1)
    fail(world, 1)
    world.transact(lambda tx: lifecycle.categorized(tx, FILE, failed=False))
    world.transact(lambda tx: lifecycle.completed(tx, FILE))
    replay_in(world, execution_id=FILE)
    assert world.execution().revision == 0

    def answer(tx: Transaction) -> None:
        execution_store.lock(tx, FILE)
        counts = feedback_store.write_outcomes(tx, FILE, [outcome(file_record(1), RowStatus.LABELLED, None)])
        lifecycle.count_written(tx, FILE, counts)
        revisions.revise_when_answered(tx, FILE, counts)

    world.transact(answer)
    assert (world.execution().revision, world.execution().labelled) == (1, 1)
    assert counters_equal_rows(world)


def add_category(world: World) -> None:
    price = NewCategory(name="Price")

    def work(tx: Transaction) -> None:
        category_store.add(tx, "feedback", price, CategoryStatus.ACTIVE, CategoryOrigin.MANUAL)
        category_store.next_taxonomy_version(tx, "feedback")

    world.transact(work)


def test_a_relabelling_goes_on_where_its_time_was_up(world: World) -> None:
    a_file(world)
    write(world, 3, RowStatus.LABELLED)
    add_category(world)

    with pytest.raises(SweepIncomplete):
        world.sweeping.relabel("feedback", None, lambda: True)

    assert world.sweeping.relabel("feedback", None, lambda: False) == 3
    assert world.sweeping.relabel("feedback", FILE, lambda: False) == 0
    assert world.sweep().figures["released"] == 3
    assert counters_equal_rows(world)
