"""Pages as shops' programs write them (`shops/`, our own): each kind with its facts."""

import json
from pathlib import Path

import pytest

from services.ingest.pages.page import read_page

SHOPS = Path(__file__).parent / "shops"
EXPECTED: dict[str, dict[str, str]] = json.loads(SHOPS.with_suffix(".json").read_text("utf-8"))
"""By page, its facts; an empty one is left to the model. No other price than these may be found."""


def test_each_page_is_expected() -> None:
    assert {file.stem for file in SHOPS.iterdir()} == EXPECTED.keys()


@pytest.mark.parametrize("kind", EXPECTED)
def test_the_facts_of_a_shops_page_are_read(kind: str) -> None:
    page = read_page((SHOPS / f"{kind}.html").read_bytes())

    assert page is not None
    named = EXPECTED[kind].keys() | {"list_price", "price_to"}
    found = {name: page.facts[name].value if name in page.facts else "" for name in named}
    assert found == dict.fromkeys(named, "") | EXPECTED[kind]


def facts(body: str, language: str = "en") -> dict[str, str]:
    page = read_page(f'<html lang="{language}"><body><h1>Thing of ours</h1>{body}</body></html>'.encode())
    assert page is not None
    return {name: each.value for name, each in page.facts.items()}


@pytest.mark.parametrize(
    "shown, price, currency",
    [
        ("€ 1.234,56", "1234.56", "EUR"),
        ("€1,234.56", "1234.56", "EUR"),
        ("1.234,56 €", "1234.56", "EUR"),
        ("1 234,56\u202f€", "1234.56", "EUR"),
        ("EUR 12,–", "12", "EUR"),
        ("12,- €", "12", "EUR"),
        ("CHF 1'234.50", "1234.50", "CHF"),
        ("¥12,800", "12800", "JPY"),
        ("12,800円", "12800", "JPY"),
        ("£1,050", "1050", "GBP"),
        ("£12.50 each", "12.50", "GBP"),
        ("₹1,29,999", "129999", "INR"),
        ("₩12,000", "12000", "KRW"),
        ("5 990 Ft", "5990", "HUF"),
        ("kr 1 299,00", "1299", "SEK"),
        ("3 490,- Kč", "3490", "CZK"),
        ("2 499 ₽", "2499", "RUB"),
        ("1.499 TL", "1499", "TRY"),
        ("1.499,00 ₺", "1499", "TRY"),
        ("249 грн", "249", "UAH"),
        ("₱1,250.00", "1250", "PHP"),
        ("129,90 lei", "129.90", "RON"),
        ("39,00 лв.", "39", "BGN"),
        ("Fr. 45.90", "45.90", "CHF"),
        ("ab 49,90 €", "49.90", "EUR"),
        ("Ab: 49,90 € *", "49.90", "EUR"),
        ("À partir de 19,90 €", "19.90", "EUR"),
        ("Desde 25 €", "25", "EUR"),
        ("From $ 19", "19", "USD"),
        ("vanaf € 7,95", "7.95", "EUR"),
        ("Our price: $1,299.00", "1299", "USD"),
        ("1’299.95 CHF", "1299.95", "CHF"),
        ("Rs.499/-", "499", "INR"),
        ("￥3,980（税込）", "3980", "JPY"),
        ("1299元", "1299", "CNY"),
        ("RMB 1,299", "1299", "CNY"),
        ("1,290 บาท", "1290", "THB"),
        ("1 299 руб.", "1299", "RUB"),
        ("1299€99", "1299.99", "EUR"),
        ("1 299€00", "1299", "EUR"),
        ("MXN$1,299", "1299", "MXN"),
        ("US$1,299.00", "1299", "USD"),
        ("R 1 299.00", "1299", "ZAR"),
        ("R1,299.00", "1299", "ZAR"),
        ("Gs. 129.900", "129900", "PYG"),
        ("١٬٢٩٩ ر.س", "1299", "SAR"),
        ("１，２９９円", "1299", "JPY"),
        ("99p", "0.99", "GBP"),
        ("Starting at $10.00", "10", "USD"),
        ("$24<sup>99</sup>", "24.99", "USD"),
        ("<i>$</i><i>24</i><sup>99</sup>", "24.99", "USD"),
        ("1299<sup>€99</sup>", "1299.99", "EUR"),
        ('<i>€</i><b>24</b><i class="price__cents">95</i>', "24.95", "EUR"),
        ("24,95 €<sup>1</sup>", "24.95", "EUR"),
        ("149,00 €<sup>*1)</sup>", "149", "EUR"),
    ],
)
def test_a_price_is_read_as_it_is_written(shown: str, price: str, currency: str) -> None:
    said = facts(f'<div class="price">{shown}</div>')
    assert (said["price"], said["currency"], said.get("price_to")) == (price, currency, None)


