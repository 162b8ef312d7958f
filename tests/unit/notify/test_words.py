from datetime import timedelta
from decimal import Decimal

import pytest

from services.notify import words
from tests.unit.notify.figures_case import an_execution, at


@pytest.mark.parametrize(
    "part, whole, shown",
    [(0, 10, "0%"), (1, 1000, "<1%"), (1, 3, "33%"), (999, 1000, ">99%"), (10, 10, "100%"), (0, 0, "–")],
)
def test_a_little_is_never_shown_as_nothing_nor_almost_all_as_all(part: int, whole: int, shown: str) -> None:
    assert words.percent(part, whole) == shown


@pytest.mark.parametrize(
    "value, shown", [("0", "$0.00"), ("0.00369", "$0.0037"), ("1234.5", "$1,234.50"), ("0.00001", "<$0.0001")]
)
def test_small_amounts_are_seen(value: str, shown: str) -> None:
    assert words.dollars(Decimal(value)) == shown


@pytest.mark.parametrize(
    "seconds, shown",
    [(0, "0 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (97200, "1 d 3 h")],
)
def test_a_duration_is_read_in_two_units(seconds: float, shown: str) -> None:
    assert words.duration(timedelta(seconds=seconds)) == shown


def test_people_know_an_execution_by_its_file_or_its_day() -> None:
    direct = an_execution(kind="direct", source_key=None, started_at=at(2026, 3, 5, 23, 59))

    assert words.title(an_execution(source_key="incoming/shop/May 2026.csv")) == "May 2026.csv"
    assert words.title(direct) == "Direct feedback of 5 March 2026"


def test_small_numbers_are_words() -> None:
    assert (words.spelled(3), words.spelled(12)) == ("three", "12")


def test_an_average_has_one_place_and_a_dash_where_there_is_none() -> None:
    assert (words.average(Decimal("3.25")), words.average(None)) == ("3.2", "–")


def test_stars_have_as_many_places_as_they_need() -> None:
    assert [words.decimal(Decimal(value)) for value in ("4.0", "4.50", "10")] == ["4", "4.5", "10"]
