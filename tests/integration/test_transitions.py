"""Each transition of an execution: what it changes, what it announces, and that it happens once."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.changes import lifecycle
from shared.contracts.errors import DatabaseConflict
from shared.contracts.events import Counts, ExecutionEvent
from shared.contracts.execution import ExecutionStatus, Usage
from shared.contracts.records import Feedback, Record
from shared.platform.database import Database, Transaction
from shared.stores import execution_store, feedback_store
from shared.stores.feedback_store import Outcome, RowStatus
from shared.stores.feedback_store.find import Whereabouts
from tests.integration.lifecycle_world import ID, SOURCE, close, events, find, outcome, start, write
from tests.integration.reading import feedback_rows

Transition = Callable[[Transaction, str], bool]
TODAY = date(2026, 1, 31)
STILL_SINCE = datetime(2026, 1, 1)  # noqa: DTZ001 (UTC by agreement)


def categorized(tx: Transaction, execution_id: str) -> bool:
    return lifecycle.categorized(tx, execution_id, failed=False)


def fail(tx: Transaction, execution_id: str) -> bool:
    return lifecycle.fail(tx, execution_id, "the file is empty")


def revise(tx: Transaction, execution_id: str) -> bool:
    return lifecycle.revise(tx, execution_id, "labels were corrected")


STAGES: list[Transition] = [lifecycle.close_receiving, categorized, lifecycle.completed]
"""What brings an execution without rows from its start to its end, step by step."""


def run(database: Database, *transitions: Transition, execution_id: str = ID) -> list[bool]:
    return [database.transact(lambda tx, t=each: t(tx, execution_id)) for each in transitions]  # type: ignore[misc]


def announced(database: Database) -> list[ExecutionEvent]:
    def work(tx: Transaction) -> list[ExecutionEvent]:
        tx.execute("SELECT payload FROM outbox WHERE execution_id = %s ORDER BY id", [ID])
        return [ExecutionEvent.model_validate_json(row["payload"]) for row in tx.fetchall()]

    return database.transact(work)


def looked_up(database: Database, *outcomes: Outcome) -> dict[str, Whereabouts]:
    ids = [each.record.record_id for each in outcomes]
    return database.transact(lambda tx: feedback_store.whereabouts(tx, ids))


def stand_still(database: Database) -> None:
    still = "UPDATE execution SET last_progress_at = %s, stalled_at = NOW(3)"
    database.transact(lambda tx: tx.execute(still, [STILL_SINCE]))


@pytest.mark.parametrize(
    "done, transition, status",
    [
        (0, lifecycle.close_receiving, "classified"),
        (1, categorized, "categorized"),
        (2, lifecycle.completed, "completed"),
        (0, fail, "failed"),
        (2, fail, "failed"),
    ],
)
def test_a_stage_ends_once_and_says_so(
    database: Database, done: int, transition: Transition, status: str
) -> None:
    start(database, rows=0)
    run(database, *STAGES[:done])

    assert run(database, transition, transition) == [True, False]

    assert find(database).status == announced(database)[-1].status == status


@pytest.mark.parametrize("done, transition", [(0, categorized), (1, lifecycle.completed), (3, fail)])
def test_no_stage_is_left_out_and_none_comes_after_the_end(
    database: Database, done: int, transition: Transition
) -> None:
    start(database, rows=0)
    run(database, *STAGES[:done])
    before = find(database)

    assert run(database, transition) == [False]

    assert find(database) == before


@pytest.mark.parametrize("transition", [*STAGES, lifecycle.settle, fail, revise, lifecycle.redraw])
def test_an_execution_that_nobody_knows_goes_nowhere(database: Database, transition: Transition) -> None:
    start(database, rows=1)

    assert run(database, transition, execution_id="nobody") == [False]

    assert events(database) == ["ExecutionStarted"]


def test_nothing_settles_an_execution_whose_file_is_still_read(database: Database) -> None:
    start(database, rows=1)

    assert not write(database, [outcome(1)])
    assert run(database, lifecycle.settle) == [False]
    assert run(database, lifecycle.close_receiving, lifecycle.settle) == [True, False]


def test_an_event_says_how_far_the_execution_is_and_what_it_counted(database: Database) -> None:
    start(database, rows=2)
    close(database)
    write(database, [outcome(1), outcome(2, RowStatus.FAILED)])

    assert announced(database)[-1] == ExecutionEvent(
        execution_id=ID,
        profile="feedback",
        status="classified",
        counts=Counts(rows_read=2, accepted=2, labelled=1, failed=1),
    )


def test_an_execution_that_fails_keeps_and_tells_its_reason(database: Database) -> None:
    start(database, rows=0)

    run(database, fail)

    assert find(database).failure_reason == announced(database)[-1].reason == "the file is empty"
    assert events(database)[-1] == "ExecutionFailed"


@pytest.mark.parametrize("failed, discovery", [(False, "done"), (True, "failed")])
def test_how_discovery_ended_is_kept(database: Database, failed: bool, discovery: str) -> None:
    start(database, rows=0)
    close(database)

    database.transact(lambda tx: lifecycle.categorized(tx, ID, failed=failed))

    assert (find(database).discovery, find(database).discovered) == (discovery, 0)


def test_a_report_that_is_being_drawn_is_revised_without_an_event(database: Database) -> None:
    start(database, rows=0)
    run(database, *STAGES[:2])
    before = events(database)

    assert run(database, revise) == [True]

    assert (find(database).revision, events(database)) == (1, before)


def test_a_revision_of_a_finished_report_says_why_and_which_it_is(database: Database) -> None:
    start(database, rows=0)
    run(database, *STAGES, revise, revise)

    last = announced(database)[-1]

    assert events(database)[-2:] == ["ExecutionRevised"] * 2
    assert (last.revision, last.reason) == (2, "labels were corrected")


@pytest.mark.parametrize("quietly, loud", [(False, 2), (True, 1)])
def test_a_quiet_revision_has_no_mail_of_its_own(database: Database, quietly: bool, loud: int) -> None:
    start(database, rows=0)
    run(database, *STAGES, revise)

    database.transact(lambda tx: lifecycle.revise(tx, ID, "a category was approved", quietly=quietly))

    assert (find(database).revision, find(database).loud_revision) == (2, loud)


@pytest.mark.parametrize("transition", [revise, lifecycle.redraw])
def test_a_report_that_could_not_be_drawn_is_tried_again(database: Database, transition: Transition) -> None:
    start(database, rows=0)
    run(database, *STAGES[:2], fail)
    database.transact(lambda tx: execution_store.set_notified(tx, ID, 0))

    assert run(database, transition) == [True]

    again = find(database)
    assert again.status is ExecutionStatus.CATEGORIZED
    assert (again.failure_reason, again.completed_at, again.notified_revision) == (None, None, None)
    assert events(database)[-2:] == ["ExecutionFailed", "ExecutionCategorized"]


@pytest.mark.parametrize("transition", [revise, lifecycle.redraw])
def test_an_execution_that_failed_without_labels_has_no_report_to_draw(
    database: Database, transition: Transition
) -> None:
    start(database, rows=0)
    run(database, fail)

    assert run(database, transition) == [False]

    assert events(database)[-1] == "ExecutionFailed"


def test_a_report_that_is_asked_for_again_says_so(database: Database) -> None:
    start(database, rows=0)
    run(database, *STAGES)

    assert run(database, lifecycle.redraw) == [True]

    assert announced(database)[-1].reason == "it was asked for"


@pytest.mark.parametrize(
    "transitions, told, event",
    [
        ([], False, None),
        (STAGES[:1], False, "ExecutionClassified"),
        (STAGES[:2], False, "ExecutionCategorized"),
        (STAGES, False, "ExecutionCategorized"),
        (STAGES, True, "ExecutionRevised"),
        ([fail], False, "ExecutionFailed"),
    ],
)
def test_where_an_execution_stands_still_its_stage_is_announced_once_more(
    database: Database, transitions: list[Transition], told: bool, event: str | None
) -> None:
    start(database, rows=0)
    run(database, *transitions)
    if told:
        database.transact(lambda tx: execution_store.set_notified(tx, ID, 0))
    before = events(database)
    execution = find(database)

    repeated = database.transact(lambda tx: lifecycle.repeat_stage_event(tx, execution))

    assert repeated is (event is not None)
    assert events(database) == [*before, *([event] if event else [])]
    assert announced(database)[-1].reason == execution.failure_reason


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


SAID = Feedback(
    product_name="Lamp",
    store="Lisbon",
    ref_id="R-7",
    stars=Decimal("4.5"),
    title="Bright",
    feedback="It lights the room.",
    date=datetime(2024, 3, 5, 9, 15),  # noqa: DTZ001 (UTC by agreement)
)
"""Every field that a customer's row may have."""


