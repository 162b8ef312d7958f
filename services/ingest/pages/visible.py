"""What a page shows to people: its heading, the price, whether it can be bought, values with a label.

Rules by what shops have in common, not by shop: classes and ids that say "price", a currency's sign, the way
from the heading, what lies in a list of other products. What they do not find is left to the model.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from lxml import etree, html

from services.ingest.pages.found import Found, Source, facts_of
from services.ingest.pages.labelled import labelled_values
from services.ingest.pages.money import Money, codes_of, currency_code, money_of, plain
from services.ingest.pages.nodes import short_text
from services.ingest.pages.page_words import parts_of, phrase, phrases, words

_MOST_ELEMENTS = 60_000
_MOST_CANDIDATES = 400
_PRICE_LENGTH = 40
_PHRASE_LENGTH = 80
_NUMBER = re.compile(r"\d(?:[\d.,'’\s]*\d)?")
_SKIPPED = frozenset(
    {"script", "style", "template", "noscript", "svg", "select", "head", "iframe", "textarea"}
)
_ASIDE_TAGS = frozenset({"nav", "footer", "aside"})
_STRUCK_TAGS = frozenset({"del", "s", "strike"})
_WHOLE = frozenset({"h1", "h2", "h3", "h4", "p", "li", "tr", "dt", "dd", "button"})
"""What is said in one of these is not continued by what follows it."""
_BUTTONS = frozenset({"button", "a", "input", "span", "div"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_CODE = re.compile(
    r"""["']?(?:priceCurrency|currencyCode|currency|currency_code)["']?\s*[:=]\s*["']([A-Z]{3})["']"""
)
_SCRIPT = 200_000
_ALIKE = 0.7
"""From this share of its words on, a text without a heading's rank is the heading."""
_LIST, _LIST_COST = 4, 1.5
_BESIDE = 30
"""Elements between a price and the one before it, at most."""
_ENOUGH = 3.5
"""From this score on an amount is taken for the price."""


@dataclass(frozen=True)
class _Seen:
    """One element on the way through the page.

    Attributes:
        place: how many elements stand before it.
        hints: the words of its own class and id, and of those of the three around it.
        aside: whether it lies in a list of other products, a menu and the like.
        struck: whether it is crossed out.
    """

    element: etree._Element
    place: int
    hints: frozenset[str]
    near: frozenset[str]
    aside: bool
    struck: bool


class _Candidate(NamedTuple):
    score: float
    money: Money
    struck: bool
    place: int
    form: tuple[str, frozenset[str]]
    """Its tag and class: what many share stands in a list."""


def headings(root: html.HtmlElement) -> list[str]:
    """The page's title, and its first headings of the first rank."""
    found = [short_text(each, 500) for tag in ("title", "h1") for each in list(root.iter(tag))[:3]]
    found += [
        each.get("content", "")[:500] for each in root.iter("meta") if each.get("property") == "og:title"
    ][:1]
    return [each for each in found if each]


def visible_facts(root: html.HtmlElement, host: str = "", *, priced: bool = False) -> dict[str, Found]:
    """The facts that people see.

    Args:
        priced: whether the page's structured data names a price.
    """
    seen = list(_walk(root))
    titles = headings(root)
    heading = _heading(seen, titles)
    candidates = _ranked(_candidates(seen, heading))
    due = _due(candidates)
    labelled = labelled_values(each.element for each in seen if not each.aside)
    values = {
        "title": _title(seen, heading) or next(iter(titles), ""),
        "price": plain(due.money.amount) if due else "",
        "list_price": _struck(candidates, due),
        "currency": _currency(root, due, candidates, host) if due or priced else "",
        "availability": _availability(seen, heading, priced=priced or due is not None),
        **labelled,
    }
    return facts_of(Source.TEXT, values)


def _heading(seen: list[_Seen], titles: list[str]) -> int | None:
    """The place of the product's heading: the first of the first rank, else what is called as the page is."""
    first = next((each.place for each in seen if each.element.tag == "h1" and not each.aside), None)
    if first is not None or not titles:
        return first
    called = {word for title in titles for word in phrase(title).split()}
    for each in seen:
        said = _said(each.element, 300).split() if not each.aside else []
        if said and sum(word in called for word in said) >= _ALIKE * max(len(said), 3):
            return each.place
    return None


def _title(seen: list[_Seen], heading: int | None) -> str:
    return "" if heading is None else short_text(seen[heading].element, 500)


def _ranked(candidates: Iterator[_Candidate]) -> list[_Candidate]:
    """The best first; what has the form of many others stands in a list of other products."""
    found = list(candidates)
    forms = Counter(each.form for each in found)
    less = [
        each._replace(score=each.score - (_LIST_COST if forms[each.form] >= _LIST else 0)) for each in found
    ]
    return sorted(less, key=lambda each: -each.score)


def _due(candidates: list[_Candidate]) -> _Candidate | None:
    """The price; a crossed-out one only if no lower one stands beside it."""
    best = next(iter(candidates), None)
    if best is None or best.score < _ENOUGH:
        return None
    if not best.struck:
        return best
    beside = (
        each
        for each in candidates
        if not each.struck
        and each.money.amount < best.money.amount
        and abs(each.place - best.place) <= _BESIDE
    )
    return next(beside, best)


