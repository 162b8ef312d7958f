"""Numbers, dates and names as people read them."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import PurePosixPath

from shared.execution_store import Execution


def number(value: int) -> str:
    """12345 is 12,345."""
    return f"{value:,}"


def plural(value: int, word: str, words: str | None = None) -> str:
    """`1 row`, `2 rows`."""
    return f"{number(value)} {word if value == 1 else words or word + 's'}"


def percent(part: int | float, whole: int | float) -> str:
    """A share as a whole per cent; a little is never shown as 0 %, nor what lacks a little as 100 %."""
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 1:
        return "<1%"
    if 99 < share < 100:
        return ">99%"
    return f"{share:.0f}%"


def dollars(value: Decimal) -> str:
    """US dollars, in as many places as a small amount needs to be seen."""
    if value == 0:
        return "$0.00"
    return f"${value:,.2f}" if value >= 1 else f"${value:.4f}"


def duration(value: timedelta) -> str:
    """`4 s`, `3 min 20 s`, `2 h 5 min`, `1 d 3 h`."""
    seconds = max(0, round(value.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    if seconds < 86400:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 86400} d {seconds % 86400 // 3600} h"


def day(value: datetime) -> str:
    """`5 March 2024`."""
    return f"{value.day} {value:%B %Y}"


def moment(value: datetime) -> str:
    """`5 March 2024, 09:15 UTC`."""
    return f"{day(value)}, {value:%H:%M} UTC"


def title(execution: Execution) -> str:
    """What people know an execution by: the file's name, or the day."""
    if execution.source_key:
        return PurePosixPath(execution.source_key).name
    return f"Direct feedback of {day(execution.started_at)}"
