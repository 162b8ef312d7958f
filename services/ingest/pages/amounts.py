"""The amount that an element shows: one, a range, or one in two currencies."""

import re
from decimal import Decimal
from itertools import islice

from lxml import etree

from services.ingest.pages.money import Money, as_written, money_of
from services.ingest.pages.nodes import short_text
from services.ingest.pages.page_words import words
from services.ingest.pages.shown import hints_of

PRICE_LENGTH = 40
"""Characters of a text that is an amount and little else."""
NUMBER = re.compile(r"\d(?:[\d.,'’\s]*\d)?")
_RANGE = re.compile(
    r"(\D*\d[\d.,'’\s]*\D{0,6}?)\s*(?:[-–—~〜～]|\b(?:to|bis|à|al?|do|až|до|hasta|tot|till?)\b)\s*(\D{0,6}\d.*)",
    re.IGNORECASE,
)
_TWICE = re.compile(r"(\D*\d[\d.,'’\s]*\D*?)\s*[/|(=≈]\s*(\D{0,6}\d.*)")
"""The same amount in two currencies."""
_FOOTNOTE = re.compile(r"[*(]?\d[)*]?|\*+")


def amount_of(text: str) -> tuple[Money | None, Decimal | None]:
    """The one amount in a text, or the first of two currencies; of a range the lower one, and the other."""
    if not text or len(text) > PRICE_LENGTH:
        return None, None
    text = as_written(text)
    numbers = len(NUMBER.findall(text))
    if numbers == 1:
        return money_of(text), None
    ranged = _RANGE.fullmatch(text) if numbers == 2 else None
    match = ranged or (_TWICE.fullmatch(text) if numbers == 2 else None)
    first, second = (money_of(match[1]), money_of(match[2])) if match else (None, None)
    if first is None or second is None:
        return None, None
    if not ranged:
        return (first, None) if first.sign and second.sign and first.sign != second.sign else (None, None)
    if second.amount <= first.amount or not (first.sign or second.sign):
        return None, None
    return Money(first.amount, first.sign or second.sign), second.amount


def with_cents(element: etree._Element, text: str) -> str:
    """The text of an amount with a point before cents that stand raised, and without raised footnotes."""
    if len(text) > PRICE_LENGTH or not len(element) or not NUMBER.search(text):
        return text
    for each in islice(element.iterdescendants(), 20):
        raised = each.tag == "sup"
        if raised or not words("cents").isdisjoint(hints_of(each)):
            own = short_text(each, 6, "")
            if re.fullmatch(r"\d\d", own):
                text = re.sub(rf"(?<=\d)\s?{own}(?!\d)", f".{own}", text)
            elif raised and _FOOTNOTE.fullmatch(own):
                before, _, behind = text.rpartition(own)
                text = before + behind
    return text
