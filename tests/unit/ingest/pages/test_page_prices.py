"""Prices of product pages: how they are written, and which of several is the price."""

import pytest

from tests.unit.ingest.pages.building import facts, ld, offer


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
