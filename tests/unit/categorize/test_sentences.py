"""Which sentence of a row its known topics leave for the one that no category covers."""

import pytest

from services.categorize.clusters import CategoryVectors, cluster
from services.categorize.grouping import Floats
from services.categorize.sentences import left_over, parts_of
from tests.unit.categorize.vectors import on_circle

LATE, RUDE, WIFI = (
    "The courier came a day late",
    "The staff at the desk was rude",
    "The wifi drops every night",
)
EAST, NORTH, SOUTH = on_circle(0, 90, 270)


def known(words: float, *rows: float) -> CategoryVectors:
    """A category by the directions of its words and of its rows."""
    return CategoryVectors(on_circle(words)[0], cluster(list(on_circle(*rows))) if rows else None)


@pytest.mark.parametrize(
    "categories, left",
    [
        ([known(10)], SOUTH),
        ([known(10), known(80)], SOUTH),
        ([known(280)], NORTH),
        ([known(10, 0, 5, -5), known(100, 90, 95, 85)], SOUTH),
        # Where its words say little, its rows do.
        ([known(180, 5, 0, -5), known(91)], SOUTH),
    ],
)
def test_the_sentence_that_is_least_like_the_known_topics_is_left(
    categories: list[CategoryVectors], left: Floats
) -> None:
    parts = {LATE: EAST, RUDE: NORTH, WIFI: SOUTH}
    found = left_over(list(parts), list(parts.values()), categories)
    assert parts[found] is left


def test_two_topics_of_one_sentence_leave_the_other() -> None:
    parts = {"The courier was late and rude to me": EAST, WIFI: SOUTH}
    assert left_over(list(parts), list(parts.values()), [known(10), known(20)]) == WIFI


def test_a_few_words_are_taken_only_if_there_is_no_sentence() -> None:
    parts = {LATE: EAST, "On the puck": on_circle(180)[0], WIFI: SOUTH}
    assert left_over(list(parts), list(parts.values()), [known(0)]) == WIFI
    parts.pop(WIFI)
    assert left_over(list(parts), list(parts.values()), [known(0)]) == "On the puck"


def test_a_row_of_one_part_is_that_part_and_one_without_known_topics_its_first() -> None:
    assert left_over([LATE], [EAST], [known(0)]) == LATE
    assert left_over([LATE, WIFI], [EAST, SOUTH], []) == LATE


@pytest.mark.parametrize(
    "text, topics, parts",
    [
        (f"{LATE}. {WIFI}.", 1, [f"{LATE}.", f"{WIFI}."]),
        (f"{LATE}, and {WIFI}.", 1, [LATE, f"{WIFI}."]),
        (f"{LATE} but {RUDE}. {WIFI}.", 2, [LATE, f"{RUDE}.", f"{WIFI}."]),
        (f"{LATE} but {RUDE}. {WIFI}.", 1, [f"{LATE} but {RUDE}.", f"{WIFI}."]),
    ],
)
def test_a_row_is_taken_by_clauses_where_it_has_too_few_sentences(
    text: str, topics: int, parts: list[str]
) -> None:
    assert parts_of(text, topics) == parts
