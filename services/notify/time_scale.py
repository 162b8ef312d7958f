"""The time that a report's charts show: the bulk of the dates, in days, weeks, months or years."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from shared.contracts.base import Contract
from shared.stores.feedback_store.report_times import DatedRows, Period

_MAX_STEPS = {Period.DAY: 31, Period.WEEK: 27 * 7, Period.MONTH: 60 * 31}
"""The longest span in days that is drawn by this period."""
_MOST_OUTSIDE = 50
"""At most one dated row in so many is left out, of few rows somewhat more."""
_EARLIEST, _LATEST = date(1000, 1, 1), date(9999, 12, 31)
_LEAST_REACH = 60
"""Days from the bulk of the dates within which a row is shown however short the bulk is."""


class Span(Contract):
    """The first and the last date that charts show, the rows without a date, and those dated far outside."""

    first: datetime | None
    last: datetime | None
    undated: int
    outside: tuple[DatedRows, ...] = ()


def span_of(parts: Mapping[str, DatedRows]) -> Span:
    """The span of rows counted by where their dates lie: `before`, `inside`, `after` or `undated`."""
    inside = parts.get("inside")
    return Span(
        first=inside.first if inside else None,
        last=inside.last if inside else None,
        undated=parts["undated"].rows if "undated" in parts else 0,
        outside=tuple(parts[place] for place in ("before", "after") if place in parts),
    )


def limits(rows_by_month: Mapping[date, int]) -> tuple[date, date]:
    """Between which days rows are shown, the second not included.

    The bulk is the shortest run of months that holds all rows but 2 %. What is farther from it than twice its
    length is left out, so the bulk fills a fifth of the chart at least.

    Args:
        rows_by_month: dated rows by the first day of their month, in the order of time.
    """
    if not rows_by_month:
        return _EARLIEST, _LATEST
    first, end = _bulk(list(rows_by_month), list(rows_by_month.values()))
    reach = max(2 * (end - first).days, _LEAST_REACH)
    return _moved(first, -reach), _moved(end, reach)


def period_of(span: Span) -> Period:
    """The step in which a span of time is drawn, so that a chart has at most about 60 columns."""
    if span.first is None or span.last is None:
        return Period.MONTH
    days = (span.last - span.first).days + 1
    return next((period for period, most in _MAX_STEPS.items() if days <= most), Period.YEAR)


def steps(first: datetime, last: datetime, period: Period) -> list[date]:
    """The first day of each step from `first` to `last`, those without rows too."""
    starts = [_start(first.date(), period)]
    while (following := _next(starts[-1], period)) <= last.date():
        starts.append(following)
    return starts


def _bulk(months: list[date], rows: list[int]) -> tuple[date, date]:
    """The shortest run of months with all rows but those that may be left out; its end is not included."""
    needed = sum(rows) - _spare(sum(rows))
    best, begin, held = (months[0], _next(months[-1], Period.MONTH)), 0, 0
    for month, count in zip(months, rows, strict=True):
        held += count
        while held - rows[begin] >= needed:
            held -= rows[begin]
            begin += 1
        found = months[begin], _next(month, Period.MONTH)
        if held >= needed and found[1] - found[0] < best[1] - best[0]:
            best = found
    return best


def _spare(rows: int) -> int:
    """How many rows may be left out: 2 %; of 5 to 199 one in ten, at least one and at most three."""
    return max(rows // _MOST_OUTSIDE, min(3, rows // 10), int(rows >= 5))


def _moved(day: date, days: int) -> date:
    try:
        return max(_EARLIEST, day + timedelta(days=days))
    except OverflowError:
        return _EARLIEST if days < 0 else _LATEST


def _start(day: date, period: Period) -> date:
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
        case Period.YEAR:
            return day.replace(month=1, day=1)


def _next(start: date, period: Period) -> date:
    match period:
        case Period.DAY:
            return start + timedelta(days=1)
        case Period.WEEK:
            return start + timedelta(days=7)
        case Period.MONTH:
            return (start + timedelta(days=32)).replace(day=1)
        case Period.YEAR:
            return start.replace(year=start.year + 1)
