"""What is known of a whole file decides how its columns and values are read."""

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from shared.platform.database import Database
from tests.integration.ingest_files import counts
from tests.integration.ingest_world import World


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with mock_aws():
        yield World(database)


def test_values_that_cannot_be_read_cost_no_row_and_are_counted_over_slices(world: World) -> None:
    text = "feedback,stars,date,title\n" + "".join(
        f"Text {n},{'great' if n % 2 else 4},{'soon ' + str(n) if n % 3 == 0 else '2024-03-05'},Fine\n"
        for n in range(1, 41)
    )
    event = world.put("reviews.csv", text)
    world.take(event, rows_a_slice=15)
    assert world.go_on(rows_a_slice=15) >= 3
    sent = world.messages()
    assert counts(world.execution(event)) == (40, 40, 0)
    assert [sent[0].raw_values, sent[1].raw_values] == [{"stars": "great"}, {}]
    assert sent[2].raw_values == {"stars": "great", "date": "soon 3"}
    checkpoint = world.execution(event).checkpoint
    assert checkpoint is not None
    assert checkpoint["unread"] == {
        "stars": {"rows": 20, "examples": ["great"]},
        "date": {"rows": 13, "examples": ["soon 3", "soon 6", "soon 9"]},
    }


def test_the_scale_of_ratings_is_found_over_slices_and_holds_for_the_whole_file(world: World) -> None:
    event = world.put("reviews.csv", "feedback,stars\n" + "Poor,4\n" * 30 + "Good,9\n" * 10)
    world.take(event, rows_a_slice=15)
    world.go_on(rows_a_slice=15)
    assert {(str(message.feedback.stars), *message.raw_values.values()) for message in world.messages()} == {
        ("2.0", "4"),
        ("4.5", "9"),
    }
    checkpoint = world.execution(event).checkpoint
    assert checkpoint is not None
    assert (checkpoint["stars_scale"], checkpoint["unread"]) == (10, {})


def test_what_the_names_of_columns_say_holds_where_no_value_tells(world: World) -> None:
    execution = world.load("reviews.csv", "Comment,Rating (out of 10),Date (DD/MM/YYYY)\nPoor,3,05/03/2024\n")
    [message] = world.messages()
    assert (str(message.feedback.stars), message.raw_values) == ("1.5", {"stars": "3"})
    assert str(message.feedback.date)[:10] == "2024-03-05"
    assert execution.checkpoint is not None
    assert (execution.checkpoint["stars_scale"], execution.checkpoint["date_order"]) == (10, "day_first")


def test_one_date_decides_for_the_whole_file(world: World) -> None:
    text = "feedback,date\na,5/3/2024\nb,25/3/2024\nc,6/3/2024\n"
    execution = world.load("reviews.csv", text)
    assert [str(message.feedback.date)[:10] for message in world.messages()] == [
        "2024-03-05",
        "2024-03-25",
        "2024-03-06",
    ]
    assert execution.checkpoint is not None
    assert execution.checkpoint["date_order"] == "day_first"


def test_the_search_for_a_deciding_date_goes_on_over_slices(world: World) -> None:
    text = "feedback,date\n" + "a,5/3/2024\n" * 50 + "b,25/3/2024\n"
    event = world.put("reviews.csv", text)
    world.take(event, rows_a_slice=20)
    searching = world.execution(event)
    assert (searching.rows_read, searching.ingest_slice) == (0, 1)
    assert searching.checkpoint is not None
    assert searching.checkpoint["phase"] == "dates"
    world.go_on(rows_a_slice=20)
    assert {str(message.feedback.date)[:7] for message in world.messages()} == {"2024-03"}


def test_dates_that_decide_nothing_are_read_by_the_parameter(database: Database) -> None:
    with mock_aws():
        world = World(database, date_order="day_first")
        world.load("reviews.csv", "feedback,date\na,5/3/2024\n")
        [message] = world.messages()
    assert str(message.feedback.date)[:10] == "2024-03-05"


def test_a_table_with_semicolons_puts_the_day_first_if_nothing_says_otherwise(database: Database) -> None:
    text = "feedback;date\na;5/3/2024\n"
    for order, day in ((None, "2024-03-05"), ("month_first", "2024-05-03")):
        with mock_aws():
            world = World(database, date_order=order)
            world.load(f"{order}.csv", text)
            [message] = world.messages()
        assert str(message.feedback.date)[:10] == day


def test_columns_that_nobody_knows_are_named_in_the_checkpoint_and_sent_along(world: World) -> None:
    execution = world.load("reviews.csv", "colour,feedback\nred,a\n")
    assert execution.checkpoint is not None
    assert execution.checkpoint["layout"]["ignored_columns"] == ["colour"]
    assert [message.segments for message in world.messages()] == [{"colour": "red"}]


def test_columns_of_other_names_are_read_and_noted(world: World) -> None:
    execution = world.load("reviews.csv", "Review Text,Rating\nlate,4\n")
    [message] = world.messages()
    assert message.feedback.feedback == "late"
    assert message.feedback.stars == 4
    assert execution.checkpoint is not None
    assert execution.checkpoint["layout"]["read_from"] == {"feedback": "Review Text", "stars": "Rating"}


def test_the_object_s_metadata_says_which_column_holds_what(world: World) -> None:
    said = {"columns": "feedback=2; title=Comment"}
    execution = world.load("reviews.csv", "Comment,コメント\nshort,late\n", said)
    [message] = world.messages()
    assert (message.feedback.feedback, message.feedback.title) == ("late", "short")
    assert execution.checkpoint is not None
    assert execution.checkpoint["layout"]["read_from"] == {"feedback": "コメント", "title": "Comment"}


def test_any_character_that_a_text_can_hold_reaches_the_queue(world: World) -> None:
    odd = "\x01 \x7f \u2028 \uffff \ufffe 😀"
    world.load("reviews.jsonl", json.dumps({"feedback": odd}) + "\n")
    [message] = world.messages()
    assert message.feedback.feedback == odd
