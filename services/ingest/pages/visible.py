"""What a page shows to people: its heading, the price, whether it can be bought, values with a label.

Rules by what shops have in common, not by shop: classes and ids that say "price", a currency's sign, the way
from the heading, what lies in a list of other products. What they do not find is left to the model.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice, takewhile

from lxml import html

from services.ingest.pages import shown_price
from services.ingest.pages.facts import Fact, Source, facts_of
from services.ingest.pages.labelled import labelled_values
from services.ingest.pages.money import codes_of, currency_code, plain
from services.ingest.pages.nodes import short_text
from services.ingest.pages.page_words import UNSPACED, phrase, phrases, words
from services.ingest.pages.shown import Shown, own_phrase, shown_elements
from services.ingest.pages.shown_price import Candidate

_MOST_SAID, _MOST_UNSPACED = 60, 25
"""Characters of a text, with or without spaces, that says of the product that it is sold out."""
_NOT_YET = re.compile(r"[?？]|次第|の場合|の際|如果|되면")
_BUTTONS = frozenset({"button", "a", "input", "span", "div"})
_BLOCKS = ("div", "p", "table", "td", "ul", "h1", "h2", "form", "section")
_CODE = re.compile(
    r"""["']?(?:priceCurrency|currencyCode|currency|currency_code)["']?\s*[:=]\s*["']([A-Z]{3})["']"""
)
_SOLD_OUT = re.compile(
    r"(?<![\w-])(?:out-?of-?stock|sold-?out)(?![\w-])|\bstock\s+unavailable\b", re.IGNORECASE
)
"""Of a class, whatever the language of what stands in the element."""
_LABELLED = 50
"""Characters of a text in which it may stand behind a label, such as `Stock: sold out`."""
_SCRIPT = 200_000
_ALIKE = 0.7
"""From this share of its words on, a text without a heading's rank is the heading."""
_NAME_LENGTH = 8
"""Letters, of which a Chinese sign is two, from which on the beginning of the page's title is the heading."""


def headings(root: html.HtmlElement, meta: Mapping[str, str]) -> list[str]:
    """The page's title, its first headings of the first rank, and what its meta elements call it."""
    found = [short_text(each, 500) for tag in ("title", "h1") for each in list(root.iter(tag))[:3]]
    return [each for each in (*found, meta.get("og:title", "")[:500]) if each]


def visible_facts(
    root: html.HtmlElement, titles: Sequence[str], country: str, *, priced: bool
) -> dict[str, Fact]:
    """The facts that people see.

    Args:
        titles: the page's `headings`.
        country: as for `currency_code`.
        priced: whether the page's structured data names a price.
    """
    shown = list(shown_elements(root))
    heading = _heading(shown, titles)
    candidates = shown_price.candidates(shown, heading)
    due = shown_price.due(candidates)
    labelled = labelled_values(each.element for each in shown if not each.aside)
    values = {
        "title": _title(shown, heading) or next(iter(titles), ""),
        "price": plain(due.money.amount) if due else "",
        "price_to": plain(due.top) if due and due.top else "",
        "list_price": shown_price.before(candidates, due),
        "currency": _currency(root, due, candidates, country) if due or priced else "",
        "availability": _availability(shown, heading, priced=priced or due is not None),
        **labelled,
    }
    return facts_of(Source.TEXT, values)


def _heading(shown: Sequence[Shown], titles: Sequence[str]) -> int | None:
    """The place of the product's heading: one of the first rank, else what is called as the page is."""
    first = [each for each in shown if each.element.tag == "h1" and not each.aside]
    if first or not titles:
        named = (
            each for each in first if len(first) > 1 and _begins(own_phrase(each.element, 300), titles[:1])
        )
        return next(named, first[0]).place if first else None
    called = {word for title in titles for word in phrase(title).split()}
    for each in shown:
        said = own_phrase(each.element, 300) if not each.aside else ""
        parts = said.split()
        if said and (
            sum(word in called for word in parts) >= _ALIKE * max(len(parts), 3) or _begins(said, titles)
        ):
            return each.place
    return None


def _begins(said: str, titles: Sequence[str]) -> bool:
    """Whether a title is this, or this and then the shop's name."""
    rests = (phrase(title)[len(said) :] for title in titles if phrase(title).startswith(said))
    long = sum(2 if sign > UNSPACED else 1 for sign in said) >= _NAME_LENGTH
    return any(not rest or (long and ends_name(rest)) for rest in rests)


