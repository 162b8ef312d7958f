"""What an execution counts, and what keeps it from standing still."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest

from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Usage
from shared.platform.database import Database, Transaction
from shared.stores import execution_store
from tests.integration.lifecycle_world import ID, close, events, find, start
from tests.integration.transitions import STAGES, Transition, fail, revise, run

TODAY = date(2026, 1, 31)
STILL_SINCE = datetime(2026, 1, 1)  # noqa: DTZ001 (UTC by agreement)


def stand_still(database: Database) -> None:
    still = "UPDATE execution SET last_progress_at = %s, stalled_at = NOW(3)"
    database.transact(lambda tx: tx.execute(still, [STILL_SINCE]))


def test_a_day_is_opened_once_and_announced_once(database: Database) -> None:
    opened = [database.transact(lambda tx: lifecycle.open_direct(tx, "feedback", TODAY)) for _ in range(2)]

    assert opened[0] == opened[1]
    assert events(database) == ["ExecutionStarted"]


def test_the_longest_name_of_a_profile_leaves_room_for_its_days(database: Database) -> None:
    profile = "p" * 63
    days = [database.transact(lambda tx: lifecycle.open_direct(tx, profile, TODAY))]
    run(database, lifecycle.close_receiving, execution_id=days[0].execution_id)
    days.append(database.transact(lambda tx: lifecycle.open_direct(tx, profile, TODAY)))

    assert [len(day.execution_id) for day in days] == [80, 80]
    assert [day.execution_id.partition(profile)[2] for day in days] == ["-2026-01-31", "-2026-01-31-2"]


def test_what_every_batch_cost_is_added_up(database: Database) -> None:
    start(database, rows=0)
    batch = Usage(
        calls=1,
        input_tokens=20,
        output_tokens=3,
        cache_read_tokens=400,
        cache_write_tokens=50,
        estimated_cost=Decimal("0.25"),
    )

    for _ in range(2):
        database.transact(lambda tx: lifecycle.count_written(tx, ID, Counts(), batch))

    assert find(database).usage == batch + batch


def test_counters_are_added_to_and_taken_from(database: Database) -> None:
    start(database, rows=9)
    change = Counts(rows_read=7, accepted=4, rejected=3, labelled=5, unknown=2, failed=1, parked=6)

    database.transact(lambda tx: execution_store.add_counts(tx, ID, change))
    database.transact(lambda tx: execution_store.add_counts(tx, ID, Counts(labelled=-1, failed=1)))

    assert find(database).counts == Counts(
        rows_read=16, accepted=13, rejected=3, labelled=4, unknown=2, failed=2, parked=6
    )


def test_a_slice_is_saved_with_its_checkpoint_and_absolute_counts(database: Database) -> None:
    start(database, rows=4)

    stand_still(database)
    counts = Counts(rows_read=9, accepted=7, rejected=2)
    assert database.transact(lambda tx: execution_store.save_slice(tx, ID, 1, {"offset": 90}, counts))

    saved = find(database)
    assert (saved.counts, saved.checkpoint, saved.ingest_slice) == (counts, {"offset": 90}, 2)
    assert saved.last_progress_at > STILL_SINCE


@pytest.mark.parametrize(
    "step",
    [
        lambda tx: execution_store.add_counts(tx, ID, Counts(labelled=1)),
        lambda tx: execution_store.add_usage(tx, ID, Usage(calls=1)),
        lambda tx: lifecycle.close_receiving(tx, ID),
    ],
    ids=["rows", "calls", "a stage"],
)
def test_whatever_comes_on_is_progress_and_the_execution_stands_still_no_more(
    database: Database, step: Callable[[Transaction], object]
) -> None:
    start(database, rows=1)
    stand_still(database)

    database.transact(step)

    assert find(database).last_progress_at > STILL_SINCE
    assert find(database).stalled_at is None


@pytest.mark.parametrize("transition", [revise, lifecycle.redraw])
@pytest.mark.parametrize("end", [lifecycle.completed, fail])
def test_a_report_that_is_drawn_anew_stands_still_no_more(
    database: Database, end: Transition, transition: Transition
) -> None:
    start(database, rows=0)
    run(database, *STAGES[:2], end)
    stand_still(database)

    assert run(database, transition) == [True]

    assert find(database).last_progress_at > STILL_SINCE
    assert find(database).stalled_at is None


def test_no_slice_is_saved_of_a_file_that_is_read(database: Database) -> None:
    start(database, rows=4)
    close(database)

    assert not database.transact(lambda tx: execution_store.save_slice(tx, ID, 1, {}, Counts()))
    assert find(database).accepted == 4


def test_what_a_file_is_expected_to_cost_is_told_once(database: Database) -> None:
    start(database, rows=0)

    told = [
        database.transact(lambda tx, c=cost: execution_store.set_expected_cost(tx, ID, Decimal(c)))  # type: ignore[misc]
        for cost in ("1.5", "2.5")
    ]

    assert told == [True, False]
    assert find(database).expected_cost == Decimal("1.5")
