"""Ratings as people and shops write them → stars from 0 to 5, in tenths.

`8` alone may be out of 10 or of 100, or an error; a file's column can tell. `8/10` says so itself.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from services.ingest.refusal import ValueUnread
from services.ingest.value_text import value_text
from shared.contracts.base import Contract

_STARS = "stars: must be a number from 0 to 5, such as 4.5, or say of how many, such as 8/10"
_WORDS = {
    word: number
    for number, words in enumerate(
        (
            "zero zéro cero",
            "one eins ein un une uno una um uma",
            "two zwei deux dos due dois duas",
            "three drei trois tres tre três",
            "four vier quatre cuatro quattro quatro",
            "five fünf cinq cinco cinque",
        )
    )
    for word in words.split()
}
_NUMBER = rf"(?:\d{{1,3}}(?:[.,]\d{{0,20}})?|(?:{'|'.join(_WORDS)})(?![^\W_]))"
_LABEL = (
    r"(?:(?:star[ _]?)?(?:rated|rating|score)|nps|csat|not[aé]|note|bewert(?:et mit|ung)|valorado (?:con|en)"
    r"|valutazione|voto|puntuaci[oó]n|calificaci[oó]n|avaliação|beoordeling|betyg|ocena|puan|оценка"
    r"|評価|评分|評分|별점)\s*[:=]?[ _]*"
)
_NAMED = (
    r"(?:[ _-]*(?:stars?|sterne?n?|[ée]toiles?|estrellas?|estrelas?|stell[ae]|sterren|gwiazd\w*|yıldız"
    r"|stjärnor|tähteä|зв[её]зд\w*|نجوم|bubbles?|points?|pts|punkte?n?|stj?erner|bintang|sao|csillag|hv[eě]zd\w*|hviezd\w*|αστέρια|αστέρι|כוכבים|stele|ดาว|分|puntos?|pont[io]s?|punti|つ?星|颗星|顆星|点|점|★|⭐|\*))"
)
_OF = r"(?:/|out of|of|von|sur|sobre|de|di|su|van|dari|z|av|på|ud af|из|από|מתוך|من|,?最多)"
_BEST_FIRST = r"(?:つ星のうち|つ星?中の?|yıldız üzerinden|점 만점에|में से)"
_SAID = re.compile(
    rf"(?:{_LABEL})?(?:(?P<value>{_NUMBER})\s*(?:{_NAMED}?\s*{_OF}\s*(?P<scale>{_NUMBER}))?"
    rf"|星?(?P<of>{_NUMBER})\s*{_BEST_FIRST}\s*(?P<best_first>{_NUMBER})){_NAMED}?[.!]?"
)
_PARTED = r"(?:\s+[-—]\s*|[-—]\s+|\s*[(:=|]\s*)"
_CHOICE = re.compile(rf"(?P<value>[^(:=|]+?){_PARTED}[^\W\d_]\D*|[^\W\d_]\D*?{_PARTED}(?P<last>\d[^(:=|]*)")
"""The answer that was chosen, with what it means: "9 - Extremely likely", "Excellent (5)"."""
_PERCENT = re.compile(rf"(?P<value>{_NUMBER})\s*%")
_SIGNS = re.compile(
    r"(?=[★⭐🌟✭✮●☆✩✰○])(?P<full>(?:[★⭐🌟✭✮●]\s*)*)(?P<half>1⁄2\s*)?(?P<empty>(?:[☆✩✰○]\s*)*)"
)
_HALF = re.compile(r"(?<=\d)(?:1⁄2|\s+1[/⁄]2$)")
_ASTERISKS = re.compile(r"\*{1,5}")
_NEGATIVE = re.compile(r"[-−]\d+(?:[.,]\d+)?")
_SCALES = range(2, 101)
_LONGEST = 100
"""Characters of a rating."""
_Rating = tuple[Decimal, int | None]
"""A number, and of how many it is; None if it does not say."""
_UNREAD: _Rating = (Decimal(-1), None)
ENOUGH = 10_000
"""Ratings after which the scale of a column is known well enough."""

StarsScale = Annotated[int, Field(ge=0, le=100)]
"""The best rating of a column; the worst is 0. 0: its numbers are no ratings, since some are below 0."""


class RatingCounts(Contract):
    """Ratings of a column that do not say of how many, counted by how high they are."""

    values: int = 0
    """All that were looked at."""
    negative: int = 0
    numbers: int = 0
    """Those from 0 to 100."""
    shares: int = 0
    """Those between 0 and 1."""
    over_one: int = 0
    over_five: int = 0
    """Those up to 10."""
    over_ten: int = 0

    def plus(self, text: str) -> "RatingCounts":
        """With one more value of the column."""
        if not text:
            return self
        number, best = _read(text[: _LONGEST + 1]) or _UNREAD
        if best is not None or not 0 <= number <= 100:
            negative = self.negative + bool(_NEGATIVE.fullmatch(text.strip()[: _LONGEST + 1]))
            return self.model_copy(update={"values": self.values + 1, "negative": negative})
        return RatingCounts(
            values=self.values + 1,
            negative=self.negative,
            numbers=self.numbers + 1,
            shares=self.shares + (0 < number < 1),
            over_one=self.over_one + (number > 1),
            over_five=self.over_five + (5 < number <= 10),
            over_ten=self.over_ten + (number > 10),
        )

    @property
    def scale(self) -> StarsScale:
        """The scale that the ratings show; a few outside of 0 to 5 are errors, and show none."""
        if _many(self.negative, self.values) or (self.negative and not self.over_one):
            return 0
        if self.over_ten and 2 * self.over_ten >= self.numbers:
            return 100
        if self.shares >= 2 and not self.over_one:
            return 1
        return 10 if _many(self.over_five, self.numbers) else 5


def _many(count: int, numbers: int) -> bool:
    """Whether so many show something, and are no errors."""
    return (count >= 2 and 10 * count >= numbers) or (count > 0 and 2 * count >= numbers)


def stars_of(text: str, scale: StarsScale = 5) -> Decimal:
    """The stars that a text means; of another scale, the share of five.

    Args:
        scale: of a number that does not say of how many.

    Raises:
        ValueUnread: it says no number of stars.
    """
    number, best = _read(text[: _LONGEST + 1]) or _UNREAD
    best = scale if best is None else best
    value = number * 5 / best if best else None
    if value is None or not 0 <= value <= 5:
        raise ValueUnread(_STARS)
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


@lru_cache(maxsize=1000)
def _read(text: str) -> _Rating | None:
    return _rating(_plain(text))


def _plain(text: str) -> str:
    """In small letters and plain signs, halves as decimals, without brackets around it."""
    if len(text) > _LONGEST:
        return ""
    return _HALF.sub(".5", value_text(text).lower().strip("()[] ").replace("٫", "."))


def _rating(text: str) -> _Rating | None:
    if match := _SAID.fullmatch(text):
        number, best = _decimal(match["value"] or match["best_first"]), match["scale"] or match["of"]
        if best is None:
            return number, None
        return (number, int(_decimal(best))) if int(_decimal(best)) in _SCALES else None
    if choice := _CHOICE.fullmatch(text):
        return _rating(choice["value"] or choice["last"])
    if match := _PERCENT.fullmatch(text):
        return _decimal(match["value"]), 100
    if (exact := _exact(text)) is not None:
        return exact, None
    return (Decimal(len(text)), 5) if _ASTERISKS.fullmatch(text) else _signs(text)


def _signs(text: str) -> _Rating | None:
    """Stars as signs, with or without the number that they show."""
    match = _SIGNS.search(text)
    if match is None:
        return None
    full, empty = (len(re.sub(r"\s", "", match[part])) for part in ("full", "empty"))
    value = full + (Decimal("0.5") if match["half"] else Decimal(0))
    best = full + empty + bool(match["half"])
    if rest := (text[: match.start()] + text[match.end() :]).strip("()[] -:"):
        number, of = _rating(rest) or _UNREAD
        said = number * 5 / (of or 5)
        return (said, 5) if best == 1 or said == value else None
    return (value, best if empty else 5) if value or not empty or best == 5 else None


def _exact(text: str) -> Decimal | None:
    """A number in any notation, if it is one of tenths."""
    try:
        value = Decimal(text.replace(",", "."))
        return value if value == value.quantize(Decimal("0.1")) else None
    except InvalidOperation:
        return None


def _decimal(text: str) -> Decimal:
    return Decimal(_WORDS.get(text, text.replace(",", ".")))
