"""The price that a page shows: of all amounts in it, the one that is most likely the product's."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from lxml import etree

from services.ingest.pages.amount_words import label_of, names_price, own_score, says_before, score_of
from services.ingest.pages.amounts import NUMBER, PRICE_LENGTH, amount_of, with_cents
from services.ingest.pages.money import Money, codes_of, money_of, plain
from services.ingest.pages.nodes import short_text
from services.ingest.pages.page_words import words
from services.ingest.pages.shown import Shown, hints_of, is_struck

_MOST_CANDIDATES = 400
_WHOLE = frozenset({"h1", "h2", "h3", "h4", "p", "li", "tr", "dt", "dd", "button"})
"""What is said in one of these is not continued by what follows it."""
_ROWS = frozenset({"table", "tbody", "tr", "dl", "ul", "ol"})
_WRAPPERS = 5
_LIST, _LIST_COST = 4, 1.5
_BESIDE = 30
"""Elements between a price and the one before it, at most."""
_ENOUGH = 3.5
"""From this score on an amount is taken for the price."""


class Candidate(NamedTuple):
    """An amount in the page.

    Attributes:
        element: in which it stands.
        form: its tag and class: what many share stands in a list.
        top: where a range ends that begins with the amount.
    """

    score: float
    money: Money
    struck: bool
    place: int
    element: etree._Element
    form: tuple[str, frozenset[str]]
    top: Decimal | None = None


def candidates(shown: Sequence[Shown], heading: int | None) -> list[Candidate]:
    """The amounts, the best first; what has the form of many others stands in a list of other products.

    Args:
        heading: the place of the product's heading.
    """
    found = list(_candidates(shown, heading))
    forms = Counter(each.form for each in found)
    less = [
        each._replace(score=each.score - (_LIST_COST if forms[each.form] >= _LIST else 0)) for each in found
    ]
    return sorted(less, key=lambda each: -each.score)


def due(found: Sequence[Candidate]) -> Candidate | None:
    """The price; a crossed-out one only if no lower one stands beside it."""
    best = next(iter(found), None)
    if best is None or best.score < _ENOUGH:
        return None
    if not best.struck:
        return best
    beside = (
        each
        for each in found
        if not each.struck
        and each.money.amount < best.money.amount
        and abs(each.place - best.place) <= _BESIDE
        and (words("other").isdisjoint(each.form[1]) or not words("due").isdisjoint(each.form[1]))
    )
    return next(beside, best)


def before(found: Sequence[Candidate], price: Candidate | None) -> str:
    """What was asked before, if a higher amount nearby is crossed out or called so."""
    if price is None:
        return ""
    higher = (each for each in found if each.struck and price.money.amount < each.money.amount)
    best = next(higher, None)
    return plain(best.money.amount) if best and best.score >= price.score - 4 else ""


def _candidates(shown: Sequence[Shown], heading: int | None) -> Iterator[Candidate]:
    inside: set[etree._Element] = set()
    found = 0
    for each in shown:
        if each.element in inside or found >= _MOST_CANDIDATES:
            continue
        text = short_text(each.element, PRICE_LENGTH + 1, "; " if _has_parts(each.element) else "")
        money, top = amount_of(with_cents(each.element, text))
        if money is None:
            candidate = _own(each, heading)
        elif _has_blocks(each.element) or (top is None and _is_within(each.element, text, money)):
            continue
        else:
            candidate = _whole(each, text, money, top, heading)
            if candidate:
                inside.update(each.element.iterdescendants())
        if candidate:
            found += 1
            yield candidate


def _has_parts(element: etree._Element) -> bool:
    """Whether what stands in it stands in parts that have nothing to do with each other."""
    return element.tag in _ROWS or any(map(is_struck, islice(element.iterdescendants(), 20)))


def _has_blocks(element: etree._Element) -> bool:
    return any(inner.tag in _WHOLE for inner in islice(element.iterdescendants(), 50))


def _whole(
    each: Shown, text: str, money: Money, top: Decimal | None, heading: int | None
) -> Candidate | None:
    """The candidate of an element that holds an amount and little else."""
    hints, struck = _with_wrapped(each, text)
    money = money._replace(sign=money.sign or _sign_beside(each.element))
    if not _may_be_price(text, money, hints | each.near):
        return None
    struck = struck or not words("struck").isdisjoint(hints | each.near)
    struck = struck or says_before(f"{label_of(each.element)} {text}")
    form = (str(each.element.tag), each.hints)
    score = _score(each, hints, money, heading) + score_of(each.element, text)
    return Candidate(score, money, struck, each.place, each.element, form, top)


def _sign_beside(element: etree._Element) -> str:
    """A currency that stands in an element of its own beside the amount."""
    beside = (short_text(each, 6) for each in (element.getnext(), element.getprevious()) if each is not None)
    return next((said for said in beside if codes_of(said)), "")


def _own(each: Shown, heading: int | None) -> Candidate | None:
    """The candidate of an element in which an amount stands itself, beside elements with others."""
    said = (
        [each.element.text, *(child.tail for child in islice(each.element, 5))] if len(each.element) else []
    )
    text = next((line for part in said if NUMBER.search(line := _line(part))), "")
    money, _ = amount_of(text)
    if money is None or not _may_be_price(text, money, each.hints | each.near):
        return None
    score = _score(each, each.hints, money, heading) + own_score(text)
    struck = each.struck or says_before(text)
    return Candidate(score, money, struck, each.place, each.element, (str(each.element.tag), each.hints))


def _line(text: str | None) -> str:
    return " ".join((text or "")[: 4 * PRICE_LENGTH].split())


def _may_be_price(text: str, money: Money, hints: frozenset[str]) -> bool:
    return money.amount != 0 and "%" not in text and bool(money.sign or names_price(hints))


def _with_wrapped(each: Shown, text: str) -> tuple[frozenset[str], bool]:
    """The hints of an element and of those in it that hold the same text; whether any is crossed out."""
    hints, struck, element = each.hints, each.struck, each.element
    for _ in range(_WRAPPERS):
        same = [child for child in islice(element, 20) if short_text(child, PRICE_LENGTH + 1, "") == text]
        if not same:
            break
        element = same[0]
        hints, struck = hints | hints_of(element), struck or is_struck(element)
    return hints, struck


def _is_within(element: etree._Element, text: str, money: Money) -> bool:
    """Whether an element in this one holds the amount with its sign, and not all of the text."""
    while True:
        parts = {short_text(child, PRICE_LENGTH, ""): child for child in islice(element, 20)}
        if text not in parts:
            return any(money_of(part) == money for part in parts if part)
        element = parts[text]


def _score(each: Shown, own: frozenset[str], money: Money, heading: int | None) -> float:
    hints = own | each.near
    score = 2.0 * names_price(own) + 1.5 * names_price(each.near) + 2.0 * bool(money.sign)
    score += 1.0 * (not words("due").isdisjoint(hints)) - 1.5 * (not words("other").isdisjoint(hints))
    score -= 1.5 * (not words("other").isdisjoint(own))
    score -= 4.0 * each.aside
    if heading is not None:
        way = each.place - heading
        score += 3.0 * math.exp(-way / 150) if way >= 0 else 1.5 * math.exp(way / 100)
    return score
