"""The readers of values: whatever stands in a cell is a date, a rating or nothing, or is left as it came.

The first byte chooses how the file writes its values (`Forms`); the others are the cell.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.ingest.dates import YEARS, DateOrder, decides, parse_date
from services.ingest.placeholders import is_nothing, without_formula
from services.ingest.ratings import RatingCounts, StarsScale, stars_of
from services.ingest.refusal import ValueUnread

SCALES: tuple[StarsScale, ...] = (1, 5, 10, 100)
ORDERS = (None, DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)


@dataclass(frozen=True)
class Forms:
    """How a file writes its dates and ratings."""

    order: DateOrder | None
    scale: StarsScale

    @classmethod
    def of(cls, choice: int) -> "Forms":
        """One of twelve, most of them by several bytes."""
        return cls(ORDERS[choice % 3], SCALES[choice // 3 % 4])


def check(data: bytes) -> None:
    """Reads a cell in each way; raises AssertionError, or whatever else the readers let out."""
    forms = Forms.of(data[0] if data else 0)
    text = data[1:].decode("utf-8", "replace")
    date, stars = _date(text, forms), _stars(text, forms)
    _check_unseen(text, forms, date, stars)
    if is_nothing("stars", text):
        assert date is None, "what is nothing is no date"
        assert stars is None, "and no rating"
    assert without_formula(without_formula(text)) in (without_formula(text), text[2:-1])


def _date(text: str, forms: Forms) -> datetime | None:
    order = decides(text)
    try:
        moment = parse_date(text, forms.order)
    except ValueUnread as error:
        _check_reason(str(error), "2024-03-05")
        return None
    assert moment.year in YEARS
    assert moment.tzinfo is None
    assert moment.microsecond == 0
    if order is not None:
        assert moment == parse_date(text, order), "a date that decides can be read in one order only"
    return moment


def _stars(text: str, forms: Forms) -> Decimal | None:
    counts = RatingCounts().plus(text)
    assert counts.numbers <= counts.values <= 1
    try:
        stars = stars_of(text, forms.scale)
    except ValueUnread as error:
        _check_reason(str(error), "8/10")
        return None
    assert 0 <= stars <= 5
    assert stars == stars.quantize(Decimal("0.1"))
    if not counts.numbers:
        assert all(stars == stars_of(text, scale) for scale in SCALES), "what says of how many needs no scale"
    return stars


def _check_reason(reason: str, form: str) -> None:
    assert form in reason, "it says how to write it"


def _check_unseen(text: str, forms: Forms, date: datetime | None, stars: Decimal | None) -> None:
    """Signs that nobody sees change nothing."""
    if len(text) > 90:
        return
    marked = f"\u200e {text}\ufeff "
    with suppress(ValueUnread):
        assert parse_date(marked, forms.order) == date
        date = None
    with suppress(ValueUnread):
        assert stars_of(marked, forms.scale) == stars
        stars = None
    assert (date, stars) == (None, None)
