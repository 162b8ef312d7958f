"""The main product among what a page describes, and its facts."""

import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from services.ingest.pages.bar_code import bar_code
from services.ingest.pages.facts import Fact, Source, facts_of
from services.ingest.pages.money import Money, currency_code, money_of, plain
from services.ingest.pages.nodes import Node, local_name, texts_of
from services.ingest.pages.page_words import phrase, phrases, words

_PRODUCTS = frozenset(
    {
        *("product", "productgroup", "productmodel", "individualproduct", "someproducts", "vehicle", "car"),
        *("book", "movie", "musicalbum", "softwareapplication", "videogame", "course", "event"),
        "singlefamilyresidence",
    }
)
_OFFERS = frozenset({"offer", "aggregateoffer", "offerfordemand", "offerforlease"})
_RELATED = (
    *("isrelatedto", "issimilarto", "isaccessoryorsparepartfor", "isconsumablefor", "itemlistelement"),
    *("hasvariant", "itemoffered", "mainentityofpage", "mentions", "workexample"),
)
_AVAILABLE = {
    **dict.fromkeys(
        ("instock", "limitedavailability", "onlineonly", "instoreonly", "available", "true", "1"), "InStock"
    ),
    **dict.fromkeys(
        ("outofstock", "soldout", "oos", "unavailable", "notavailable", "reserved", "false", "0"),
        "OutOfStock",
    ),
    **dict.fromkeys(("preorder", "presale", "availablefororder", "madetoorder"), "PreOrder"),
    **dict.fromkeys(("backorder", "pending"), "BackOrder"),
    "discontinued": "Discontinued",
}
_STRUCK = frozenset({"listprice", "strikethroughprice", "msrp", "srp", "suggestedretailprice"})
_NO_PRICE = frozenset({"deliverychargespecification", "paymentchargespecification"})
_OF_FEW = ("referencequantity", "validformembertier", "membershippointsearned")
"""What a price has that is due for some amount of it, or of some customers."""
_OVERLAP = 0.5
_MOST = 200
"""Products of a page that are looked at."""


def main_product(nodes: Sequence[Node], headings: Collection[str]) -> Node | None:
    """The product that the page is about: the one that its headings name, and that has a price.

    Args:
        headings: the page's title and first headings.
    """
    others = {id(each) for node in nodes for each in node.nodes(*_RELATED)}
    words = set(_words(" ".join(headings)))
    candidates = [
        node for node in nodes if node.types & _PRODUCTS or (node.nodes("offers") and node.text("name"))
    ]
    candidates = candidates[:_MOST]
    if not candidates:
        candidates = [
            node for node in nodes if node.types & _OFFERS or (not node.types and node.text("price"))
        ]

    def rank(node: Node) -> tuple[bool, bool, bool, float]:
        own = set(_words(node.text("name")))
        named = len(own & words) >= _OVERLAP * max(len(own), 1)
        alike = len(own & words) / max(len(own | words), 1)
        return id(node) not in others, named, bool(_prices(_offers(node))), alike

    best = max(candidates, key=rank, default=None)
    return best and _with_variants(best, [each for each in candidates if rank(each)[:2] == rank(best)[:2]])


def _with_variants(node: Node, others: Sequence[Node]) -> Node:
    """The product with the offers of all that are called as it is: sizes and colours are often listed so."""
    same = [each for each in others if each.text("name") == node.text("name")]
    offers: list[str | Node] = [offer for each in same for offer in _offers(each)]
    return Node(node.types, {**node.values, "offers": offers}) if len(same) > 1 else node


