"""Charts are as large as the rows that they stand for, and stay inside their frame."""

from itertools import pairwise

import pytest

from services.notify import charts
from services.notify.charts import Rect, Step


def test_a_bar_is_as_wide_as_its_share_and_its_parts_touch() -> None:
    [first, second] = charts.bar([("a", 3), ("none", 0), ("b", 1)], 8).rects

    assert first == Rect("a", x=0, y=0, width=37.5, height=14)
    assert second == Rect("b", x=37.5, y=0, width=12.5, height=14)


def test_a_bar_without_rows_is_empty() -> None:
    assert charts.bar([("a", 0)], 0).rects == []


def test_a_sentiment_that_is_not_known_has_a_style_of_its_own() -> None:
    drawn = charts.sentiment_bar({"negative": 1, "": 1, "positive": 1}, 3).rects

    assert [rect.style for rect in drawn] == ["s-positive", "s-negative", "s-none"]


def test_a_column_is_stacked_from_the_axis_up_in_the_order_of_sentiments() -> None:
    drawn = charts.columns([Step("May", "May", {"negative": 2, "positive": 2}), Step("June", None, {})])
    [low, high] = drawn.columns[0].rects
    axis, middle, top = drawn.grid

    assert (low.style, high.style) == ("s-positive", "s-negative")
    assert low.y + low.height == axis.y
    assert high.y + high.height == low.y == middle.y
    assert high.y == top.y
    assert [line.rows for line in drawn.grid] == [0, 2, 4]
    assert drawn.most == 4


@pytest.mark.parametrize("count", [1, 7, 60])
def test_columns_stand_side_by_side_inside_the_frame(count: int) -> None:
    drawn = charts.columns([Step(str(n), None, {"positive": n + 1}) for n in range(count)])
    rects = [rect for column in drawn.columns for rect in column.rects]

    assert len(rects) == count
    assert all(left.x + left.width <= right.x for left, right in pairwise(rects))
    assert rects[0].x >= drawn.left
    assert rects[-1].x + rects[-1].width <= drawn.right
    assert all(rect.y > 0 and rect.y + rect.height < drawn.height for rect in rects)


def test_a_column_says_what_it_stands_for() -> None:
    drawn = charts.columns([Step("May", "May", {"positive": 1200, "": 2}), Step("June", None, {})])

    assert [c.description for c in drawn.columns] == ["May: 1,200 positive, 2 not known", "June: nothing"]
    assert [column.tick for column in drawn.columns] == ["May", None]


def test_small_columns_share_the_scale_that_they_are_given() -> None:
    drawn = charts.small_columns([0, 5, 10], 20)

    assert [(rect.y, rect.height) for rect in drawn.rects] == [(30, 10), (20, 20)]
    assert drawn.most == 10
    assert drawn.rects[-1].x + drawn.rects[-1].width <= drawn.width


@pytest.mark.parametrize(
    "value, top", [(0, 4), (4, 4), (5, 6), (13, 16), (52, 60), (99, 100), (101, 120), (4001, 6000)]
)
def test_a_scale_ends_on_a_number_that_people_like(value: int, top: int) -> None:
    assert charts.nice_ceiling(value) == top


def test_names_below_the_axis_never_crowd() -> None:
    shown = [name for name in charts.ticks([str(n) for n in range(60)]) if name is not None]

    assert shown == [str(n) for n in range(0, 60, 5)]