def test_a_row_keeps_all_that_was_said_and_by_what_it_was_labelled(database: Database) -> None:
    start(database, rows=1)
    record = Record(record_id=f"{ID}:7", profile="returns", execution_id=ID, row_number=7, feedback=SAID)
    labels: dict[str, Any] = {
        "sentiment": "positive",
        "model_id": "amazon.nova-lite-v1:0",
        "prompt_version": "0123456789ab",
        "taxonomy_version": 3,
        "corrections_version": 2,
    }

    write(database, [Outcome(record=record, status=RowStatus.LABELLED, label="Light", **labels)])

    [row] = database.transact(lambda tx: feedback_rows(tx, ID))
    kept = row.model_dump()
    assert {name: kept[name] for name in Feedback.model_fields if name != "date"} == SAID.model_dump(
        exclude={"date"}
    )
    assert {name: kept[name] for name in labels} == labels
    assert (row.create_date, row.label_llm, row.text_key) == (SAID.date, "Light", record.text_key)
    assert (row.record_id, row.profile, row.row_number) == (record.record_id, "returns", 7)


def test_a_parked_row_gets_its_outcome_and_one_that_has_it_keeps_it(database: Database) -> None:
    start(database, rows=1)
    write(database, [outcome(1, RowStatus.PARKED)])
    answered = {"sentiment": "mixed", "model_id": "m", "prompt_version": "p", "failure_reason": "odd"}
    versions = {"taxonomy_version": 3, "corrections_version": 2}
    settled = outcome(1).model_copy(update=answered | versions | {"label": "Price"})

    parked = looked_up(database, settled)
    for each in (settled, outcome(1, RowStatus.FAILED)):
        database.transact(lambda tx, o=each: feedback_store.write_outcomes(tx, ID, [o], parked))  # type: ignore[misc]

    [row] = database.transact(lambda tx: feedback_rows(tx, ID))
    kept = row.model_dump()
    assert {name: kept[name] for name in answered | versions} == answered | versions
    assert (row.status, row.label_llm, row.parked_cause) == (RowStatus.LABELLED, "Price", None)


