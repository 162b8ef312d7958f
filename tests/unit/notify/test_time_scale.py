"""Which dates a report's charts show, for files with dates of every kind."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.time_scale import limits

START = date(2024, 3, 1)


def days(start: date, *numbers: int) -> list[date]:
    return [start + timedelta(days=number) for number in numbers]


def left_out(dates: list[date]) -> list[date]:
    """The dates that the charts of a file with these dates leave out."""
    by_month = Counter(day.replace(day=1) for day in sorted(dates))
    first, end = limits(by_month)
    return sorted(day for day in dates if not first <= day < end)


MARCH = days(START, *range(20))
TEN_YEARS = days(date(2014, 1, 1), *range(0, 3652, 9))


def growing() -> list[date]:
    """Each year of ten has half as many rows more as the one before."""
    draw = random.Random(4)
    return [
        date(2014 + year, 1, 1) + timedelta(days=draw.randrange(365))
        for year in range(10)
        for _ in range(round(6 * 1.5**year))
    ]


@pytest.mark.parametrize(
    "bulk, lone",
    [
        (MARCH, [date(1970, 1, 1)]),
        (MARCH, [date(2099, 12, 31)]),
        (MARCH * 10, [date(1000, 1, 1), date(1970, 1, 1), date(2038, 1, 19), date(9998, 12, 31)]),
        (MARCH * 10, [date(2023, 3, 7)]),
        ([START] * 500, days(date(1970, 1, 1), 0, 0, 0)),
        (MARCH[:4], [date(1970, 1, 1)]),
        (TEN_YEARS, [date(1900, 1, 1)]),
        (days(START, *range(0, 365, 2)), [date(2034, 3, 1)]),
    ],
    ids=[
        "one far past",
        "one far future",
        "several on both sides",
        "a year before a month",
        "all on one day but three",
        "one of five",
        "one before ten years",
        "ten years after a year",
    ],
)
def test_a_few_dates_far_from_the_others_are_left_out(bulk: list[date], lone: list[date]) -> None:
    assert left_out([*bulk, *lone]) == lone


@pytest.mark.parametrize(
    "dates",
    [
        [],
        [START],
        [START, date(1970, 1, 1)],
        [START, START, START, date(1970, 1, 1)],
        [START] * 500,
        TEN_YEARS,
        MARCH * 7 + days(date(2019, 3, 1), *range(20)) * 3,
        MARCH * 31 + days(date(2019, 3, 1), *range(20)),
        [*MARCH * 10, *days(START, 70)],
        [*days(START, *range(365)), *days(START, 800, 820)],
        growing(),
        days(date(1000, 1, 1), *range(0, 3_280_000, 40_000)),
    ],
    ids=[
        "none",
        "one",
        "two",
        "four",
        "all on one day",
        "ten years evenly",
        "two periods, 30 % in the first",
        "two periods, 3 % in the first",
        "a month and a half later",
        "a year and the next",
        "more each year",
        "all that there can be",
    ],
)
def test_all_others_are_shown(dates: list[date]) -> None:
    assert left_out(dates) == []


@given(st.lists(st.dates(date(1000, 1, 1), date(9998, 12, 31)), max_size=400))
def test_never_more_than_two_per_cent_are_left_out_or_a_tenth_of_few(dates: list[date]) -> None:
    most = len(dates) // 50 if len(dates) >= 200 else min(3, max(len(dates) // 10, len(dates) >= 5))

    assert len(left_out(dates)) <= most
