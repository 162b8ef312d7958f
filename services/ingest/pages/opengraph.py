"""What a page's meta elements say: OpenGraph, as shops use it, and names of the like."""

from itertools import islice

from lxml import html

from services.ingest.pages.bar_code import gtin
from services.ingest.pages.facts import Fact, Source, facts_of
from services.ingest.pages.money import currency_code, money_of, plain
from services.ingest.pages.page_words import phrase, words
from services.ingest.pages.product import availability_of

_MOST = 500
_LENGTH = 5_000
_SPACES = ("product:", "og:", "")


def meta_of(root: html.HtmlElement) -> dict[str, str]:
    """By name in small letters, the first content of each."""
    found: dict[str, str] = {}
    for element in islice(root.iter("meta"), _MOST):
        name = element.get("property") or element.get("name") or ""
        content = (element.get("content") or "").strip()
        if content and name:
            found.setdefault(name.strip().lower(), content[:_LENGTH])
    return found


def _labelled(meta: dict[str, str]) -> dict[str, str]:
    """What `twitter:data1` says under the label `twitter:label1`, and so on."""
    pairs = [(meta.get(f"twitter:label{n}", ""), meta.get(f"twitter:data{n}", "")) for n in range(1, 5)]
    prices = (said for label, said in pairs if phrase(label) in words("price"))
    stocks = (said for _, said in pairs if availability_of(said))
    return {"price": next(prices, ""), "availability": next(stocks, "")}


def opengraph_facts(meta: dict[str, str], country: str = "") -> dict[str, Fact]:
    """The product's facts that stand in them."""

    def said(*names: str) -> str:
        return next((meta[space + name] for name in names for space in _SPACES if space + name in meta), "")

    labelled = _labelled(meta)
    due = said("sale_price:amount") or said("price:amount", "price") or labelled.get("price", "")
    before = said("original_price:amount", "price:standard_amount")
    if said("sale_price:amount") and not before:
        before = said("price:amount")
    code = said("sale_price:currency") or said("price:currency", "pricecurrency", "currency")
    price, struck = money_of(due, code=code), money_of(before, code=code)
    values = {
        "title": meta.get("og:title", ""),
        "brand": said("brand"),
        "price": plain(price.amount) if price else "",
        "list_price": plain(struck.amount) if price and struck and struck.amount > price.amount else "",
        "currency": currency_code(code or (price.sign if price else ""), country),
        "availability": availability_of(said("availability") or labelled.get("availability", "")),
        "sku": meta.get("product:retailer_item_id", "") or meta.get("product:retailer_part_no", ""),
        "gtin": gtin(said("ean", "gtin", "isbn", "upc")),
        "description": meta.get("og:description", "") or meta.get("description", ""),
    }
    return facts_of(Source.OPENGRAPH, values)
