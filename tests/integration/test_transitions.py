"""Each transition of an execution: what it changes, what it announces, and that it happens once."""

import pytest

from shared.changes import lifecycle
from shared.contracts.events import Counts, ExecutionEvent
from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Database
from shared.stores import execution_store, results_upload_store
from shared.stores.feedback_store import RowStatus
from shared.stores.results_upload_store import ResultsUpload
from tests.integration.lifecycle_world import ID, SOURCE, close, events, find, outcome, start, write
from tests.integration.transitions import STAGES, Transition, announced, categorized, fail, revise, run


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


def test_a_report_that_is_tried_again_begins_its_results_anew(database: Database) -> None:
    """Rows may have changed since it was given up, which has not changed its revision."""
    start(database, rows=0)
    run(database, *STAGES[:2], fail)
    for execution_id in (ID, "other-0123456789abcdef"):
        upload = ResultsUpload(execution_id=execution_id, revision=0, upload_id="u")
        database.transact(lambda tx, u=upload: results_upload_store.save(tx, u))  # type: ignore[misc]

    run(database, lifecycle.redraw)

    assert database.transact(lambda tx: results_upload_store.find(tx, ID)) is None
    assert database.transact(lambda tx: results_upload_store.find(tx, "other-0123456789abcdef"))


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


def test_a_file_that_starts_is_announced_as_it_is(database: Database) -> None:
    database.transact(lambda tx: lifecycle.start_file(tx, ID, "returns", SOURCE))

    assert announced(database) == [
        ExecutionEvent(execution_id=ID, profile="returns", status="receiving", counts=Counts())
    ]
    assert find(database).source == SOURCE
