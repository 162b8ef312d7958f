"""Rows that come again: told, or taken for a newer version, and the latest of each in a view."""

from functools import partial

from shared.changes import lifecycle
from shared.stores import feedback_store
from tests.integration.classify_world import DEAR, LATE, ODD, World, counted, message
from tests.integration.repeating import (
    FIRST,
    REPLACE,
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
