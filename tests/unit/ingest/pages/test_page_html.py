"""The HTML of product pages: charsets, what is broken, hidden or made to cost time."""

import pytest
from lxml import html

from services.ingest.pages.nodes import short_text
from services.ingest.pages.page import read_page
from tests.unit.ingest.pages.building import page
from tests.watchdog import processor_seconds


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
        '<p title="' + "<!--" * (_LARGE // 4) + '">1</p>',
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
        "comments in a value",
    ],
)
def test_a_page_that_is_made_to_cost_time_costs_little(content: str) -> None:
    with processor_seconds(10):
        read_page(f"<html><body>{content}".encode())


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


@pytest.mark.parametrize("empty, read", [(100, "9.99"), (100_000, "")])
def test_a_text_is_looked_for_behind_some_empty_elements_and_not_behind_all(empty: int, read: str) -> None:
    # Around each of them there may be 250 elements, each of which is asked for its text.
    element = html.fromstring(f"<div>{'<i></i>' * empty}<b>9.99</b></div>")

    assert short_text(element, 40) == read