def ends_name(rest: str) -> bool:
    """Whether what follows a product's name in a title is the shop's name, behind a sign."""
    return re.match(r"\s*[-–—|:·,_(（【｜]", rest) is not None


def _title(shown: Sequence[Shown], heading: int | None) -> str:
    """The heading's text; of one that nobody closed, what stands before the next block."""
    if heading is None:
        return ""
    element = shown[heading].element
    if next(element.iterdescendants(*_BLOCKS), None) is None or not (element.text or "").strip():
        return short_text(element, 500)
    parts = [element.text or ""]
    for child in takewhile(lambda each: each.tag not in _BLOCKS, element):
        parts += [short_text(child, 500), child.tail or ""]
    return " ".join(" ".join(parts).split())[:500]


def _currency(
    root: html.HtmlElement, due: Candidate | None, candidates: Sequence[Candidate], country: str
) -> str:
    """Of the price's own sign; else as most prices and the page's scripts say."""
    codes = Counter(
        code for each in root.iter("script") for code in _CODE.findall((each.text or "")[:_SCRIPT])
    )
    own = due and due.money.sign
    signs = [own] if own else [each.money.sign for each in candidates if each.money.sign]
    said = next(iter(codes.most_common(1)), ("", 0))[0]
    sign = next(iter(Counter(signs).most_common(1)), ("", 0))[0]
    return said if said and (not sign or said in codes_of(sign)) else currency_code(sign, country)


def _availability(shown: Sequence[Shown], heading: int | None, *, priced: bool) -> str:
    """By the button that buys it, and by what is said of its stock."""
    start = (heading or 0) - 200
    can_buy = sold_out = ordered_before = False
    for each in shown:
        if each.aside or each.place < start:
            continue
        text = own_phrase(each.element)
        if not text:
            continue
        if _says(text, "discontinued"):
            return "Discontinued"
        if _says(text, "backorder"):
            return "BackOrder"
        ordered_before = ordered_before or _says(text, "preorder")
        can_buy = can_buy or (each.element.tag in _BUTTONS and _says(text, "buy") and not _is_off(each))
        sold_out = sold_out or _is_sold_out(each, text)
    if sold_out and not (can_buy and priced):
        return "OutOfStock"
    if ordered_before and not can_buy:
        return "PreOrder"
    return "InStock" if can_buy or priced else ""


def _is_off(each: Shown) -> bool:
    """Whether a button, or the one that the element stands in, cannot be pressed."""
    around = (each.element, *islice(each.element.iterancestors(), 2))
    return any(one.get("disabled") is not None or one.get("aria-disabled") == "true" for one in around)


def _says(text: str, kind: str) -> bool:
    """Whether a text is such a phrase, or begins with it."""
    return phrases(kind).match(text) is not None


def _is_sold_out(each: Shown, text: str) -> bool:
    """Whether a short text says so, its class, or a button that offers to tell when there is more."""
    if _SOLD_OUT.search(each.element.get("class", "")[:200]):
        return True
    if not text or _NOT_YET.search(text):
        return False
    said = phrases("sold out")
    return bool(
        said.match(text)
        or (len(text) <= _LABELLED and any(said.match(part.strip()) for part in re.split(r"[:：,!.]", text)))
        or text in words("sold out alone")
        or _is_said_of_it(text)
        or (each.element.tag in _BUTTONS and _says(text, "notify"))
    )


def _is_said_of_it(text: str) -> bool:
    """Whether a text says it in a sentence about the product, such as `dieser Artikel ist ausverkauft`."""
    if len(text) > _MOST_SAID:
        return False
    for word in re.finditer(r"[\w']+", text):
        if word.start() and phrases("sold out").match(text, word.start()):
            return True
        if word[0] not in words("around sold out"):
            break
    unspaced = (each for each in words("sold out") if each[-1] > UNSPACED)
    return len(text) <= _MOST_UNSPACED and any(each in text for each in unspaced)


def is_on_request(root: html.HtmlElement) -> bool:
    """Whether the page says that its price is told to who asks."""
    return any(
        _says(own_phrase(each.element), "on request") for each in shown_elements(root) if not each.aside
    )
