"""Structured data as shops write it: each form of a fact, and JSON that no strict parser takes."""

import json
from typing import Any

import pytest

from services.ingest.pages.loose_json import read_json
from services.ingest.pages.page import read_page
from tests.watchdog import processor_seconds


def facts(script: str, body: str = "") -> dict[str, str]:
    page = read_page(
        f'<html><head><title>Lamp</title><script type="application/ld+json">{script}</script></head>'
        f"<body><h1>Lamp</h1>{body}</body></html>".encode()
    )
    assert page is not None
    return {name: each.value for name, each in page.facts.items()}


def product(offer: dict[str, Any] | None = None, **fields: Any) -> str:
    offers = {"price": "35.00", "priceCurrency": "EUR"} | (offer or {})
    return json.dumps({"@type": "Product", "name": "Lamp", "offers": offers} | fields)


INNER = (
    '"@type":"Product","name":"Lamp","offers":{"@type":"Offer","price":"35.00","priceCurrency":"EUR",'
    '"availability":"https://schema.org/OutOfStock"'
)


@pytest.mark.parametrize(
    "script",
    [
        '{"@context":"https://schema.org",' + INNER + ",},}",
        "<!-- {" + INNER + "}} -->",
        "//<![CDATA[\n{" + INNER + "}}\n//]]>",
        "/*<![CDATA[*/{" + INNER + "}}/*]]>*/",
        '{"description":"A\nlamp\r\n\twith tab",' + INNER + "}}",
        "{" + INNER + "}};",
        "\ufeff{" + INNER + "}}",
        '{"@type":"WebSite","name":"x"}{' + INNER + "}}",
        '{"@type":"WebSite","name":"x"},\n{' + INNER + "}}",
        ("{" + INNER + "}}").replace('"', "&quot;"),
        "{\n// the product\n" + INNER + "} /* end */ }",
        r'{"description":"50\% off \x20 it\'s",' + INNER + "}}",
        '{"description":"A 24" monitor lamp",' + INNER + "}}",
        '{"sku": ,"gtin13": , ' + INNER + "}}",
        "{" + INNER + '}, "review":[{"@type":"Review","reviewBody":"good',
        '{"description":"a\x01b",' + INNER + "}}",
        '{"aggregateRating":{"ratingValue":NaN},' + INNER + "}}",
        '{"reviewCount": 007,' + INNER + "}}",
        '{"a":1,,' + INNER + "}}",
        '{"sku":"12"\n' + INNER + "}}",
        ("{" + INNER + "}}").replace('"', "'"),
        '{"@graph":[[{' + INNER + "}}]]}",
        '{"@type":"ItemPage","mainEntity":{' + INNER + "}}}",
    ],
)
def test_broken_json_is_read(script: str) -> None:
    said = facts(script)
    assert (said["price"], said["currency"], said["availability"]) == ("35", "EUR", "OutOfStock")


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' + '"' * 1_000_000,
        "[" * 1_000_000,
        '{"a":' * 200_000,
        '{"a":"' + '" ' * 500_000,
        '{"a":"x"' + " " * 1_000_000 + "x",
        '{"a":"y"' + "\n" * 1_000_000 + "x",
        ('"' + " " * 1000) * 1000,
        "/*" * 500_000,
        '"' + "\\" * 1_000_001,
        '"\n' * 500_000,
    ],
    ids=lambda text: text[:8],
)
def test_json_that_is_made_to_cost_time_costs_little(text: str) -> None:
    with processor_seconds(2):
        read_json(text)


@pytest.mark.parametrize(
    "said, availability",
    [
        ("https://schema.org/InStock/", "InStock"),
        ("http://www.schema.org/SoldOut", "OutOfStock"),
        ("Out of stock", "OutOfStock"),
        ("OUT_OF_STOCK", "OutOfStock"),
        ("schema:OutOfStock", "OutOfStock"),
        ("https://schema.org/OutOfStock?x=1", "OutOfStock"),
        ("schema.org/PreOrder", "PreOrder"),
        ("BackOrder", "BackOrder"),
        ("https://schema.org/OnlineOnly", "InStock"),
        ("https://schema.org/Reserved", "OutOfStock"),
        ("https://schema.org/Discontinued ", "Discontinued"),
        ("available for order", "PreOrder"),
        ({"@id": "https://schema.org/OutOfStock"}, "OutOfStock"),
        ({"@type": "ItemAvailability", "name": "OutOfStock"}, "OutOfStock"),
        (["https://schema.org/OutOfStock"], "OutOfStock"),
        ("nicht verfügbar", "OutOfStock"),
        ("Rupture de stock", "OutOfStock"),
        ("Auf Lager", "InStock"),
        (True, "InStock"),
        (False, "OutOfStock"),
    ],
)
def test_availability_is_read_in_each_form(said: object, availability: str) -> None:
    assert facts(product({"availability": said}))["availability"] == availability


