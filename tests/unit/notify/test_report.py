"""The page itself: nothing runs in it, nothing is loaded, and whatever is put into it is escaped."""

import base64
import hashlib
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from jinja2 import UndefinedError, meta

from services.notify import report
from services.notify.report_view import report_view
from shared.contracts.attributes import Attribute, AttributeType
from shared.contracts.profiles import Reader
from shared.stores.feedback_store.report import ProductCount
from tests.unit.notify.figures_case import (
    NOW,
    a_quote,
    an_execution,
    figures_saying,
    figures_with_everything,
    some_figures,
)
from tests.unit.notify.report_page import HOSTILE, TEMPLATES, Page, drawn, read


def test_hostile_text_stays_text_wherever_it_stands() -> None:
    page = read(figures_saying(HOSTILE), model_note=HOSTILE, bucket=HOSTILE)

    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "iframe", "object", "a", "link"})
    assert page.text.count("<script>alert(1)") >= 12
    assert page.open == []


def test_no_element_has_an_inline_style_a_handler_or_an_address() -> None:
    page = read(figures_saying(HOSTILE))

    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on") or name in {"style", "src", "href", "srcset"}}


def test_the_policy_allows_this_very_style_sheet_and_nothing_else() -> None:
    html = drawn(some_figures())

    [css] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert css == (TEMPLATES / "report.css").read_text("utf-8").rstrip("\n")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    [policy] = [
        attributes["content"]
        for _, attributes in Page(html).elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in css
    assert "@import" not in css


def test_control_characters_do_not_reach_the_page() -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", drawn(figures_saying(HOSTILE)))


def test_a_page_has_a_section_for_all_that_there_is() -> None:
    text = read(figures_with_everything()).text

    for told in (
        "81 rows · 5 January 2024 – 20 March 2026 · profile email · revision 2",
        "2 rows still waiting for the model",
        "2 more categories All are in results.csv. 2 3%",
        "unknown No category covers these",
        "Theme 1 proposed, waits for approval",
        "Rows by week (a week begins on Monday), by the date that the customer gave.",
        "The small charts share one scale. 3 rows without a date left out.",
        "2.9 on average, over 15 rows with stars. 4 without. Fractions are rounded to the nearest star.",
        "3 rows with 4 or 5 stars and a negative sentiment, or with 2 or fewer and a positive one.",
        "Of the plainest, one here; all are in results.csv, by its columns stars and sentiment. Late Never",
        "Lamp 8 38% 2.5 Vase 200 <1% –",
        "The 15 largest of 62 categories.",
        "negative · 2 ★ · Lamp · 22 November 2026 · row 1",
        "9 × refused Row As it came Reason message abcdef012345… ;; … no text The first 1 of 10.",
        "300 read from the cache",
        "$0.0500 ($0.7692 per 1,000 rows) Expected before labelling $0.0456",
        "7 min 20 s (read after 31 s; labelled after 5 min 31 s; searched for new themes after 7 min 11 s)",
        "Labelled by discovery 51 rows Corrected by people 4 rows",
    ):
        assert told in text, told


def test_a_report_of_pages_speaks_of_pages_and_of_nobodys_feelings() -> None:
    facts = {"brand": "Nordhus", "price": {"amount": 1299, "currency": "EUR"}, "gift": True, "late": None}
    names: tuple[tuple[str, AttributeType], ...] = (
        ("brand", AttributeType.TEXT),
        ("price", AttributeType.MONEY),
        ("gift", AttributeType.BOOLEAN),
        ("late", AttributeType.BOOLEAN),
    )
    figures = some_figures(
        execution=an_execution(profile="product"),
        reader=Reader.PAGE,
        examples=(a_quote(title="Chair", product_name="Chair", stars=None, attributes=json.dumps(facts)),),
        attributes=tuple(Attribute(name=name, type=kind) for name, kind in names),
        by_stars=(),
        products=(ProductCount(product_name="Chair", rows=1, negative=0, starred=0, stars_sum=Decimal(0)),),
    )

    text = read(figures).text

    for told in (
        "Product page report",
        "10 pages",
        "Most pages are about Delivery : 88% of the pages.",
        "What the pages are about Category Pages Share Delivery",
        "From the pages",
        "Nordhus · 1299 EUR · yes · 22 November 2026 · page 1",
        "1 page that could not be read.",
    ):
        assert told in text, told
    for untold in ("sentiment", "negative", "Stars", "Customers", "feedback", "By product"):
        assert untold not in text[text.index("Product page report") :], untold


def test_a_report_of_e_mails_speaks_of_e_mails_and_teams() -> None:
    figures = some_figures(
        execution=an_execution(profile="email"), reader=Reader.EMAIL, teams={"Delivery": "logistics"}
    )
    text = read(figures).text

    for told in (
        "Customer e-mail report",
        "10 e-mails",
        "Customers write most about Delivery",
        "E-mails by sentiment E-mails Share Negative",
        "Team Whom they go to, by their category. Value E-mails Share logistics 7 88% no team 1 12%",
        "1 e-mail left out: automatic replies, notices of mail systems, mails without a text.",
    ):
        assert told in text, told


def rendered(template: str, **variables: Any) -> str:
    return report.environment().from_string(template).render(variables)


@pytest.mark.parametrize("names, told", [("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")])
def test_names_are_listed_as_people_write_them(names: str, told: str) -> None:
    page = rendered('{% import "parts.html.j2" as parts %}{{ parts.listed(names) }}', names=names)

    assert re.sub("<.*?>", "", page) == told


def test_whatever_is_put_into_a_template_is_escaped() -> None:
    told = rendered('<td title="{{ text }}">{{ text }}{{ "<b>" ~ text }}</td>', text="<\"'&\x00>")

    escaped = "&lt;&#34;&#39;&amp;\ufffd&gt;"
    assert told == f'<td title="{escaped}">{escaped}&lt;b&gt;{escaped}</td>'


def test_a_name_that_nobody_gave_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        rendered("{{ figures.nothing }}", figures=some_figures())


def test_the_template_is_given_what_it_names_and_nothing_else() -> None:
    templates = report.environment()
    named: set[str] = set()
    for path in TEMPLATES.glob("*.j2"):
        named |= meta.find_undeclared_variables(templates.parse(path.read_text("utf-8")))

    view = report_view(some_figures(), 0.2, "data", "", NOW)
    assert named - templates.globals.keys() == view.keys()


def test_nothing_is_marked_as_safe() -> None:
    templates = {path.name: path.read_text("utf-8") for path in TEMPLATES.iterdir()}

    assert {"report.html.j2", "report.css"} < templates.keys()
    assert not [name for name, text in templates.items() if re.search(r"\bsafe\b|autoescape", text)]
    sources = [path.read_text("utf-8") for path in TEMPLATES.parent.glob("*.py")]
    assert not [source for source in sources if "Markup(" in source]
