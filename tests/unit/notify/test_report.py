"""The page itself: nothing runs in it, nothing is loaded, and it says what the figures say."""

import base64
import hashlib
import json
import re
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError, meta
from typing_extensions import override

import services.notify
from services.notify import report
from services.notify.report_figures import ReportFigures
from services.notify.report_view import report_view
from shared.contracts.attributes import Attribute, AttributeType
from shared.contracts.profiles import Reader
from shared.stores.category_store import FoundCategory
from shared.stores.discovery_store import Searched
from shared.stores.feedback_store import RowStatus
from shared.stores.feedback_store.report import ProductCount, StarsCount, ValueCount
from shared.stores.feedback_store.report_times import DatedRows
from shared.stores.rejected_store import ReasonCount
from tests.unit.notify.figures_case import (
    NOW,
    a_category,
    a_quote,
    an_execution,
    at,
    figures_saying,
    figures_with_everything,
    some_figures,
)

TEMPLATES = Path(services.notify.__file__).with_name("templates")
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


def drawn(figures: ReportFigures, **changes: Any) -> str:
    arguments: dict[str, Any] = {"threshold": 0.2, "bucket": "data", "model_note": "", "now": NOW} | changes
    return report.draw(figures, **arguments).decode()


def read(figures: ReportFigures, **changes: Any) -> Page:
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


def test_which_model_and_which_stand_in_answered_is_said() -> None:
    answering: dict[str, Any] = {"model_id": "amazon.nova-lite-v1:0", "prompt_version": "7"}
    answering |= {"taxonomy_version": 3, "corrections_version": 2, "profile_version": 4, "rows": 8}

    text = read(some_figures(answering=(answering,)), model_note="a stand-in on this machine").text

    for told in (
        "amazon.nova-lite-v1:0",
        "a stand-in on this machine",
        "Profile feedback, version 4",
        "Taxonomy version 3",
        "$0.0123",
    ):
        assert told in text


def test_rows_that_neighbours_answered_are_told_and_are_no_model() -> None:
    shared: dict[str, Any] = {"prompt_version": None, "taxonomy_version": 3, "corrections_version": 2}
    by_model = shared | {"model_id": "amazon.nova-lite-v1:0", "rows": 8}
    by_neighbours = shared | {"model_id": "neighbours", "rows": 2100}

    text = read(some_figures(answering=(by_model, by_neighbours))).text

    assert "Answered by their nearest labelled rows 2,100 rows, without the model" in text
    assert "Model amazon.nova-lite-v1:0 " in text
    assert "nearest labelled" not in read(some_figures(answering=(by_model,))).text


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


def test_mails_that_programs_wrote_need_nobodys_attention() -> None:
    read_in = an_execution(
        profile="email", rows_read=10, accepted=5, rejected=5, labelled=5, unknown=0, failed=0
    )
    reasons = (
        ReasonCount(reason="an automatic reply: not labelled", rows=4),
        ReasonCount(reason="the mail holds no text", rows=1),
    )
    figures = some_figures(execution=read_in, reader=Reader.EMAIL, rejected_reasons=reasons)

    assert "Needs attention" not in read(figures).text
    assert "Needs attention: 10% of the e-mails" in read(figures, threshold=0.05).text


def test_the_profile_is_named_where_no_row_has_a_label() -> None:
    assert "Profile email Model calls" in read(some_figures(execution=an_execution(profile="email"))).text


def test_what_a_file_was_expected_to_cost_stands_beside_what_it_did() -> None:
    told = an_execution(expected_cost=Decimal("0.0456"))

    assert "Expected before labelling $0.0456" in read(some_figures(execution=told)).text
    assert "Expected before" not in read(some_figures()).text


def test_columns_that_nobody_knew_are_named() -> None:
    checkpoint = {"layout": {"ignored_columns": ["colour", "size"]}}

    assert (
        "Your own columns, kept as segments colour, size"
        in read(some_figures(execution=an_execution(checkpoint=checkpoint))).text
    )


def test_columns_of_other_names_are_told() -> None:
    text = read(figures_with_everything()).text

    assert "Feedback read from Review Text" in text
    assert "Titles and further header rows 2, no feedback" in text
    assert "Title not read several columns may hold it: Subject, Headline" in text
    assert "Your own columns, kept as segments colour, Order ID Nearest that is known Order ID : id" in text


def test_values_that_could_not_be_read_are_told_by_column() -> None:
    text = read(figures_with_everything()).text

    assert "date: 12 of 71 rows not read, e.g. soon" in text
    assert "stars: given from 0 to 10, shown from 0 to 5" in text
    assert "Values not read" not in read(some_figures()).text


@pytest.mark.parametrize("checkpoint", [None, {}, {"layout": None}, {"layout": {"ignored_columns": None}}])
def test_a_checkpoint_of_another_form_does_no_harm(checkpoint: dict[str, Any] | None) -> None:
    assert (
        "Your own columns, kept as segments"
        not in read(some_figures(execution=an_execution(checkpoint=checkpoint))).text
    )


