"""A page of a web shop → its facts, its main text, its address."""

import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from urllib.parse import urlsplit

from lxml import html

from services.ingest.pages import nodes, visible
from services.ingest.pages.facts import Fact, Facts, Source
from services.ingest.pages.html_tree import drop_hidden, tree_of
from services.ingest.pages.main_text import main_text
from services.ingest.pages.money import country_of, language_of
from services.ingest.pages.opengraph import meta_of, opengraph_facts
from services.ingest.pages.product import main_product, product_facts
from shared.contracts.attributes import NOTHING

_SYNTAXES = ((Source.JSON_LD, nodes.json_ld), (Source.MICRODATA, nodes.microdata), (Source.RDFA, nodes.rdfa))
_TAG = re.compile(r"<(script|style)\b.{0,5000}?</\1>|<[^<>]{0,1000}>", re.DOTALL | re.IGNORECASE)
_BESIDE = ("list_price", "price_to")
_NOTHING = NOTHING | {"na", "nan", "undefined", "false", "does not apply"}
_LONG = {"title": 500, "description": 5_000}


@dataclass(frozen=True)
class Page:
    """What was read of a page.

    Attributes:
        url: its own address, if it says one or it came with one.
        facts: by field, what was found.
        text: its main text.
    """

    url: str
    facts: Facts
    text: str


def read_page(page: bytes, url: str = "") -> Page | None:
    """Reads a page; None if there is nothing in it.

    Args:
        url: where it came from, if that is known.
    """
    root = tree_of(page)
    if root is None:
        return None
    meta = meta_of(root)
    address = url or _address(root, meta)
    headings = visible.headings(root, meta)
    language = root.get("lang", "") or meta.get("og:locale", "") or language_of(" ".join(headings))
    country = country_of(host_of(address), language)
    found: list[dict[str, Fact]] = []  # the most trusted first
    for source, read in _SYNTAXES:
        product = main_product(read(root), headings)
        found.append(product_facts(product, source, country) if product else {})
    found.append(opengraph_facts(meta, country))
    priced = any("price" in each for each in found)
    shown = visible.visible_facts(root, headings, country, priced=priced)
    if _is_free(ChainMap(*found)) and ("price" in shown or visible.is_on_request(root)):
        # A program's nothing, and no gift.
        found = [{name: each for name, each in facts.items() if name != "price"} for facts in found]
    found.append(_beside(ChainMap(*found), shown))
    facts = _sound(_called(ChainMap(*found), found[-1]))
    drop_hidden(root)
    return Page(address, facts, main_text(root))


def _called(facts: Mapping[str, Fact], shown: Facts) -> Mapping[str, Fact]:
    """The facts with the heading as title where the page's own title has the shop's name behind that."""
    title, heading = facts.get("title"), shown.get("title")
    if title is None or heading is None or title.source is not Source.OPENGRAPH:
        return facts
    rest = title.value.removeprefix(heading.value)
    named = rest != title.value and visible.ends_name(rest)
    return {**facts, "title": heading} if named else facts


def _beside(said: Facts, shown: Facts) -> dict[str, Fact]:
    """What the page shows; a price before, or up to, only beside the price that its data name."""
    other = "price" in said and ("price" not in shown or said["price"].value != shown["price"].value)
    return {name: each for name, each in shown.items() if not (other and name in _BESIDE)}


def _is_free(facts: Facts) -> bool:
    return "price" in facts and not Decimal(facts["price"].value)


def host_of(address: str) -> str:
    """The host of an address; empty if it has none."""
    try:
        return (urlsplit(address).hostname or "") if "://" in address else ""
    except ValueError:
        return ""


def _sound(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts in plain text of bounded length; a price before, or up to, only if it is the higher one."""
    clean = {
        name: Fact(_clean(each.value, _LONG.get(name, 200)), each.source) for name, each in facts.items()
    }
    sound = {name: each for name, each in clean.items() if each.value.casefold() not in _NOTHING}
    for name in _BESIDE:
        if name in sound and (
            "price" not in sound or Decimal(sound[name].value) <= Decimal(sound["price"].value)
        ):
            del sound[name]
    return sound


def _clean(value: str, most: int) -> str:
    text = unescape(_TAG.sub(" ", value)) if "<" in value or "&" in value else value
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:most].strip()


def _address(root: html.HtmlElement, meta: dict[str, str]) -> str:
    """What the page says of its own address."""
    links = (
        each.get("href", "") for each in root.iter("link") if (each.get("rel") or "").lower() == "canonical"
    )
    found = next(links, "") or meta.get("og:url", "")
    return found.strip()[:2000] if found.strip().startswith(("http://", "https://")) else ""
