"""Rows that come again are skipped, if they have an answer and nothing of them has changed."""

from functools import partial

import pytest

from services.notify import report
from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Transaction
from shared.stores import feedback_store
from shared.stores.feedback_store import RowStatus
from tests.integration.classify_world import DEAR, LATE, ODD, World, counted
from tests.integration.notify_case import NOW
from tests.integration.repeating import (
    FIRST,
    ROWS,
    SECOND,
    SKIP,
    THIRD,
    begin,
    figures,
    latest,
    load,
    mail,
    messages,
    said,
)


def test_skip_asks_about_nothing_that_is_known_and_the_file_ends_with_a_mail(world: World) -> None:
    load(world, FIRST, ROWS)
    calls = world.calls
    world.add_categories(())
    load(world, SECOND, ROWS, SKIP)

    execution = world.execution(SECOND)
    assert world.calls == calls
    assert execution.usage.calls == 0
    assert execution.status is ExecutionStatus.CLASSIFIED
    assert counted(execution) == {"rows_read": 3, "accepted": 3, "skipped": 3}
    assert world.bus.types().count("ExecutionClassified") == 2
    told = mail(world, SECOND)
    assert told.subject == "Feedback report: 3 rows - second.csv"
    assert told.text.startswith(
        "SUCCESS: no row of second.csv was labelled, for what it says is known already."
    )
    assert "skipped:            3" in told.text
    assert "No row fits a category" not in told.text
    assert figures(world, SECOND).agrees
    assert {row["execution_id"] for row in world.query("SELECT * FROM feedback_latest")} == {FIRST}


def test_skip_reads_what_is_changed_new_or_has_no_id(world: World) -> None:
    load(world, FIRST, ROWS)
    load(world, SECOND, [("a1", LATE), ("a2", "It is cheap now."), ("a4", LATE), ("", LATE)], SKIP)

    assert counted(world.execution(SECOND))["skipped"] == 1
    assert figures(world, SECOND).agrees
    page = report.draw(figures(world, SECOND), 0.2, "data", "", NOW).decode()
    assert "1 skipped" in page
    assert latest(world) == [
        (None, LATE),
        ("a1", LATE),
        ("a2", "It is cheap now."),
        ("a3", ODD),
        ("a4", LATE),
    ]


def test_a_text_that_came_back_is_no_repetition_of_the_one_before(world: World) -> None:
    load(world, FIRST, [("a1", LATE)])
    load(world, SECOND, [("a1", DEAR)], SKIP)
    load(world, THIRD, [("a1", LATE)], SKIP)

    assert world.execution(THIRD).skipped == 0
    assert latest(world) == [("a1", LATE)]
    assert world.query("SELECT execution_id FROM feedback_latest") == [{"execution_id": THIRD}]


def test_a_row_that_was_skipped_before_is_skipped_again(world: World) -> None:
    load(world, FIRST, ROWS)
    load(world, SECOND, ROWS, SKIP)
    load(world, THIRD, ROWS, SKIP)

    assert world.execution(THIRD).skipped == 3
    assert "3 of 3 rows are known from first.csv" in mail(world, THIRD).text


@pytest.mark.parametrize("status", ["failed", "parked"])
def test_skip_asks_about_rows_that_had_no_answer(world: World, status: str) -> None:
    load(world, FIRST, ROWS)
    no_answer = "UPDATE customer_feedback SET status = %s, label_llm = NULL"
    world.database.transact(lambda tx: tx.execute(no_answer, (status,)))
    load(world, SECOND, ROWS, SKIP)

    assert world.execution(SECOND).skipped == 0
    assert {row["execution_id"] for row in world.query("SELECT * FROM feedback_latest")} == {SECOND}


def test_rows_of_a_file_that_failed_are_in_no_report_and_so_not_known(world: World) -> None:
    load(world, FIRST, ROWS)
    failed = "UPDATE execution SET status = 'failed' WHERE execution_id = %s"
    world.database.transact(lambda tx: tx.execute(failed, (FIRST,)))
    load(world, SECOND, ROWS, SKIP)

    assert world.execution(SECOND).skipped == 0
    assert said(world, SECOND) == ""


def test_a_message_that_comes_twice_is_skipped_once(world: World) -> None:
    load(world, FIRST, ROWS)
    begin(world, SECOND, ROWS, SKIP)

    for _ in range(2):
        world.handle(messages(world, SECOND, ROWS))

    assert counted(world.execution(SECOND)) == {"rows_read": 3, "accepted": 3, "skipped": 3}
    assert len(world.rows()) == 6


def test_a_row_that_was_asked_about_before_it_was_known_is_asked_again(world: World) -> None:
    begin(world, FIRST, ROWS)
    load(world, SECOND, ROWS, SKIP)
    world.handle(messages(world, FIRST, ROWS))
    for parked in (
        "UPDATE customer_feedback SET status = 'parked', parked_cause = 'replay' WHERE execution_id = %s",
        "UPDATE execution SET parked = 3, labelled = 0, `unknown` = 0 WHERE execution_id = %s",
    ):
        world.database.transact(partial(Transaction.execute, query=parked, args=(SECOND,)))

    world.handle(messages(world, SECOND, ROWS))

    assert {row["status"] for row in world.rows()} == {"labelled", "unknown"}


def test_two_files_at_a_time_do_not_skip_each_other(world: World) -> None:
    begin(world, FIRST, ROWS, SKIP)
    begin(world, SECOND, ROWS, SKIP)
    first, second = messages(world, FIRST, ROWS), messages(world, SECOND, ROWS)

    world.handle([first[0], second[1]])
    world.handle([second[0], first[1]])
    world.handle([second[2], first[2]])

    assert world.execution(FIRST).skipped == 0
    assert world.execution(SECOND).skipped == 1
    assert all(world.execution(each).status is ExecutionStatus.CLASSIFIED for each in (FIRST, SECOND))


def test_a_correction_of_a_skipped_row_can_be_taken_back(world: World) -> None:
    load(world, FIRST, ROWS)
    load(world, SECOND, ROWS, SKIP)
    [row, *_] = [row for row in world.rows() if row["execution_id"] == SECOND]

    def correct(tx: Transaction, label: str | None) -> RowStatus:
        [found] = feedback_store.correct.lock(tx, [row["id"]])
        status = found.status_with(label)
        feedback_store.correct.write(tx, [row["id"]], label, status)
        return status

    assert world.database.transact(partial(correct, label="Price")) is RowStatus.LABELLED
    assert world.database.transact(partial(correct, label=None)) is RowStatus.SKIPPED
