from datetime import date, timedelta

import pytest

from services.notify import charts
from services.notify.figures import period_of, steps
from services.notify.report_charts import full_name, tick_names
from shared.contracts.report_rows import Period, Span
from tests.unit.notify.figures_case import an_execution, at, some_figures

MONDAY = at(2026, 1, 5)


@pytest.mark.parametrize(
    "days, period",
    [(1, "day"), (31, "day"), (32, "week"), (189, "week"), (190, "month"), (1860, "month"), (1861, "year")],
)
def test_a_longer_time_is_drawn_in_longer_steps(days: int, period: str) -> None:
    span = Span(first=MONDAY, last=MONDAY + timedelta(days=days - 1), undated=0)

    assert period_of(span) == period


@pytest.mark.parametrize(
    "period, first, last, expected",
    [
        (Period.DAY, (2026, 2, 27), (2026, 3, 1), ["2026-02-27", "2026-02-28", "2026-03-01"]),
        (Period.WEEK, (2026, 1, 7), (2026, 1, 19), ["2026-01-05", "2026-01-12", "2026-01-19"]),
        (Period.MONTH, (2025, 12, 31), (2026, 2, 1), ["2025-12-01", "2026-01-01", "2026-02-01"]),
        (Period.YEAR, (2024, 12, 31), (2026, 1, 1), ["2024-01-01", "2025-01-01", "2026-01-01"]),
    ],
)
def test_steps_without_rows_are_there_too(
    period: Period, first: tuple[int, int, int], last: tuple[int, int, int], expected: list[str]
) -> None:
    assert [start.isoformat() for start in steps(at(*first), at(*last), period)] == expected


def test_a_year_stands_below_the_axis_only_where_it_begins() -> None:
    starts = [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]

    assert tick_names(starts, Period.MONTH) == ["Nov 2025", "Dec", "Jan 2026", "Feb"]
    assert full_name(date(2026, 1, 5), Period.WEEK) == "week of 5 January 2026"


@pytest.mark.parametrize(
    "value, top", [(0, 4), (4, 4), (5, 6), (13, 16), (52, 60), (99, 100), (101, 120), (4001, 6000)]
)
def test_a_scale_ends_on_a_number_that_people_like(value: int, top: int) -> None:
    assert charts.nice_ceiling(value) == top


def test_names_below_the_axis_never_crowd() -> None:
    shown = [name for name in charts.ticks([str(n) for n in range(60)]) if name is not None]

    assert shown == [str(n) for n in range(0, 60, 5)]


@pytest.mark.parametrize(
    "changes",
    [{"labelled": 6}, {"rows_read": 11}, {"rejected": 2}, {"parked": 1}, {"failed": 0, "unknown": 2}],
)
def test_figures_agree_only_if_counters_and_rows_do(changes: dict[str, int]) -> None:
    assert some_figures().agrees
    assert not some_figures(execution=an_execution(**changes)).agrees


def test_a_file_without_rows_has_no_unusable_share() -> None:
    assert some_figures(execution=an_execution(rows_read=0)).unusable_share == 0
