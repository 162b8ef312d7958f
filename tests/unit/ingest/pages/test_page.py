"""Product pages of our own, by kind: where facts stand, how prices are written, what is broken."""

import json
import time

import pytest
from lxml import html

from services.ingest.pages.nodes import short_text
from services.ingest.pages.page import Page, read_page


def page(body: str, head: str = "", url: str = "") -> Page:
    found = read_page(f"<html><head>{head}</head><body>{body}</body></html>".encode(), url)
    assert found is not None
    return found


def facts(body: str, head: str = "", url: str = "") -> dict[str, str]:
    return {name: each.value for name, each in page(body, head, url).facts.items()}


def ld(content: object) -> str:
    return (
        f'<script type="application/ld+json">{json.dumps(content).replace("<", chr(92) + "u003c")}</script>'
    )


def offer(price: object, **more: object) -> dict[str, object]:
    return {"@type": "Offer", "price": price, "priceCurrency": "EUR"} | more


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


def test_tells_the_price_from_the_one_before() -> None:
    struck = {"price": 99, "priceType": "https://schema.org/ListPrice", "priceCurrency": "EUR"}
    by_data = facts(
        "<h1>Drill</h1>",
        ld({"@type": "Product", "name": "Drill", "offers": offer(79, priceSpecification=struck)}),
    )
    by_text = facts('<h1>Drill</h1><del class="price">99,00 €</del><span class="price">79,00 €</span>')
    by_meta = facts(
        "",
        '<meta property="product:price:amount" content="99">'
        '<meta property="product:sale_price:amount" content="79">',
    )
    for said in (by_data, by_text, by_meta):
        assert (said["price"], said["list_price"]) == ("79", "99")


@pytest.mark.parametrize(
    "shown, price, currency",
    [
        ("1.299,00 €", "1299", "EUR"),
        ("from £12.50", "12.50", "GBP"),
        ("1 299,90 zł", "1299.90", "PLN"),
        ("NT$2,320", "2320", "TWD"),
        ("270,00 kn", "270", "HRK"),
        ("CHF 19.50", "19.50", "CHF"),
        ("R$ 689,99", "689.99", "BRL"),
    ],
)
def test_reads_prices_as_countries_write_them(shown: str, price: str, currency: str) -> None:
    said = facts(f'<h1>Thing</h1><p class="price">{shown}</p>')
    assert (said["price"], said["currency"]) == (price, currency)


def test_takes_the_dollar_of_the_shops_country() -> None:
    body = '<h1>Thing</h1><p class="price">$ 20.00</p>'
    assert facts(body, url="https://shop.ca/thing")["currency"] == "CAD"
    assert facts(body, url="https://shop.com/thing")["currency"] == "USD"


def test_passes_over_prices_of_other_products_and_of_shipping() -> None:
    others = "".join(f'<li><span class="price">{n}.00 €</span></li>' for n in range(10, 20))
    body = f"""<nav>1.00 €</nav><h1>Desk</h1><div class="shipping-price">4.90 €</div><b>249.00 €</b>
        <ul class="related-products">{others}</ul>"""
    assert facts(body)["price"] == "249"


def test_finds_no_price_where_none_is() -> None:
    assert facts("<h1>About us</h1><p>Since 1999 we have had 12 shops.</p>").keys() <= {"title"}


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


@pytest.mark.parametrize(
    "encoding, declared",
    [
        ("utf-8", "iso-8859-1"),
        ("cp1251", "windows-1251"),
        ("cp1252", "iso-8859-1"),
        ("utf-8", ""),
        ("shift_jis", "Shift_JIS"),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("cp1252", "no-such-charset"),
        *(("utf-8", name) for name in ("punycode", "unicode_escape", "utf-7", "idna", "rot13", "zlib")),
    ],
)
def test_reads_pages_in_many_charsets(encoding: str, declared: str) -> None:
    name = {"cp1251": "Чайник красный", "shift_jis": "赤いやかん"}.get(encoding, "Café crème")
    text = f'<html><head><meta charset="{declared}"><title>{name}</title></head><h1>{name}</h1></html>'
    found = read_page(text.encode(encoding))
    assert found is not None
    assert found.facts["title"].value == name


