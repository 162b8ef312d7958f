"""Numbers, dates and names as people read them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import PurePosixPath

from shared.contracts.attributes import shown
from shared.contracts.execution import Execution
from shared.stores.discovery_store import Searched

_SPELLED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def number(value: int) -> str:
    """12345 is 12,345."""
    return f"{value:,}"


def plural(value: int, word: str, words: str | None = None) -> str:
    """`1 row`, `2 rows`."""
    return f"{number(value)} {word if value == 1 else words or word + 's'}"


def sampled(searched: Searched) -> str:
    """Says that only a sample of the rows was searched for new categories; empty if all were."""
    if not searched.left_out:
        return ""
    return (
        "There are more rows than one search for new categories takes, so it looked for them in a sample:"
        f" {number(searched.pool)} of {number(searched.pool + searched.left_out)}. Others got those that the"
        " rows most like them in the sample got; what is still unknown is in the next search."
    )


def value(stored: object) -> str:
    """A value of an attribute as the database keeps it; an amount as people write it."""
    amount = stored.get("amount") if isinstance(stored, Mapping) else None
    if isinstance(stored, Mapping) and isinstance(amount, float) and not amount.is_integer():
        stored = {**stored, "amount": f"{amount:.2f}"}
    return {"true": "yes", "false": "no"}.get(text := shown(stored), text)


def attribute_value(value: str | None) -> str:
    """A value of an attribute as people read it; None: any."""
    return {None: "given", "true": "yes", "false": "no"}.get(value, value or "")


def percent(part: int | float, whole: int | float) -> str:
    """A share as a whole per cent; 0 % and 100 % are shown only if they are exact."""
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
    if value < Decimal("0.0001"):
        return "<$0.0001"
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


def day_range(first: datetime, last: datetime) -> str:
    """`5 March 2024 – 2 May 2024`, or one day."""
    return day(first) if first.date() == last.date() else f"{day(first)} – {day(last)}"


def decimal(value: Decimal) -> str:
    """4.0 is 4, 4.50 is 4.5."""
    return f"{value.normalize():f}"


def average(value: Decimal | None) -> str:
    """An average to one place; a dash where there is nothing to average."""
    return "–" if value is None else f"{value:.1f}"


def spelled(value: int) -> str:
    """Small numbers as words."""
    return _SPELLED[value] if value < len(_SPELLED) else number(value)


def field(name: str) -> str:
    """What a column of a file is called, so that it is read as this field."""
    return "id" if name == "ref_id" else name


def file_name(key: str) -> str:
    """An object's key without its folders."""
    return PurePosixPath(key).name


def title(execution: Execution) -> str:
    """An execution's name for people: that of its file, or the day of direct feedback."""
    if execution.source_key:
        return file_name(execution.source_key)
    return f"Direct feedback of {day(execution.started_at)}"


FILTERS = {
    function.__name__: function
    for function in (
        number,
        plural,
        percent,
        dollars,
        duration,
        day,
        moment,
        day_range,
        decimal,
        average,
        spelled,
        field,
        value,
    )
}
"""What the templates of the report and of the mails call as filters."""
