"""The figures of a report over time, against rows in a real database."""

from datetime import date

from shared.platform.database import Database
from shared.stores.feedback_store.report_times import Period
from tests.integration.notify_case import an_outcome
from tests.integration.report_reading import figures


def test_time_is_cut_into_whole_weeks_from_monday_and_undated_rows_are_counted(database: Database) -> None:
    days = ["2026-01-04", "2026-01-05", "2026-01-11", "2026-03-02"]
    outcomes = [an_outcome(n, date=f"{day}T10:00:00") for n, day in enumerate(days, 1)]

    seen = figures(database, [*outcomes, an_outcome(9)])

    assert seen.period is Period.WEEK
    assert [(count.start, count.rows) for count in seen.by_time] == [
        (date(2025, 12, 29), 1),
        (date(2026, 1, 5), 2),
        (date(2026, 3, 2), 1),
    ]
    assert seen.span.undated == 1
    assert sum(count.rows for count in seen.trends if count.key == "Delivery") == 4


def test_long_times_are_cut_into_months_and_years(database: Database) -> None:
    seen = figures(
        database, [an_outcome(1, date="2025-01-31T00:00:00"), an_outcome(2, date="2025-12-01T00:00:00")]
    )
    assert [count.start for count in seen.by_time] == [date(2025, 1, 1), date(2025, 12, 1)]


def test_a_date_far_from_the_others_is_counted_and_stretches_no_chart(database: Database) -> None:
    dates = ["1970-01-01", *(f"2024-03-{day:02}" for day in range(1, 21)), "2077-05-01"]
    outcomes = [an_outcome(n, date=f"{day}T23:59:59") for n, day in enumerate(dates, 1)]

    seen = figures(database, [*outcomes, an_outcome(99)])

    assert seen.period is Period.DAY
    assert [(count.start, count.rows) for count in seen.by_time] == [
        (date(2024, 3, day), 1) for day in range(1, 21)
    ]
    assert sum(count.rows for count in seen.trends) == 20
    assert [(part.rows, part.first and part.first.date()) for part in seen.span.outside] == [
        (1, date(1970, 1, 1)),
        (1, date(2077, 5, 1)),
    ]
    assert seen.span.undated == 1
    assert seen.answered == 23
