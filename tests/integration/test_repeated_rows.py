"""Rows that come again: told, skipped or taken for a newer version, and the latest of each in a view."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from services.notify import report
from services.notify.mail import writing
from services.notify.mail.mailer import Mail
from services.notify.repeats import repeats
from services.notify.report_figures import ReportFigures, read_figures
from shared.changes import lifecycle
from shared.contracts.execution import Duplicates, ExecutionStatus
from shared.platform.database import Transaction
from shared.stores import feedback_store
from shared.stores.feedback_store import RowStatus
from tests.integration.classify_world import DEAR, LATE, ODD, World, counted, message
from tests.integration.notify_case import NOW

KEEP, SKIP, REPLACE = Duplicates
FIRST, SECOND, THIRD = (f"{name}-0123456789abcdef" for name in ("first", "second", "third"))
Row = tuple[str, str]
"""A customer's id, or none, and a text."""
ROWS: list[Row] = [("a1", LATE), ("a2", DEAR), ("a3", ODD)]


def messages(world: World, execution_id: str, rows: Sequence[Row]) -> list[Any]:
    execution = world.execution(execution_id)
    return [
        message(
            {
                "execution_id": execution_id,
                "execution_key": execution.execution_key,
                "row_number": number,
                "profile": "feedback",
                "feedback": {"feedback": text, "ref_id": ref_id},
            }
        )
        for number, (ref_id, text) in enumerate(rows, 1)
    ]


def begin(world: World, execution_id: str, rows: Sequence[Row], duplicates: Duplicates = KEEP) -> None:
    """Starts a file; files that begin one after the other differ in their time."""
    name = execution_id.partition("-")[0]
    world.start_file(len(rows), execution_id, duplicates, f"incoming/{name}.csv")
    day = {FIRST: 10, SECOND: 11, THIRD: 12}[execution_id]
    started = f"UPDATE execution SET started_at = '2026-03-{day}' WHERE execution_id = %(id)s"
    world.database.transact(lambda tx: tx.execute(started, {"id": execution_id}))


def load(world: World, execution_id: str, rows: Sequence[Row], duplicates: Duplicates = KEEP) -> None:
    begin(world, execution_id, rows, duplicates)
    assert world.handle(messages(world, execution_id, rows)) == set()


def figures(world: World, execution_id: str) -> ReportFigures:
    execution = world.execution(execution_id)
    return world.database.transact(partial(read_figures, execution=execution))


def mail(world: World, execution_id: str) -> Mail:
    return writing.completed(figures(world, execution_id), 0.2, "link", 30)


def said(world: World, execution_id: str) -> str:
    """What the mail and the report say of known rows."""
    return " ".join(repeats(world.execution(execution_id), figures(world, execution_id).known))


def latest(world: World) -> list[tuple[str | None, str]]:
    rows = world.query("SELECT ref_id, feedback FROM feedback_latest ORDER BY ref_id, id")
    return [(row["ref_id"], row["feedback"]) for row in rows]


def test_the_same_file_again_is_told_and_counted(world: World) -> None:
    load(world, FIRST, ROWS)
    load(world, SECOND, ROWS)

    assert "3 of 3 rows are known from first.csv of 10 March 2026." in mail(world, SECOND).text
    assert said(world, FIRST) == ""
    assert counted(world.execution(SECOND)) == {"rows_read": 3, "accepted": 3, "labelled": 2, "unknown": 1}
    assert latest(world) == ROWS
    assert {row["execution_id"] for row in world.query("SELECT * FROM feedback_latest")} == {SECOND}


def test_a_report_drawn_anew_does_not_take_later_files_for_earlier_ones(world: World) -> None:
    begin(world, FIRST, ROWS)
    load(world, SECOND, ROWS)
    world.handle(messages(world, FIRST, ROWS))

    assert said(world, FIRST) == ""
    assert "3 of 3 rows are known from first.csv" in mail(world, SECOND).text
    assert {row["execution_id"] for row in world.query("SELECT * FROM feedback_latest")} == {SECOND}


def test_other_texts_under_the_same_ids_are_told_otherwise(world: World) -> None:
    load(world, FIRST, ROWS)
    load(world, SECOND, [(ref_id, f"Another text, number {ref_id}.") for ref_id, _ in ROWS])

    told = said(world, SECOND)
    assert "3 of 3 rows carry ids that are known from first.csv of 10 March 2026 with another text." in told
    assert "put them into profiles of their own" in told
    assert "rows are known" not in told


def test_an_edited_export_tells_both_and_the_view_has_the_newer_text(world: World) -> None:
    load(world, FIRST, ROWS)
    load(world, SECOND, [("a1", LATE), ("a2", "It is cheap now."), ("a4", ODD)])

    told = said(world, SECOND)
    assert "1 of 3 rows is known from first.csv of 10 March 2026." in told
    assert (
        "1 of 3 rows carries an id that is known from first.csv of 10 March 2026 with another text." in told
    )
    assert "profiles of their own" not in told
    assert latest(world) == [("a1", LATE), ("a2", "It is cheap now."), ("a3", ODD), ("a4", ODD)]


