"""The page itself: nothing runs in it, nothing is loaded, and it says what the figures say."""

import base64
import hashlib
import re
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from typing_extensions import override

from services.notify import overview, report
from services.notify.figures import Figures
from services.notify.markup import element, join
from shared.contracts.report_rows import Searched
from shared.stores.feedback_store import RowStatus
from tests.unit.notify.figures_case import (
    NOW,
    a_category,
    an_execution,
    figures_saying,
    some_figures,
)

HOSTILE = "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\x00\x1b[31m\u202e{{7*7}}"


class Page(HTMLParser):
    """What a browser would make of the page, as far as these tests ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "hr"}:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "elements close in the order in which they opened"

    @override
    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def drawn(figures: Figures, **changes: Any) -> str:
    arguments: dict[str, Any] = {"threshold": 0.2, "bucket": "data", "model_note": "", "now": NOW} | changes
    return report.draw(figures, **arguments).decode()


def read(figures: Figures, **changes: Any) -> Page:
    return Page(drawn(figures, **changes))


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


def test_every_row_is_accounted_for_in_words() -> None:
    text = read(some_figures()).text

    assert (
        "10 read = 7 labelled + 1 unknown + 1 failed + 1 rejected, counted from the rows themselves." in text
    )


def test_counters_that_do_not_agree_with_the_rows_are_said() -> None:
    text = read(some_figures(rows_by_status={RowStatus.LABELLED: 5})).text

    assert "do not agree with its rows. The rows themselves say: 5 labelled" in text
    assert "counted from the rows themselves" not in text


def test_too_many_unusable_rows_need_attention() -> None:
    bad = an_execution(rows_read=10, accepted=8, rejected=2, labelled=6, unknown=1, failed=1)

    assert "Needs attention: 30% of the rows could not be used" in read(some_figures(execution=bad)).text
    assert "Needs attention" not in read(some_figures(execution=bad), threshold=0.3).text


def test_an_execution_without_a_labelled_row_still_has_a_page() -> None:
    empty = some_figures(
        execution=an_execution(rows_read=0, accepted=0, rejected=0, labelled=0, unknown=0, failed=0),
        rows_by_status={},
        categories=(),
        unknown=a_category("unknown", neutral=0),
        span={"first": None, "last": None, "undated": 0},
        by_time=(),
        trends=(),
        by_stars=(),
        examples=(),
    )

    assert "No row could be labelled." in read(empty).text


def test_which_model_and_which_stand_in_answered_is_said() -> None:
    answering: dict[str, Any] = {"model_id": "amazon.nova-lite-v1:0", "prompt_version": "7"}
    answering |= {"taxonomy_version": 3, "corrections_version": 2, "rows": 8}

    text = read(some_figures(answering=(answering,)), model_note="a stand-in on this machine").text

    for told in ("amazon.nova-lite-v1:0", "a stand-in on this machine", "Taxonomy version 3", "$0.0123"):
        assert told in text


def test_what_a_file_was_expected_to_cost_stands_beside_what_it_did() -> None:
    told = an_execution(expected_cost=Decimal("0.0456"))

    assert "Expected before labelling $0.0456" in read(some_figures(execution=told)).text
    assert "Expected before" not in read(some_figures()).text


def test_columns_that_nobody_knew_are_named() -> None:
    checkpoint = {"layout": {"ignored_columns": ["colour", "size"]}}

    assert (
        "Columns not used colour, size"
        in read(some_figures(execution=an_execution(checkpoint=checkpoint))).text
    )


@pytest.mark.parametrize("checkpoint", [None, {}, {"layout": None}, {"layout": {"ignored_columns": None}}])
def test_a_checkpoint_of_another_form_does_no_harm(checkpoint: dict[str, Any] | None) -> None:
    assert "Columns not used" not in read(some_figures(execution=an_execution(checkpoint=checkpoint))).text


def sentences(figures: Figures) -> str:
    return " ".join(str(sentence) for sentence in overview.lead_sentences(figures))


def test_the_largest_category_leads_alone_if_it_is_much_larger() -> None:
    figures = some_figures(categories=(a_category("A", positive=20), a_category("B", positive=5)))

    assert "speak most of <strong><bdi>A</bdi></strong>: 77% of the rows." in sentences(figures)


def test_categories_about_as_large_lead_together() -> None:
    figures = some_figures(categories=(a_category("A", positive=20), a_category("B", positive=19)))

    assert "<bdi>A</bdi></strong> and <strong><bdi>B</bdi></strong>, about 50% each." in sentences(figures)


def test_a_category_of_a_few_rows_is_never_the_sorest() -> None:
    small = some_figures(categories=(a_category("A", positive=20), a_category("B", negative=4)))
    large = some_figures(categories=(a_category("A", positive=20), a_category("B", negative=5)))

    assert "sorest" not in sentences(small)
    assert "sorest point is <strong><bdi>B</bdi></strong>: 100%" in sentences(large)


def test_a_failed_discovery_is_not_told_as_no_new_theme() -> None:
    assert "The search for new themes failed." in sentences(
        some_figures(execution=an_execution(discovery="failed"))
    )


def test_a_search_among_a_sample_says_so() -> None:
    assert "sample" not in sentences(some_figures(searched=Searched(pool=50_000)))
    told = sentences(some_figures(searched=Searched(pool=50_000, left_out=11_234)))
    assert "a sample: 50,000 of 61,234. The others stay unknown for now" in told


def test_only_markup_is_not_escaped() -> None:
    assert element("p", "a < b", element("b", "c & d"), None, 7) == "<p>a &lt; b<b>c &amp; d</b>7</p>"
    assert element("td", class_="n", hidden=True, title=None, aria_label='"') == (
        '<td class="n" hidden aria-label="&quot;"></td>'
    )
    assert join(["<", element("br")]) == "&lt;<br>"