def test_a_reason_is_kept_as_far_as_there_is_room(database: Database) -> None:
    start(database, rows=2)
    failed = outcome(1, RowStatus.FAILED).model_copy(update={"failure_reason": "x" * 5000})

    write(database, [failed, outcome(2)])

    rows = database.transact(lambda tx: feedback_rows(tx, ID))
    assert [row.failure_reason for row in rows] == ["x" * 1000, None]


def test_rows_that_the_caller_looked_up_are_not_looked_up_again(database: Database) -> None:
    start(database, rows=2)
    write(database, [outcome(1), outcome(2, RowStatus.PARKED)])
    outcomes = [outcome(1, RowStatus.FAILED), outcome(2, RowStatus.FAILED), outcome(3)]
    seen = looked_up(database, *outcomes)
    seen["beside"] = seen[f"{ID}:2"]

    counted = database.transact(lambda tx: feedback_store.write_outcomes(tx, ID, outcomes, seen))

    assert counted == Counts(labelled=1, failed=1, parked=-1)
    with pytest.raises(DatabaseConflict):
        database.transact(lambda tx: feedback_store.write_outcomes(tx, ID, outcomes, {}))


def test_a_file_that_starts_is_announced_as_it_is(database: Database) -> None:
    database.transact(lambda tx: lifecycle.start_file(tx, ID, "returns", SOURCE))

    assert announced(database) == [
        ExecutionEvent(execution_id=ID, profile="returns", status="receiving", counts=Counts())
    ]
    assert find(database).source == SOURCE