@pytest.mark.parametrize(
    "shown, price, price_to",
    [
        ("£6.50 – £22.00", "6.50", "22"),
        ("€ 6,50 - € 22,00", "6.50", "22"),
        ("1.299,00 € – 1.599,00 €", "1299", "1599"),
        ("$10 to $15", "10", "15"),
        ("10,00 bis 15,00 €", "10", "15"),
        ("de 10,00 € à 15,00 €", "10", "15"),
        ("¥1,200～¥3,400", "1200", "3400"),
        ("<b>10 €</b> - <b>15 €</b>", "10", "15"),
    ],
)
def test_a_range_has_a_lowest_and_a_highest_price(shown: str, price: str, price_to: str) -> None:
    said = facts(f'<div class="price">{shown}</div>')
    assert (said["price"], said["price_to"]) == (price, price_to)


@pytest.mark.parametrize(
    "body",
    [
        '<p class="price"><s>99,00 €</s> <b>79,00 €</b></p>',
        '<p class="price"><span class="was"><i>99,00 €</i></span> <span class="now">79,00 €</span></p>',
        '<div class="price-box"><p class="old-price">99,00 €</p><div class="b"><i>79,00 €</i></div></div>',
        '<p class="price"><span>79,00 €</span> <span class="x"><del>99,00 €</del></span></p>',
    ],
)
def test_what_was_asked_before_is_crossed_out_or_called_so(body: str) -> None:
    said = facts(body)
    assert (said["price"], said["list_price"]) == ("79", "99")


def test_a_list_price_of_another_price_than_the_datas_is_left_out() -> None:
    data = '{"@type": "Product", "name": "Thing of ours", "offers": {"price": 50, "priceCurrency": "EUR"}}'
    said = facts(
        f'<script type="application/ld+json">{data}</script>'
        '<p class="price"><del>99,00 €</del> <b>79,00 €</b></p>'
    )
    assert (said["price"], said.get("list_price")) == ("50", None)


@pytest.mark.parametrize(
    "said",
    [
        "Currently out of stock",
        "Availability: Out of stock",
        "Sorry, sold out!",
        "Nicht vorrätig",
        "Leider ausverkauft",
        "Zur Zeit nicht lieferbar",
        "Rupture de stock",
        "Produit épuisé",
        "Disponibilité : non disponible",
        "Agotado temporalmente",
        "Sin existencias",
        "Prodotto esaurito",
        "Non disponibile",
        "Tijdelijk uitverkocht",
        "Niet op voorraad",
        "Produkt niedostępny",
        "Dostupnost: Vyprodáno",
        "Нет на складе",
        "Produto esgotado",
        "Tillfälligt slut",
        "已售罄",
        "在庫切れ",
        "品切れ中",
        "일시품절",
        "Dieser Artikel ist zurzeit nicht verfügbar",
        "Ce produit est en rupture de stock",
        "Este producto está agotado",
        "Questo prodotto è attualmente esaurito",
        "Dit product is niet op voorraad",
        "Produkt chwilowo niedostępny",
        "Zboží není skladem",
        "Denne vare er udsolgt",
        "Tuote on loppunut",
        "Bu ürün tükendi",
        "A termék elfogyott",
        "この商品は売り切れです",
        "该商品已售罄",
        "نفدت الكمية",
        "אזל במלאי",
        "We're sorry, this item is out of stock",
        "Unavailable",
        "<button>Notify me when available</button>",
        "<button>Benachrichtigen, wenn verfügbar</button>",
        "<button>Avísame</button>",
        "<a>Join the waitlist</a>",
        '<i class="stock out-of-stock">Comes back in May</i>',
        '<b class="badge sold-out">Weg</b>',
        '<div class="stock unavailable"><span>×</span>Ne</div>',
    ],
)
def test_what_is_sold_out_is_said_in_words_or_in_a_class(said: str) -> None:
    body = f'<p class="price">10 €</p><div><p>{said}</p></div>'
    assert facts(body)["availability"] == "OutOfStock"


@pytest.mark.parametrize(
    "said",
    [
        "In stock",
        "Only 2 left",
        "Auf Lager",
        "Never sold out of ideas",
        "Size 38 <i class=swatch>x</i>",
        "What happens if this item is sold out?",
        "Pickup in your store is not available",
        "Gift wrap is currently unavailable",
        "売り切れ次第終了",
        "<button>Add to cart</button><p>Notify me of news</p>",
    ],
)
def test_what_is_not_said_to_be_sold_out_can_be_bought(said: str) -> None:
    assert facts(f'<p class="price">10 €</p><p>{said}</p>')["availability"] == "InStock"


