"""Ratings as people and shops write them → stars from 0 to 5, in tenths.

`8` alone may be out of 10 or of 100, or an error; a file's column can tell. `8/10` says so itself.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Literal

from services.ingest.refusal import ValueUnread
from shared.contracts.base import Contract

_STARS = "stars: must be a number from 0 to 5, such as 4.5, or say of how many, such as 8/10"
_NUMBER = r"(?P<value>\d{1,3}(?:[.,]\d{1,20})?)"
_PLAIN = re.compile(rf"\+?{_NUMBER}")
_OF = r"(?:/|out of|of|von|sur|de|su|van|z|av|på|ud af|из)"
_NAMED = (
    r"(?:stars?|sterne?n?|étoiles?|etoiles?|estrellas?|estrelas?|stell[ae]|sterren|gwiazdk\w*|yıldız"
    r"|stjärnor|points?)"
)
_SAID = re.compile(
    rf"(?:rated|rating:?|score:?)?\s*{_NUMBER}\s*"
    rf"(?:(?:\s{_NAMED}\s*)?{_OF}\s*(?P<scale>\d{{1,3}})(?:[.,]0+)?)?\s*{_NAMED}?",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"{_NUMBER}\s*%")
_SIGNS = re.compile(
    r"(?P<full>(?:[★⭐🌟]\ufe0f?\s*)+)(?P<half>½?)\s*(?:☆\ufe0f?\s*)*|(?P<none>(?:☆\s*){1,5})"
)
_ASTERISKS = re.compile(r"\*{1,5}")
_WORDS = {word: number for number, word in enumerate(("zero", "one", "two", "three", "four", "five"))}
_SCALES = range(2, 101)
ENOUGH = 10_000
"""Ratings after which the scale of a column is known well enough."""

StarsScale = Literal[5, 10, 100]
"""The best rating of a column; the worst is 0."""


class RatingCounts(Contract):
    """Ratings of a column that do not say of how many, counted by how high they are."""

    values: int = 0
    """All that were looked at."""
    numbers: int = 0
    """Those from 0 to 100."""
    over_five: int = 0
    """Those up to 10."""
    over_ten: int = 0

    def plus(self, text: str) -> "RatingCounts":
        """With one more value of the column."""
        if not text:
            return self
        number = _bare_number(text.strip())
        if number is None or not 0 <= number <= 100:
            return self.model_copy(update={"values": self.values + 1})
        return RatingCounts(
            values=self.values + 1,
            numbers=self.numbers + 1,
            over_five=self.over_five + (5 < number <= 10),
            over_ten=self.over_ten + (number > 10),
        )

    @property
    def scale(self) -> StarsScale:
        """The scale that the ratings show; a few outside of 0 to 5 are errors, and show none."""
        if self.over_ten and 2 * self.over_ten >= self.numbers:
            return 100
        several = self.over_five >= 2 and 10 * self.over_five >= self.numbers
        return 10 if several or (self.over_five and 2 * self.over_five >= self.numbers) else 5


def stars_of(text: str, scale: StarsScale = 5) -> Decimal:
    """The stars that a text means; of another scale, the share of five.

    Args:
        scale: of a number that does not say of how many.

    Raises:
        ValueUnread: it says no number of stars.
    """
    text = text.strip()
    value = _said(text, scale)
    if value is None or not 0 <= value <= 5:
        raise ValueUnread(_STARS)
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _said(text: str, scale: StarsScale) -> Decimal | None:
    number = _bare_number(text)
    if number is not None:
        return number * 5 / scale
    if match := _SAID.fullmatch(text):
        said = int(match["scale"])
        return _decimal(match["value"]) * 5 / said if said in _SCALES else None
    if match := _PERCENT.fullmatch(text):
        return _decimal(match["value"]) / 20
    return _signs(text)


def _bare_number(text: str) -> Decimal | None:
    """The number that a rating is, if it does not say of how many."""
    if match := _PLAIN.fullmatch(text):
        return _decimal(match["value"])
    if match := _SAID.fullmatch(text):
        return None if match["scale"] else _decimal(match["value"])
    return _exact(text)


def _signs(text: str) -> Decimal | None:
    if _ASTERISKS.fullmatch(text):
        return Decimal(len(text))
    if match := _SIGNS.fullmatch(text):
        full = sum(sign in "★⭐🌟" for sign in match["full"] or "")
        return full + (Decimal("0.5") if match["half"] else Decimal(0))
    word = re.sub(rf"\s*{_NAMED}$", "", text.lower())
    return Decimal(_WORDS[word]) if word in _WORDS else None


def _exact(text: str) -> Decimal | None:
    """A number in any notation, if it is one of tenths."""
    try:
        value = Decimal(text.replace(",", "."))
        return value if value == value.quantize(Decimal("0.1")) else None
    except InvalidOperation:
        return None


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))
