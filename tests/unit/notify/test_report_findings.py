"""What the page says of categories, new themes, attributes, dates and stars."""

import re
from datetime import datetime
from decimal import Decimal

import pytest

from services.notify.report_figures import ReportFigures
from shared.contracts.attributes import Attribute, AttributeType
from shared.stores.category_store import FoundCategory
from shared.stores.discovery_store import Searched
from shared.stores.feedback_store.report import StarsCount, ValueCount
from shared.stores.feedback_store.report_times import DatedRows
from tests.unit.notify.figures_case import (
    a_category,
    a_quote,
    an_execution,
    at,
    some_figures,
)
from tests.unit.notify.report_page import drawn, read


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
