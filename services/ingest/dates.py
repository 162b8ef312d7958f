"""Dates as people write them, and whether a file puts the day or the month first.

`5/3/2024` alone cannot be told; a file can. One date that can be only one of the two decides for all.
What most files hold (ISO, numbers with a time) is read by two patterns; all else is looked at more closely.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from services.ingest.date_text import DateText, hour_of_day, read_date_text
from services.ingest.refusal import ValueUnread
from services.ingest.value_text import value_text


class DateOrder(StrEnum):
    """Which of day and month comes first in dates such as 5/3/2024."""

    MONTH_FIRST = "month_first"
    DAY_FIRST = "day_first"


YEARS = range(1900, 2101)
_CENTURY_TURNS = 70
"""Two digits below this are 20xx, the others 19xx."""
# A number alone behind a date is no hour.
_TIME = (
    r"(?:(?:T|,?\s+)(?P<hour>\d{1,2})(?=:|\s*[AaPp])(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_NUMERIC = re.compile(
    r"(?P<first>\d{1,2})(?P<mark>[/.\-])(?P<second_part>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})" + _TIME,
    re.ASCII,
)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<mark>[/.\-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})" + _TIME, re.ASCII
)
_SPACED = re.compile(r"(\d{1,2}) (\d{1,2}), (\d{4})", re.ASCII)
"""As in Amazon's data sets of reviews."""
_PERHAPS_NUMERIC = re.compile(r"(?<!\d)\d{1,2}\s?([/.\-])\s?\d{1,2}\s?\1\s?(?:\d{4}|\d{2})(?!\d)", re.ASCII)
_NUMBER = re.compile(
    r"(?:/Date\()?(\d+(?:[.,]\d+)?|\d[.,]\d{3,}[Ee]\+?\d{1,2})(?:(?:[+-]\d{4})?\)/)?", re.ASCII
)
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (UTC by agreement)
_SECONDS = range(10**9, 4_133_980_800)
"""Seconds since 1970 from 2001 to 2100: ten digits, and no other number that a column of dates may hold."""
_EXCEL = datetime(1899, 12, 30)  # noqa: DTZ001
_SERIALS = range(29_221, 54_789)
"""Days as Excel counts them, from 1980 to 2049: what else has five digits is sooner a number of something."""
_HINT = "write it as 2024-03-05 or 2024-03-05T09:15:00Z"


def decides(text: str) -> DateOrder | None:
    """The order of this date, if it does not exist in the other one; else None."""
    text = _plain(text)
    match = _NUMERIC.fullmatch(text)
    if match is None and _PERHAPS_NUMERIC.search(text):
        found = read_date_text(text)
        match = _NUMERIC.fullmatch(found.numeric) if found else None
    if match is None:
        return None
    first, second = int(match["first"]), int(match["second_part"])
    if 12 < first <= 31 and 1 <= second <= 12:
        return DateOrder.DAY_FIRST
    if 12 < second <= 31 and 1 <= first <= 12:
        return DateOrder.MONTH_FIRST
    return None


def _plain(text: str) -> str:
    text = value_text(text)
    match = _SPACED.fullmatch(text)
    return "/".join(match.groups()) if match else text


def usual_order(delimiter: str) -> DateOrder | None:
    """The order of a table with this delimiter: cells are parted by semicolons where commas are decimal, and
    nobody there writes the month first.
    """
    return DateOrder.DAY_FIRST if delimiter == ";" else None


def parse_date(text: str, order: DateOrder | None) -> datetime:
    """The moment that `text` names, in UTC without a zone; a time without a zone counts as UTC.

    Args:
        order: the file's order; None: dots are read day first (05.03.2024), slashes and hyphens month first.

    Raises:
        ValueUnread: there is no such date, or it is written in a way that nobody taught us.
    """
    text = _plain(text)
    if date := _marked(text, order):
        return date
    if match := _NUMBER.fullmatch(text):
        return _number(match[1])
    try:
        return _iso(text)
    except ValueError:
        found = read_date_text(text)
    if found is None:
        raise _no_such_date()
    return _worded(found, order)


def _marked(text: str, order: DateOrder | None) -> datetime | None:
    """A date in numbers with separators; None if it is written otherwise."""
    if match := _YEAR_FIRST.fullmatch(text):
        return _moment(match, int(match["year"]), int(match["month"]), int(match["day"]))
    match = _NUMERIC.fullmatch(text)
    return _numeric(match, order) if match else None


def _numeric(match: re.Match[str], order: DateOrder | None) -> datetime:
    if order is None:
        order = DateOrder.DAY_FIRST if match["mark"] == "." else DateOrder.MONTH_FIRST
    parts = int(match["first"]), int(match["second_part"])
    month, day = parts if order is DateOrder.MONTH_FIRST else parts[::-1]
    try:
        return _moment(match, _year(match["year"]), month, day)
    except ValueUnread:
        if decides(match.string) not in (None, order):
            first = "month" if order is DateOrder.MONTH_FIRST else "day"
            raise ValueUnread(
                f"date: in this file the {first} comes first, and then there is no such date; {_HINT}"
            ) from None
        raise


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 2:
        year += 2000 if year < _CENTURY_TURNS else 1900
    return year


def _moment(match: re.Match[str], year: int, month: int, day: int) -> datetime:
    hour = hour_of_day(int(match["hour"] or 0), match["half"] or "")
    minute, second = int(match["minute"] or 0), int(match["second"] or 0)
    if hour is None:
        raise _no_such_date()
    try:
        return _checked(datetime(year, month, day, hour, minute, second))  # noqa: DTZ001 (UTC by agreement)
    except ValueError:
        raise _no_such_date() from None


def _worded(found: DateText, order: DateOrder | None) -> datetime:
    """A date in words, its time and its zone."""
    try:
        if found.numeric:
            date = _marked(found.numeric, order)
        else:
            date = datetime(_year(found.year), found.month, found.day)  # noqa: DTZ001 (UTC by agreement)
        if date is None or found.clock is None:
            raise _no_such_date()
        hour, minute, second = found.clock
        return _checked(date.replace(hour=hour, minute=minute, second=second) - found.offset)
    except (ValueError, OverflowError):
        raise _no_such_date() from None


def _number(text: str) -> datetime:
    """A number: a date without marks, seconds (or thousandths…) since 1970, or days as Excel counts them."""
    if text.isdigit() and len(text) in _COMPACT:
        try:
            return _checked(datetime.strptime(text, _COMPACT[len(text)]))  # noqa: DTZ007 (UTC by agreement)
        except ValueError:
            raise _no_such_date() from None
    number = Decimal(text.replace(",", "."))
    if int(number) in _SERIALS:
        return _checked(_EXCEL + timedelta(seconds=round(number * 86_400)))
    for unit in (1, 10**3, 10**6, 10**9):
        if int(number / unit) in _SECONDS:
            return _checked(_EPOCH + timedelta(seconds=int(number / unit)))
    raise _no_such_date()


def _iso(text: str) -> datetime:
    """Raises ValueError if it is none."""
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise _no_such_date() from None
    return _checked(moment)


def _checked(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise ValueUnread(f"date: its year is not between {YEARS[0]} and {YEARS[-1]}; {_HINT}")
    return moment.replace(microsecond=0)


def _no_such_date() -> ValueUnread:
    return ValueUnread(f"date: there is no such date, or it is written in an unknown way; {_HINT}")