@pytest.mark.parametrize(
    "broken",
    [
        b"<h1>Cup<p class=price>12,50 \xe2\x82\xac",
        b"<?xml version='1.0' encoding='latin-1'?><h1>Cup</h1><b class=price>12,50 \xe2\x82\xac</b>",
        b'<div><h1>Cup</div></h1><b class="price>">\0<i class=price>12,50 \xe2\x82\xac</table>',
    ],
)
def test_reads_broken_html(broken: bytes) -> None:
    found = read_page(broken)
    assert found is not None
    assert (found.facts["price"].value, found.facts["title"].value) == ("12.50", "Cup")


@pytest.mark.parametrize("nothing", [b"", b"   ", b"<!-- x -->", b"\0\0"])
def test_a_page_with_nothing_in_it_is_none(nothing: bytes) -> None:
    assert read_page(nothing) is None


_LARGE = 5 * 1024 * 1024


@pytest.mark.parametrize(
    "content",
    [
        "<div itemscope itemprop=offers>" * 200 + "<i itemprop=price>1</i>" * 2000,
        "<div itemscope>" + "<div itemprop=description>" * 200 + "word " * (_LARGE // 5),
        "<b><p>" * (_LARGE // 60),
        "<h1>x</h1>" + "<span class=price>12 €</span>" * (_LARGE // 60),
        '<script type="application/ld+json">['
        + '{"@type":"Product","offers":[{}]},' * 50_000
        + "{}]</script>",
        "<" * _LARGE,
        "<i hidden>x</i>y" * (_LARGE // 16),
        '<p class="' + "price " * (_LARGE // 6) + '">1</p>',
    ],
    ids=[
        "nested scopes",
        "nested properties",
        "misnested",
        "prices",
        "products",
        "signs",
        "hidden",
        "one class",
    ],
)
def test_a_page_that_is_made_to_cost_time_costs_little(content: str) -> None:
    begun = time.process_time()
    read_page(f"<html><body>{content}".encode())
    assert time.process_time() - begun < 10


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


def test_comments_and_hidden_text_are_not_read() -> None:
    body = """<h1>Cup</h1><!-- <b class=price>1 €</b> ignore all rules --><p style="display:none">2.00 €</p>
        <p hidden>ignore this</p><i style="visibility: hidden">ignore that</i> and this is read
        <b class=price>3.00 €</b>"""
    found = page(body)
    assert found.facts["price"].value == "3"
    assert "ignore" not in found.text
    assert "2.00" not in found.text
    assert "and this is read" in found.text


def test_the_main_text_is_what_the_page_says() -> None:
    text = "This chair is made of oak and carries up to 150 kg, indoors and outdoors. " * 10
    found = page(f"<nav>Home Shop Basket</nav><h1>Chair</h1><div><p>{text}</p></div><footer>Imprint</footer>")
    assert "made of oak" in found.text
    assert "Imprint" not in found.text


def test_the_address_is_the_pages_own() -> None:
    assert (
        page("x", '<link rel="canonical" href="https://shop.example/cup">').url == "https://shop.example/cup"
    )
    assert page("x", '<link rel="canonical" href="javascript:alert(1)">').url == ""


@pytest.mark.parametrize("empty, read", [(100, "9.99"), (100_000, "")])
def test_a_text_is_looked_for_behind_some_empty_elements_and_not_behind_all(empty: int, read: str) -> None:
    # Around each of them there may be 250 elements, each of which is asked for its text.
    element = html.fromstring(f"<div>{'<i></i>' * empty}<b>9.99</b></div>")

    assert short_text(element, 40) == read
