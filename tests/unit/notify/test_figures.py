from datetime import timedelta

import pytest

from services.notify.time_scale import Span, period_of, steps
from shared.stores.feedback_store.report_times import Period
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


@pytest.mark.parametrize(
    "changes",
    [{"labelled": 6}, {"rows_read": 11}, {"rejected": 2}, {"parked": 1}, {"failed": 0, "unknown": 2}],
)
def test_figures_agree_only_if_counters_and_rows_do(changes: dict[str, int]) -> None:
    assert some_figures().agrees
    assert not some_figures(execution=an_execution(**changes)).agrees


def test_a_file_without_rows_has_no_unusable_share() -> None:
    assert some_figures(execution=an_execution(rows_read=0)).unusable_share == 0
