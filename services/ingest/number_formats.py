"""Numbers of a workbook as people see them there: dates, percentages, whole numbers without `.0`."""

import re
from datetime import datetime, time
from enum import Enum

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""The numbers of built-in formats of dates and times, those of East Asian languages included."""
_PERCENTAGES = frozenset({9, 10})
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_DATE_LETTERS = re.compile(r"[dmyhs]|\[[hms]+\]|(?<![0#?.])e(?![+-])", re.IGNORECASE)
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
    moment: datetime | time = from_excel(value, MAC_EPOCH if from_1904 else WINDOWS_EPOCH)
    return moment.isoformat().removesuffix("T00:00:00")
