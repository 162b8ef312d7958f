"""Numbers of a workbook as people see them there: dates, percentages, whole numbers without `.0`."""

import re
from datetime import datetime, timedelta
from enum import Enum

_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""The numbers of built-in formats of dates and times, those of East Asian languages included."""
_PERCENTAGES = frozenset({9, 10})
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_DATE_LETTERS = re.compile(r"[dmyhs]|\[[hms]+\]|(?<![0#?.])e(?![+-])", re.IGNORECASE)
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (UTC by agreement)
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_LEAP_DAY = 60
"""Excel counts 29 February 1900, which there was not."""
_LONGEST = 10**15


class NumberForm(Enum):
    """How a number of a workbook is shown."""

    PLAIN = "plain"
    DATE = "date"
    PERCENT = "percent"


def number_form(number: int, code: str | None) -> NumberForm:
    """How numbers of this format are shown.

    Args:
        code: the format, if the workbook says; else its number is one of the built-in ones.
    """
    if code is None:
        if number in _DATES:
            return NumberForm.DATE
        return NumberForm.PERCENT if number in _PERCENTAGES else NumberForm.PLAIN
    shown = _NOT_FORMAT.sub("", code.partition(";")[0])
    if "%" in shown:
        return NumberForm.PERCENT
    is_date = _DATE_LETTERS.search(shown) and shown.strip().casefold() != "general"
    return NumberForm.DATE if is_date else NumberForm.PLAIN


def number_text(value: float, form: NumberForm, *, from_1904: bool) -> str:
    """A number as people see it."""
    if form is NumberForm.DATE:
        return _date(value, from_1904=from_1904) or _plain(value)
    if form is NumberForm.PERCENT:
        return f"{_plain(round(value * 100, 10))}%"
    return _plain(value)


def _plain(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() and abs(value) < _LONGEST else repr(value)


def _date(value: float, *, from_1904: bool) -> str | None:
    if not 0 <= value < 2_958_466:  # the year 10000; NaN is neither
        return None
    early = not from_1904 and 1 <= value < _LEAP_DAY
    # Days are floats: a millisecond is the most that they are exact to.
    moment = (_EPOCH_1904 if from_1904 else _EPOCH) + timedelta(
        days=int(value) + early, milliseconds=round(value % 1 * 86_400_000)
    )
    if value < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat()
