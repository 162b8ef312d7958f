"""What is said of an amount by its words and those before it: a price, an old one, of a kilogram, untaxed."""

import re

from lxml import etree

from services.ingest.pages.amounts import NUMBER
from services.ingest.pages.nodes import short_text
from services.ingest.pages.page_words import phrase, words

_SAID, _UNTAXED, _OF_UNIT, _OTHER = 1.0, 3.0, 3.0, 3.0
_LABEL_LENGTH, _LABEL_STEPS = 40, 3
_CELLS = ("td", "dd")
_UNIT = re.compile(
    r"(?:/|\b(?:per|pro|je|par|por|al|za|pr|kohti)\b)\s*(?:\d+\s*)?"
    r"(?:kg|g|l|lt|ml|cl|lb|lbs|oz|m|m2|m²|each|ea|mo|month|monat|mois|mes|mese|litre|liter|unit)\b",
    re.IGNORECASE,
)


def score_of(element: etree._Element, text: str) -> float:
    """What is said for and against the amount in an element."""
    label = label_of(element)
    score = own_score(text) - _OTHER * (not words("no price").isdisjoint(_said(label)))
    # Elsewhere it may as well belong to the amount before it.
    score -= _UNTAXED * (_is_in_cell(element) and _is_untaxed(label))
    return score - _OF_UNIT * (_is_of_unit(label) and not _is_of_unit(text))


def own_score(text: str) -> float:
    """What its own words say."""
    return _SAID * _says_price(text) - _UNTAXED * _is_untaxed(text) - _OF_UNIT * _is_of_unit(text)


def says_before(text: str) -> bool:
    """Whether a text calls its amount one that was asked before."""
    return not words("struck").isdisjoint(_said(text))


def label_of(element: etree._Element) -> str:
    """What stands directly before an amount, without an amount of its own."""
    for _ in range(_LABEL_STEPS):
        before, above = element.getprevious(), element.getparent()
        if before is not None:
            text = f"{short_text(before, _LABEL_LENGTH)} {before.tail or ''}"
        else:
            text = (above.text or "") if above is not None else ""
        if text.strip() or above is None:
            return "" if len(text) > 2 * _LABEL_LENGTH or NUMBER.search(text) else " ".join(text.split())
        element = above
    return ""


def _is_in_cell(element: etree._Element) -> bool:
    return element.tag in _CELLS or next(element.iterancestors(*_CELLS), None) is not None


def _says_price(text: str) -> bool:
    """Whether a text calls its amount a price."""
    said = _parted(text).split()
    return not words("price").isdisjoint(said) and words("not due").isdisjoint(said)


def _is_of_unit(text: str) -> bool:
    """Whether an amount is due for a kilogram, a month and the like."""
    return _UNIT.search(text) is not None or not words("of unit").isdisjoint(_said(text))


def _is_untaxed(text: str) -> bool:
    """Whether a text says that taxes are still to be added."""
    said = f" {_parted(text)} "
    return any(f" {each} " in said for each in words("untaxed"))


def _said(text: str) -> frozenset[str]:
    return frozenset(_parted(text).split())


def _parted(text: str) -> str:
    """A text with its words parted by nothing but spaces."""
    return " ".join(re.sub(r"[:()*/¹²³：（）]", " ", phrase(text)).split())


def names_price(hints: frozenset[str]) -> bool:
    """Whether the words of a class call it a price."""
    return any(
        word in hint
        for hint in hints
        for word in words("price")
        if hint.startswith(word) or hint.endswith(word)
    )
