"""Pages as shops' programs write them (`shops/`, our own): each kind with its facts."""

import json
from pathlib import Path

import pytest

from services.ingest.pages.page import read_page
from tests.unit.ingest.pages.shop_page import facts

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


@pytest.mark.parametrize(
    "heading", ["Big <b>red</b> kettle<div>x</div>", "Big <i>red</i> kettle <p>x", "Big<br>red kettle<table>"]
)
def test_of_a_heading_that_nobody_closed_all_before_the_next_block_is_the_title(heading: str) -> None:
    page = read_page(f"<body><h1>{heading}<p class=price>10 €".encode())
    assert page is not None
    assert page.facts["title"].value == "Big red kettle"