def sentences(figures: ReportFigures) -> str:
    [lead] = re.findall(r'<p class="lead">(.*?)</p>', drawn(figures), re.DOTALL)
    return " ".join(lead.split())


def test_the_largest_category_leads_alone_if_it_is_much_larger() -> None:
    figures = some_figures(categories=(a_category("A", positive=20), a_category("B", positive=5)))

    assert "speak most of <strong><bdi>A</bdi></strong>: 77% of the rows." in sentences(figures)


def test_categories_about_as_large_lead_together() -> None:
    figures = some_figures(categories=(a_category("A", positive=20), a_category("B", positive=19)))

    assert "<bdi>A</bdi></strong> and <strong><bdi>B</bdi></strong>, about 50% each." in sentences(figures)


def dated(rows: int, first: datetime, last: datetime) -> DatedRows:
    return DatedRows(rows=rows, first=first, last=last)


@pytest.mark.parametrize(
    "outside, told, count",
    [
        (
            [dated(1, at(1970, 1, 1), at(1970, 1, 1))],
            "1 row of 1 January 1970 is outside the chart. All other figures count it.",
            ", 1 outside",
        ),
        (
            [dated(3, at(1970, 1, 1), at(1971, 5, 5)), dated(12, at(2099, 1, 1), at(2099, 1, 1))],
            "3 rows of 1 January 1970 – 5 May 1971 and 12 rows of 1 January 2099 are outside the chart.",
            ", 15 outside",
        ),
    ],
)
def test_rows_dated_far_from_the_others_are_told_below_the_chart(
    outside: list[DatedRows], told: str, count: str
) -> None:
    figures = some_figures()
    span = figures.span.model_copy(update={"outside": tuple(outside)})

    text = read(some_figures(span=span)).text

    assert told in text
    assert f"5 January 2026 – 20 March 2026{count}" in text
    assert "outside" not in read(figures).text


def test_stars_and_words_that_agree_make_no_list() -> None:
    assert "Stars against words" not in read(some_figures()).text


def test_a_list_of_all_contradictions_sends_nobody_to_the_file() -> None:
    counts = (StarsCount(stars=Decimal(1), sentiment="positive", rows=1),)
    text = read(some_figures(by_stars=counts, contradictory=(a_quote(sentiment="positive"),))).text

    assert "1 row with 4 or 5 stars and a negative sentiment, or with 2 or fewer and a positive one." in text
    assert "results.csv, by its columns stars" not in text


def test_contradictions_that_are_not_quoted_are_in_the_file() -> None:
    counts = (StarsCount(stars=Decimal("4.5"), sentiment="negative", rows=2),)

    assert "All are in results.csv, by its columns stars" in read(some_figures(by_stars=counts)).text


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
    assert (
        "a sample: 50,000 of 61,234. Others got those that the rows most like them in the sample got" in told
    )


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


def test_mentions_stand_beside_rows_where_a_row_speaks_of_more_than_one_topic() -> None:
    priced = a_category("Price", negative=2).model_copy(update={"further": {"negative": 1, "positive": 1}})
    besides = a_category("Taste").model_copy(
        update={"rows": 0, "by_sentiment": {}, "starred": 0, "further": {"positive": 3}}
    )

    text = read(some_figures(categories=(priced,), mentioned=(besides,))).text

    assert "Mentions" in text
    assert "4 75% negative" in text
    assert "3 0% negative" in text
    assert "Mentions" not in read(some_figures()).text


@pytest.mark.parametrize(
    "rows, further, said",
    [
        (0, 9, "in 9 rows here, beside other topics"),
        (1, 1, "1 row here, and 1 row beside other topics"),
        (7, 0, "7 rows here"),
    ],
)
def test_a_new_theme_says_whether_rows_speak_of_it_beside_other_topics(
    rows: int, further: int, said: str
) -> None:
    fields = {"id": 1, "name": "Taste", "description": "", "status": "active", "examples": "[]"}
    taste = a_category("Taste").model_copy(
        update={"rows": rows, "further": {"positive": further} if further else {}}
    )
    where = {"categories": (taste,)} if rows else {"mentioned": (taste,)}

    text = read(some_figures(found=(FoundCategory.model_validate(fields),), **where)).text

    assert f"Taste {said}" in " ".join(text.split())


@pytest.mark.parametrize("value", ["</td><script>alert(1)</script>", "\u202eevil", "a\nb"])
def test_an_attribute_is_shown_by_value_and_none_can_leave_its_cell(value: str) -> None:
    attribute = Attribute(name="refund_wanted", type=AttributeType.TEXT, description=value)
    values = (
        ValueCount(attribute="refund_wanted", value=value, rows=5),
        ValueCount(attribute="refund_wanted", value="true", rows=1),
    )

    page = read(some_figures(attributes=(attribute,), values=values))

    assert "Refund wanted" in page.text
    assert "yes" in page.text
    assert "script" not in [tag for tag, _ in page.elements]