@pytest.mark.parametrize(
    "said, availability",
    [
        ("Pre-order now", "PreOrder"),
        ("Coming soon", "PreOrder"),
        ("<button>Vorbestellen</button>", "PreOrder"),
        ("Available on backorder <button>Add to cart</button>", "BackOrder"),
        ("This product has been discontinued", "Discontinued"),
    ],
)
def test_what_is_to_come_is_told_from_what_is_gone(said: str, availability: str) -> None:
    assert facts(f'<p class="price">10 €</p><p>{said}</p>')["availability"] == availability


@pytest.mark.parametrize(
    "body, price, list_price",
    [
        ('<div class="preis">statt 59,95 € <b>nur 39,95 €</b></div>', "39.95", "59.95"),
        ("<p>Was £80.00</p><p>Now £60.00</p><p>Save £20.00</p>", "60", "80"),
        ("<p>Grundpreis: 13,98 € / kg</p><p>6,99 €</p>", "6.99", None),
        ("<p>£0.35/each</p><p>£2.10</p>", "2.10", None),
        ("<p>$49.99/mo</p><p>$999.99</p>", "999.99", None),
        ("<span>Shipping:</span> <b>$4.00</b><p>$19.00</p>", "19", None),
        (
            "<table><tr><td>bez DPH</td><td>165 Kč</td></tr><tr><td>s DPH</td><td>200 Kč</td></tr></table>",
            "200",
            None,
        ),
    ],
)
def test_the_price_is_told_from_other_amounts_by_what_they_are_called(
    body: str, price: str, list_price: str | None
) -> None:
    said = facts(body)
    assert (said["price"], said.get("list_price")) == (price, list_price)


@pytest.mark.parametrize(
    "shown, language, currency",
    [
        ("$ 20", "en-AU", "AUD"),
        ("$ 20", "fr-CA", "CAD"),
        ("$ 20", "en", "USD"),
        ("¥ 20", "zh-CN", "CNY"),
        ("¥ 20", "zh", "CNY"),
        ("¥ 20", "ja", "JPY"),
        ("¥ 20", "en", "JPY"),
        ("20 kr", "da-DK", "DKK"),
        ("20 kr", "nb_NO", "NOK"),
        ("20 kr", "da", "DKK"),
        ("20 kr", "sv", "SEK"),
    ],
)
def test_the_language_of_a_page_tells_whose_money_a_sign_is(shown: str, language: str, currency: str) -> None:
    assert facts(f'<p class="price">{shown}</p>', language)["currency"] == currency


@pytest.mark.parametrize(
    "body, brand, sku",
    [
        ("<strong>Brand</strong><span>Lux</span><strong>SKU</strong><span>L-1</span>", "Lux", "L-1"),
        ("<label>Marque</label> <a>Lux</a><label>Référence</label><em>L-1</em>", "Lux", "L-1"),
        ("<b>Hersteller:</b><i>Lux</i><p>Artikelnummer: L-1</p>", "Lux", "L-1"),
        ("<table><tr><td>Marca</td><td>Lux</td></tr><tr><td>SKU</td><td>L-1</td></tr></table>", "Lux", "L-1"),
        ("<dl><dt>品牌</dt><dd>Lux</dd><dt>货号</dt><dd>L-1</dd></dl>", "Lux", "L-1"),
    ],
)
def test_values_stand_beside_their_labels(body: str, brand: str, sku: str) -> None:
    said = facts(body)
    assert (said["brand"], said["sku"]) == (brand, sku)


@pytest.mark.parametrize(
    "body, title",
    [
        ("<h2>x</h2></body></html><p class=price>10 €", "Thing of ours"),
        (
            "<iframe></iframe><div><html><body><p>pasted</p></body></html></div><p class=price>10 €",
            "Thing of ours",
        ),
    ],
)
def test_what_stands_behind_the_end_of_a_document_is_read(body: str, title: str) -> None:
    said = facts(body)
    assert (said["title"], said["price"]) == (title, "10")


@pytest.mark.parametrize(
    "heading",
    [
        "<h1>Garden hose<div class=price>10 €</div></h1>",
        "<h1>Garden hose<p>New!</p>",
        "<h1>Garden <b>hose</b><table><tr><td>Length</td></tr></table>",
    ],
)
def test_a_heading_ends_where_a_block_begins(heading: str) -> None:
    page = read_page(f"<body>{heading}</body>".encode())
    assert page is not None
    assert page.facts["title"].value == "Garden hose"


def test_texts_are_read_in_their_order() -> None:
    said = facts('<p class="price"><span><i>1</i><b>2</b></span>.50 €</p>')
    assert said["price"] == "12.50"
