"""Ratings as people and shops write them → stars from 0 to 5, in tenths."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from services.ingest.refusal import RowRejected

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


def stars_of(text: str) -> Decimal:
    """The stars that a text means; of another scale, the share of five.

    Raises:
        RowRejected: it says no number of stars, or not of how many.
    """
    text = text.strip()
    value = _said(text)
    if value is None or not 0 <= value <= 5:
        raise RowRejected(_STARS)
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _said(text: str) -> Decimal | None:
    if match := _PLAIN.fullmatch(text):
        return _decimal(match["value"])
    if match := _SAID.fullmatch(text):
        scale = int(match["scale"] or 5)
        return _decimal(match["value"]) * 5 / scale if scale in _SCALES else None
    if match := _PERCENT.fullmatch(text):
        return _decimal(match["value"]) / 20
    value = _signs(text)
    return _exact(text) if value is None else value


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