@pytest.mark.parametrize(
    "name, said, gtin",
    [
        ("gtin", "4006381333931", "4006381333931"),
        ("gtin13", 4006381333931, "4006381333931"),
        ("gtin8", "96385074", "96385074"),
        ("gtin14", "10614141000415", "10614141000415"),
        ("ean13", "4006381333931", "4006381333931"),
        ("barcode", "4006381333931", "4006381333931"),
        ("upc", 36000291452, "036000291452"),
        ("isbn", "978-3-16-148410-0", "9783161484100"),
        ("isbn", "3-16-148410-X", "9783161484100"),
        ("isbn", "0-306-40615-2", "9780306406157"),
        ("isbn", "3-16-148410-1", None),
        ("productID", "isbn:9783161484100", "9783161484100"),
        (
            "identifier",
            {"@type": "PropertyValue", "propertyID": "gtin13", "value": "4006381333931"},
            "4006381333931",
        ),
        ("gtin13", "4006381333932", None),
        ("gtin13", "0000000000000", None),
    ],
)
def test_the_number_of_the_bar_code_is_read_under_each_name(name: str, said: Any, gtin: str | None) -> None:
    assert facts(product(**{name: said})).get("gtin") == gtin


@pytest.mark.parametrize(
    "said, brand",
    [
        ("Bosch", "Bosch"),
        ({"@type": "Brand", "name": "Bosch"}, "Bosch"),
        ([{"@type": "Thing", "name": "Bosch"}], "Bosch"),
        ({"name": {"@value": "Bosch", "@language": "de"}}, "Bosch"),
        ("Bosch &amp; Co", "Bosch & Co"),
        ("https://shop.example/brands/bosch", None),
        ("N/A", None),
        ("null", None),
        (None, None),
        (False, None),
    ],
)
def test_a_brand_is_a_name(said: object, brand: str | None) -> None:
    assert facts(product(brand=said)).get("brand") == brand


@pytest.mark.parametrize(
    "offer, price, list_price",
    [
        ({"price": "1.299,00 €", "priceCurrency": None}, "1299", None),
        ({"price": "1.299"}, "1299", None),
        ({"price": 1299.5}, "1299.50", None),
        ({"price": None, "priceSpecification": {"price": "12.50"}}, "12.50", None),
        (
            {
                "price": None,
                "priceSpecification": [
                    {"price": "12.50"},
                    {"price": "6.25", "referenceQuantity": {"value": 100, "unitCode": "MLT"}},
                    {"price": "19.90", "priceType": "https://schema.org/ListPrice"},
                ],
            },
            "12.50",
            "19.90",
        ),
        (
            {
                "price": None,
                "priceSpecification": [
                    {"@type": "DeliveryChargeSpecification", "price": "4.90"},
                    {"@type": "PriceSpecification", "price": "45.00"},
                    {"price": "40.00", "validForMemberTier": {"name": "gold"}},
                ],
            },
            "45",
            None,
        ),
    ],
)
def test_the_price_is_what_anybody_pays_for_the_product(
    offer: dict[str, Any], price: str, list_price: str | None
) -> None:
    said = facts(product(offer))
    assert (said["price"], said["currency"], said.get("list_price"), said.get("price_to")) == (
        price,
        "EUR",
        list_price,
        None,
    )


@pytest.mark.parametrize(
    "body, price",
    [
        ("", "0"),
        ('<div class="price">120,00 €</div>', "120"),
        ("<p>Call for price</p>", None),
        ("<p>Preis auf Anfrage</p>", None),
        ("<p>Prix sur demande</p>", None),
    ],
)
def test_a_price_of_nothing_counts_where_the_page_says_no_other(body: str, price: str | None) -> None:
    assert facts(product({"price": "0.00"}), body).get("price") == price


@pytest.mark.parametrize("own", [{}, {"lowPrice": ""}, {"availability": "InStock"}])
def test_an_offer_that_only_holds_others_is_what_they_are(own: dict[str, str]) -> None:
    each = [{"@type": "Offer", "price": price, "priceCurrency": "EUR"} for price in ("35.00", "39.00")]
    said = facts(json.dumps({"@type": "Product", "name": "Lamp", "offers": {"offers": each} | own}))
    assert (said["price"], said["price_to"], said["currency"]) == ("35", "39", "EUR")