def test_several_earlier_files_are_named_with_their_rows(world: World) -> None:
    load(world, FIRST, ROWS[:1])
    load(world, SECOND, ROWS[1:])
    load(world, THIRD, ROWS)

    told = said(world, THIRD)
    assert (
        "3 of 3 rows are known (2 from second.csv of 11 March 2026, 1 from first.csv of 10 March 2026)."
        in told
    )


def test_ids_that_differ_only_by_case_or_accents_are_others(world: World) -> None:
    load(world, FIRST, [("aB3", LATE), ("é", DEAR)])
    load(world, SECOND, [("Ab3", LATE), ("e", DEAR)], SKIP)

    assert said(world, SECOND) == ""
    assert world.execution(SECOND).skipped == 0
    assert len(latest(world)) == 4


def test_another_profile_with_the_same_ids_is_nothing_to_this_one(world: World) -> None:
    load(world, FIRST, ROWS)
    world.database.transact(lambda tx: tx.execute("UPDATE customer_feedback SET profile = 'email'"))
    load(world, SECOND, ROWS, SKIP)

    assert said(world, SECOND) == ""
    assert world.execution(SECOND).skipped == 0
    assert len(latest(world)) == 6


def test_rows_without_ids_are_told_by_their_texts_and_never_skipped(world: World) -> None:
    rows = [("", text) for _, text in ROWS]
    load(world, FIRST, rows)
    load(world, SECOND, [*rows, ("", "Something new.")], SKIP)

    told = said(world, SECOND)
    assert "3 of 4 rows without an id say word for word what rows of first.csv of 10 March 2026 say." in told
    assert world.execution(SECOND).skipped == 0
    assert len(latest(world)) == 7


def test_a_few_common_texts_are_no_file_that_came_again(world: World) -> None:
    load(world, FIRST, [("", "Good"), ("", LATE), ("", LATE)])
    load(world, SECOND, [("", "good"), ("", DEAR), ("", ODD)])

    assert figures(world, SECOND).known.by_text is not None
    assert "word for word" not in mail(world, SECOND).text


def test_ids_that_repeat_within_a_file_are_told(world: World) -> None:
    load(world, FIRST, [("a1", LATE), ("a1", DEAR), ("a2", ODD)])

    assert "1 row repeats an id of this file." in mail(world, FIRST).text
    assert latest(world) == [("a1", DEAR), ("a2", ODD)]


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


def pool(world: World, execution_id: str) -> int:
    read = partial(
        feedback_store.discover.unknown_pool, profile="feedback", execution_id=execution_id, limit=9
    )
    return world.database.transact(read)[1]


def test_replace_leaves_earlier_rows_out_where_several_files_are_looked_at(world: World) -> None:
    load(world, FIRST, ROWS)
    load(world, SECOND, [("a3", f"Again: {ODD}"), ("a1", LATE)], REPLACE)

    told = said(world, SECOND)
    assert (
        "1 of 2 rows is known from first.csv of 10 March 2026. They take the place of the earlier ones"
        in told
    )
    assert pool(world, SECOND) == 1
    assert latest(world) == [("a1", LATE), ("a2", DEAR), ("a3", f"Again: {ODD}")]
    assert counted(world.execution(FIRST))["labelled"] == 2
    assert figures(world, FIRST).agrees


def test_keep_looks_at_all_rows(world: World) -> None:
    load(world, FIRST, ROWS)
    load(world, SECOND, ROWS)

    assert pool(world, SECOND) == 2


def test_direct_feedback_is_told_apart_by_its_source(world: World) -> None:
    load(world, FIRST, [("1", LATE)])
    shop = [{"id": "1", "source": source, "feedback": text} for source, text in (("a", DEAR), ("b", ODD))]
    world.handle([message(each) for each in shop])
    world.handle([message({"id": "1", "source": "a", "feedback": "It is cheap now."})])

    assert sorted(text for _, text in latest(world)) == sorted([LATE, ODD, "It is cheap now."])
    day = world.direct()
    world.database.transact(lambda tx: lifecycle.close_receiving(tx, day.execution_id))
    assert said(world, day.execution_id) == ""


def test_a_failed_newer_row_does_not_hide_one_that_has_a_label(world: World) -> None:
    load(world, FIRST, ROWS)
    load(world, SECOND, ROWS)
    failed = "UPDATE customer_feedback SET status = 'failed', label_llm = NULL WHERE execution_id = %s"
    world.database.transact(lambda tx: tx.execute(failed, (SECOND,)))

    assert {row["execution_id"] for row in world.query("SELECT * FROM feedback_latest")} == {FIRST}
