"""Dates as people write them, and whether a file puts the day or the month first.

`5/3/2024` alone cannot be told; a file can. One date that can be only one of the two decides for all.
"""

import re
from datetime import UTC, datetime
from enum import StrEnum

from services.ingest.refusal import RowRejected


class DateOrder(StrEnum):
    """Which of day and month comes first in dates such as 5/3/2024."""

    MONTH_FIRST = "month_first"
    DAY_FIRST = "day_first"


YEARS = range(1900, 2101)
_CENTURY_TURNS = 70
"""Two digits below this are 20xx, the others 19xx."""
_TIME = (
    r"(?:(?:T|,?\s+)(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_NUMERIC = re.compile(
    r"(?P<first>\d{1,2})(?P<mark>[/.\-])(?P<second_part>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})" + _TIME,
    re.ASCII,
)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<mark>[/.\-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})" + _TIME, re.ASCII
)
_HINT = "write it as 2024-03-05 or 2024-03-05T09:15:00Z"


def decides(text: str) -> DateOrder | None:
    """The order that this date proves, because in the other one it would not exist."""
    match = _NUMERIC.fullmatch(text.strip())
    if match is None:
        return None
    first, second = int(match["first"]), int(match["second_part"])
    if 12 < first <= 31 and 1 <= second <= 12:
        return DateOrder.DAY_FIRST
    if 12 < second <= 31 and 1 <= first <= 12:
        return DateOrder.MONTH_FIRST
    return None


def parse_date(text: str, order: DateOrder | None) -> datetime:
    """The moment that `text` names, in UTC without a zone; a time without a zone counts as UTC.

    Args:
        order: the file's order; None: dots are read day first (05.03.2024), slashes and hyphens month first.

    Raises:
        RowRejected: there is no such date, or it is written in a way that nobody taught us.
    """
    text = text.strip()
    match = _NUMERIC.fullmatch(text)
    if match is not None:
        return _numeric(match, order)
    match = _YEAR_FIRST.fullmatch(text)
    if match is not None:
        return _moment(match, int(match["year"]), int(match["month"]), int(match["day"]))
    return _iso(text)


def _numeric(match: re.Match[str], order: DateOrder | None) -> datetime:
    if order is None:
        order = DateOrder.DAY_FIRST if match["mark"] == "." else DateOrder.MONTH_FIRST
    parts = int(match["first"]), int(match["second_part"])
    month, day = parts if order is DateOrder.MONTH_FIRST else parts[::-1]
    year = int(match["year"])
    if len(match["year"]) == 2:
        year += 2000 if year < _CENTURY_TURNS else 1900
    try:
        return _moment(match, year, month, day)
    except RowRejected:
        if decides(match.string) not in (None, order):
            first = "month" if order is DateOrder.MONTH_FIRST else "day"
            raise RowRejected(
                f"date: in this file the {first} comes first, and then there is no such date; {_HINT}"
            ) from None
        raise


def _moment(match: re.Match[str], year: int, month: int, day: int) -> datetime:
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    half = (match["half"] or "").lower().replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise _no_such_date()
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return _checked(datetime(year, month, day, hour, minute, second))  # noqa: DTZ001 (UTC by agreement)
    except ValueError:
        raise _no_such_date() from None


def _iso(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise _no_such_date() from None
    return _checked(moment)


def _checked(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise RowRejected(f"date: its year is not between {YEARS[0]} and {YEARS[-1]}; {_HINT}")
    return moment.replace(microsecond=0)


def _no_such_date() -> RowRejected:
    return RowRejected(f"date: there is no such date, or it is written in an unknown way; {_HINT}")
