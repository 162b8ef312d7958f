"""Product pages of our own, by kind: where facts stand, and which of them are the page's own."""

import pytest

from tests.unit.ingest.pages.building import facts, ld, offer, page


def test_reads_json_ld_and_names_it_as_the_source() -> None:
    product = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "Kettle 1.7 l",
        "brand": {"@type": "Brand", "name": "Bosk"},
        "sku": "K-17",
        "gtin13": "4006381333931",
        "description": "Boils <b>fast</b> &amp; quietly",
        "offers": offer("34.90", availability="https://schema.org/InStock"),
    }
    found = page("<h1>Kettle 1.7 l</h1>", ld(product)).facts
    assert {name: each.value for name, each in found.items()} == {
        "title": "Kettle 1.7 l",
        "brand": "Bosk",
        "price": "34.90",
        "currency": "EUR",
        "availability": "InStock",
        "sku": "K-17",
        "gtin": "4006381333931",
        "description": "Boils fast & quietly",
    }
    assert {each.source for each in found.values()} == {"json-ld"}


MICRODATA = """<div itemscope itemtype="http://schema.org/Product"><span itemprop="name">Lamp</span>
<div itemprop="brand" itemscope itemtype="http://schema.org/Brand"><meta itemprop="name" content="Lux"></div>
<div itemprop="offers" itemscope itemtype="http://schema.org/Offer">
<span itemprop="price" content="12.50">12,50</span>
<meta itemprop="priceCurrency" content="PLN"><link itemprop="availability" href="http://schema.org/OutOfStock">
</div></div>"""
RDFA = """<div vocab="https://schema.org/" typeof="Product"><span property="name">Lamp</span>
<span property="brand">Lux</span>
<div property="offers" typeof="Offer"><span property="price" content="12.50">x</span>
<meta property="priceCurrency" content="PLN"><link property="availability" href="https://schema.org/OutOfStock">
</div></div>"""
OPENGRAPH = """<meta property="og:title" content="Lamp"><meta property="product:brand" content="Lux">
<meta property="product:price:amount" content="12.50"><meta property="product:price:currency" content="PLN">
<meta property="product:availability" content="out of stock">"""
TEXT = """<h1>Lamp</h1><div class="product-price">12,50 zł</div><p>Out of stock</p>
<table><tr><th>Brand</th><td>Lux</td></tr></table>"""


@pytest.mark.parametrize(
    "body, head, source",
    [(MICRODATA, "", "microdata"), (RDFA, "", "rdfa"), ("", OPENGRAPH, "opengraph"), (TEXT, "", "text")],
)
def test_reads_the_same_facts_of_every_syntax(body: str, head: str, source: str) -> None:
    found = page(body, head).facts
    wanted = {
        "title": "Lamp",
        "brand": "Lux",
        "price": "12.50",
        "currency": "PLN",
        "availability": "OutOfStock",
    }
    assert {name: found[name].value for name in wanted} == wanted
    assert {found[name].source for name in wanted} == {source}


def test_fills_what_one_source_lacks_from_the_next() -> None:
    found = page("<h1>Lamp</h1>", ld({"@type": "Product", "name": "Lamp"}) + OPENGRAPH).facts
    assert (found["title"].source, found["price"].source) == ("json-ld", "opengraph")


def test_takes_the_product_that_the_page_is_about() -> None:
    others = [{"@type": "Product", "name": f"Other {n}", "offers": offer(n)} for n in (1, 2, 3)]
    main = {"@type": "Product", "name": "Garden chair", "isRelatedTo": others, "offers": offer(79)}
    said = facts("<h1>Garden chair</h1>", ld([*others, main]))
    assert (said["title"], said["price"]) == ("Garden chair", "79")


@pytest.mark.parametrize(
    "offers, price, price_to",
    [
        (
            {"@type": "AggregateOffer", "lowPrice": "19", "highPrice": "29", "priceCurrency": "EUR"},
            "19",
            "29",
        ),
        ([offer(19), offer(29)], "19", "29"),
        ([offer(19, availability="SoldOut"), offer(29, availability="InStock")], "29", None),
        (offer("19.00"), "19", None),
        ({"@type": "Offer", "priceSpecification": {"price": 19, "priceCurrency": "EUR"}}, "19", None),
    ],
)
def test_reads_ranges_and_the_prices_of_what_can_be_bought(
    offers: object, price: str, price_to: str | None
) -> None:
    said = facts("<h1>Chair</h1>", ld({"@type": "Product", "name": "Chair", "offers": offers}))
    assert (said["price"], said.get("price_to")) == (price, price_to)


def test_joins_variants_that_are_listed_as_products_of_one_name() -> None:
    variants = [
        {"@type": "Product", "name": "Shirt", "offers": offer(20, availability=each)}
        for each in ("http://schema.org/OutOfStock", "http://schema.org/InStock")
    ]
    assert facts("<h1>Shirt</h1>", ld(variants))["availability"] == "InStock"


def test_a_number_is_a_gtin_only_with_its_check_digit() -> None:
    wrong = {"@type": "Product", "name": "A", "gtin13": "4006381333932"}
    assert "gtin" not in facts("", ld(wrong))


@pytest.mark.parametrize(
    "script",
    [
        '/*<![CDATA[*/ {"@type":"Product","name":"Cup"} /*]]>*/',
        '<!-- {"@type":"Product","name":"Cup"} -->',
        '{"@type":"Product","name":"Cup",}',
        '{"@type":"Product","name":"Cup","description":"two\nlines"}',
        '{"@graph":[{"@type":"WebPage"},{"@type":["Thing","Product"],"name":"Cup"}]}',
        '{"@type":"http://schema.org/Product","name":{"@value":"Cup","@language":"en"}}',
    ],
)
def test_reads_json_as_shops_write_it(script: str) -> None:
    assert facts("", f'<script type="application/ld+json">{script}</script>')["title"] == "Cup"


@pytest.mark.parametrize(
    "script", ["", "{", "null", "[1, 2]", '"x"', "[" * 100_000, '{"a":' * 100_000, '{"@type":5}']
)
def test_passes_over_what_is_no_structured_data(script: str) -> None:
    assert facts("<h1>Cup</h1>", f'<script type="application/ld+json">{script}</script>')["title"] == "Cup"


def test_values_are_plain_text_of_bounded_length() -> None:
    product = {
        "@type": "Product",
        "name": "Cup\u202e\u0000\n</title><script>alert(1)</script>" + "x" * 10_000,
        "brand": "y" * 10_000,
    }
    said = facts("", ld(product))
    assert said["title"].startswith("Cup ")
    assert len(said["title"]) == 500
    assert said["title"].isprintable()
    assert "<" not in said["title"]
    assert len(said["brand"]) == 200


def test_the_address_is_the_pages_own() -> None:
    assert (
        page("x", '<link rel="canonical" href="https://shop.example/cup">').url == "https://shop.example/cup"
    )
    assert page("x", '<link rel="canonical" href="javascript:alert(1)">').url == ""