def product_facts(node: Node, source: Source, country: str = "") -> dict[str, Fact]:
    """What a node of structured data says of the product that it is."""
    offers = _offers(node)
    prices = _prices(offers)
    kept = [each for each in prices if each[0] > 0] or prices
    low = min((price for price, _ in kept), default=None)
    signs = [each.text("pricecurrency") or each.text("currency") for each in _all(offers)]
    sign = next(filter(None, signs), "") or next((sign for _, sign in kept if sign), "")
    tops = [each.amount for each in _amounts(offers, "highprice")]
    high = max([*tops, *(price for price, _ in kept)], default=None)
    before = _list_price(offers, low)
    skus = filter(None, texts_of([node, *offers], "sku"))
    return facts_of(
        source,
        {
            "title": node.text("name", "title"),
            "brand": _brand(node.text("brand", "manufacturer")),
            "price": "" if low is None else plain(low),
            "list_price": "" if before is None else plain(before),
            "price_to": "" if high is None or low is None or high <= low or before == high else plain(high),
            "currency": currency_code(sign, country),
            "availability": _availability(offers),
            "sku": next(skus, "") or node.text("productid").rpartition(":")[2],
            "gtin": bar_code([node, *offers]),
            "description": node.text("description"),
        },
    )


def _brand(text: str) -> str:
    """A brand without its label: of `Marca: Roborock` the name alone."""
    label, colon, name = text.rpartition(":")
    if name.startswith("//"):
        return ""  # an address
    return name.strip() if colon and phrase(label).rpartition(" ")[2] in words("brand") else text


def availability_of(text: str) -> str:
    """One of schema.org's availabilities that shops name; empty for none."""
    said = local_name(text.partition("?")[0])
    known = _AVAILABLE.get(re.sub(r"[\W_]+", "", said), "")
    return known or ("OutOfStock" if phrases("sold out").match(phrase(said)) else "")


def _offers(node: Node) -> list[Node]:
    """Those of a product, or what they are made of; it itself if it has none."""
    found = node.nodes("offers", "offer")
    variants = [each for variant in node.nodes("hasvariant") for each in variant.nodes("offers")]
    found = found or variants
    parts = [each for offer in found for each in offer.nodes("offers")]
    if parts and not _prices(found):
        return parts
    return found or ([node] if node.types & _OFFERS or node.text("price", "lowprice") else [])


def _all(offers: Sequence[Node]) -> list[Node]:
    return [*offers, *(spec for offer in offers for spec in offer.nodes("pricespecification"))]


def _prices(offers: Sequence[Node]) -> list[tuple[Decimal, str]]:
    """The prices of what can be bought, of all if nothing can. Of two in one offer the lower is due."""
    in_stock = [each for each in offers if _availability([each]) in ("", "InStock")]
    found = []
    for offer in in_stock or offers:
        specs = [
            each
            for each in offer.nodes("pricespecification")
            if not _is_struck(each) and each.types.isdisjoint(_NO_PRICE)
        ]
        whole = [each for each in specs if each.values.keys().isdisjoint(_OF_FEW)]
        read = (
            _amounts([offer], "price")
            or _amounts([offer], "lowprice")
            or _amounts(whole or specs, "price", "minprice")
        )
        if read:
            due = min(read, key=lambda money: money.amount)
            found.append((due.amount, due.sign))
    return found


def _amounts(nodes: Iterable[Node], *names: str) -> list[Money]:
    read = [
        money_of(text, code=node.text("pricecurrency").upper())
        for node in nodes
        for text in node.texts(*names)
    ]
    return [each for each in read if each is not None]


def _list_price(offers: Sequence[Node], low: Decimal | None) -> Decimal | None:
    """What was asked before: called so, or the higher one of two prices of one offer."""
    if low is None:
        return None
    specs = [each for each in _all(offers) if _is_struck(each)]
    said = [each.amount for each in _amounts(specs, "price")]
    if len(offers) == 1:
        said += [each.amount for each in _amounts(offers, "price")[:5]]
    return max((each for each in said if each > low), default=None)


def _is_struck(spec: Node) -> bool:
    kinds = [re.split(r"[/#]", each)[-1].lower() for each in spec.texts("pricetype", "name")]
    return not _STRUCK.isdisjoint(kinds)


def _availability(offers: Sequence[Node]) -> str:
    """That of a product with these offers: what can be bought in one form can be bought."""
    named = (each.text("name") for offer in offers for each in offer.nodes("availability"))
    found = [each for each in map(availability_of, [*texts_of(offers, "availability"), *named]) if each]
    return "InStock" if "InStock" in found else next(iter(found), "")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())[:200]