def _walk(root: html.HtmlElement) -> Iterator[_Seen]:
    """The elements that people see, in their order."""
    stack: list[tuple[etree._Element, tuple[frozenset[str], ...], bool, bool]] = [(root, (), False, False)]
    place = 0
    while stack and place < _MOST_ELEMENTS:
        element, above, aside, struck = stack.pop()
        tag = str(element.tag)
        if tag in _SKIPPED or _is_hidden(element):
            continue
        hints = frozenset(
            parts_of(
                f"{element.get('class', '')} {element.get('id', '')} {element.get('data-test', '')}"[:300]
            )
        )
        aside = (
            aside
            or tag in _ASIDE_TAGS
            or bool(hints & words("aside") and tag not in ("body", "html", "main"))
        )
        struck = struck or tag in _STRUCK_TAGS
        yield _Seen(element, place, hints, frozenset().union(*above[-3:]), aside, struck)
        place += 1
        around = (*above[-2:], hints)
        stack.extend((child, around, aside, struck) for child in reversed(element))


def _is_hidden(element: etree._Element) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style", "")[:200]))


def _candidates(seen: list[_Seen], heading: int | None) -> Iterator[_Candidate]:
    """Amounts in the page, each scored by how likely it is the product's price."""
    inside: set[etree._Element] = set()
    found = 0
    for each in seen:
        if each.element in inside or found >= _MOST_CANDIDATES:
            continue
        text = short_text(each.element, _PRICE_LENGTH + 1, "")
        if not text or len(text) > _PRICE_LENGTH or len(_NUMBER.findall(text)) != 1:
            continue
        if any(inner.tag in _WHOLE for inner in islice(each.element.iterdescendants(), 50)):
            continue
        money = money_of(text)
        if money is not None and _is_within(each.element, text, money):
            continue
        named = _names_price(each.hints) or _names_price(each.near)
        if money is None or money.amount == 0 or "%" in text or not (money.sign or named):
            continue
        inside.update(each.element.iterdescendants())
        found += 1
        struck = each.struck or not words("struck").isdisjoint(each.hints | each.near)
        form = (str(each.element.tag), each.hints)
        yield _Candidate(_score(each, money, heading), money, struck, each.place, form)


def _is_within(element: etree._Element, text: str, money: Money) -> bool:
    """Whether an element in this one holds the amount with its sign, and not all of the text."""
    while True:
        parts = {short_text(child, _PRICE_LENGTH, ""): child for child in islice(element, 20)}
        if text not in parts:
            return any(money_of(part) == money for part in parts if part)
        element = parts[text]


def _score(each: _Seen, money: Money, heading: int | None) -> float:
    hints = each.hints | each.near
    score = 2.0 * _names_price(each.hints) + 1.5 * _names_price(each.near) + 2.0 * bool(money.sign)
    score += 1.0 * (not words("due").isdisjoint(hints)) - 1.5 * (not words("other").isdisjoint(hints))
    score -= 1.5 * (not words("other").isdisjoint(each.hints))
    score -= 4.0 * each.aside
    if heading is not None:
        way = each.place - heading
        score += 3.0 * math.exp(-way / 150) if way >= 0 else 1.5 * math.exp(way / 100)
    return score


def _names_price(hints: frozenset[str]) -> bool:
    return any(
        word in hint
        for hint in hints
        for word in words("price")
        if hint.startswith(word) or hint.endswith(word)
    )


def _struck(candidates: list[_Candidate], due: _Candidate | None) -> str:
    """What was asked before, if a higher amount nearby is crossed out or called so."""
    if due is None:
        return ""
    higher = (each for each in candidates if each.struck and due.money.amount < each.money.amount)
    best = next(higher, None)
    return plain(best.money.amount) if best and best.score >= due.score - 4 else ""


def _currency(root: html.HtmlElement, due: _Candidate | None, candidates: list[_Candidate], host: str) -> str:
    """Of the price's own sign; else as most prices and the page's scripts say."""
    codes = Counter(
        code for each in root.iter("script") for code in _CODE.findall((each.text or "")[:_SCRIPT])
    )
    signs = (
        [due.money.sign]
        if due and due.money.sign
        else [each.money.sign for each in candidates if each.money.sign]
    )
    said = next(iter(codes.most_common(1)), ("", 0))[0]
    sign = next(iter(Counter(signs).most_common(1)), ("", 0))[0]
    return said if said and (not sign or said in codes_of(sign)) else currency_code(sign, host)


def _availability(seen: list[_Seen], heading: int | None, *, priced: bool) -> str:
    """By the button that buys it, and by what is said of its stock."""
    start = (heading or 0) - 200
    can_buy = sold_out = False
    for each in seen:
        if each.aside or each.place < start:
            continue
        text = _said(each.element)
        if not text:
            continue
        can_buy = can_buy or (each.element.tag in _BUTTONS and _is_one_of(text, "buy"))
        sold_out = sold_out or _is_one_of(text, "sold out")
    if sold_out and not (can_buy and priced):
        return "OutOfStock"
    return "InStock" if can_buy or priced else ""


def _said(element: etree._Element, most: int = _PHRASE_LENGTH) -> str:
    """A short text that stands in an element itself, or on its button."""
    own = " ".join([element.text or "", *(child.tail or "" for child in islice(element, 20))]).strip()
    own = own or element.get("value", "") if element.tag == "input" else own
    return phrase(own) if 0 < len(own) <= most else ""


def _is_one_of(text: str, kind: str) -> bool:
    """Whether a text is such a phrase, or begins with it."""
    return phrases(kind).match(text) is not None
