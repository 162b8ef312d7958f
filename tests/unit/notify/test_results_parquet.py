"""The rows of results.csv as Parquet: the same, with types, and customers' words as they wrote them."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.notify import results
from services.notify.results_parquet import COLUMNS, ResultsParquet
from shared.contracts.profiles import ProfileDocument
from shared.stores.feedback_store import FeedbackRow, RowAspect
from tests.parquet_readers import assert_same, query, read, types
from tests.unit.notify.figures_case import at
from tests.unit.notify.result_rows import a_row

NOTHING: Mapping[int, Sequence[RowAspect]] = {}
PLAIN = ProfileDocument()
TEAMS = {"Price": "=sales"}
EVERY_TYPE = ProfileDocument.model_validate(
    {
        "categories": [{"name": "Price", "route": "=sales"}, {"name": "Delivery"}],
        "attributes": [
            {"name": "price", "type": "money"},
            {"name": "nights", "type": "number"},
            {"name": "arrival", "type": "date"},
            {"name": "late", "type": "boolean"},
            {"name": "tags", "type": "list"},
            {"name": "wish", "type": "text"},
            {"name": "priority", "type": "enumeration", "values": ["low", "high"]},
        ],
    }
)
ANSWERED = {
    "price": {"amount": 19.99, "currency": "EUR"},
    "nights": 3,
    "arrival": "2026-05-03",
    "late": False,
    "tags": ["=a", "b"],
    "wish": "+1 pillow",
    "priority": "high",
}


def files(
    rows: Sequence[FeedbackRow],
    document: ProfileDocument = PLAIN,
    further: Mapping[int, Sequence[RowAspect]] = NOTHING,
) -> tuple[bytes, bytes]:
    """Both files of these rows."""
    parquet = ResultsParquet(document, teams=TEAMS)
    parquet.add(rows, further)
    return parquet.end(), results.head(document) + results.lines(rows, further, document, TEAMS)


def test_both_files_say_the_same() -> None:
    rows = [
        a_row(
            stars=Decimal("4.5"), create_date=at(2026, 3, 5, 9, 15), label_llm="Price", label_final="Price"
        ),
        a_row(
            id=8,
            label_final="Delivery",
            sentiment="mixed",
            segments={"country": "NO", "plan": "=1+1"},
            raw_values={"date": "bald"},
            attributes=ANSWERED,
        ),
        a_row(id=9, status="failed", failure_reason="the model refused to answer", attributes={"tags": []}),
        a_row(id=10, attributes={"price": {"amount": 240, "currency": None}, "late": True}),
    ]
    further = {8: [RowAspect(category="Price", category_id=1, sentiment="negative")]}
    for document in (PLAIN, EVERY_TYPE):
        assert_same(*files(rows, document, further))


def test_each_column_has_the_type_of_what_it_holds() -> None:
    found = types(files([a_row()], EVERY_TYPE)[0])

    assert {name: its for name, its in found.items() if its != "VARCHAR"} == {
        "id": "BIGINT",
        "row_number": "BIGINT",
        "stars": "DOUBLE",
        "create_date": "TIMESTAMP",
        "profile_version": "BIGINT",
        "aspects": "STRUCT(category VARCHAR, sentiment VARCHAR)[]",
        "attributes": "STRUCT(price STRUCT(amount DOUBLE, currency VARCHAR), nights DOUBLE, arrival DATE,"
        " late BOOLEAN, tags VARCHAR[], wish VARCHAR, priority VARCHAR)",
    }
    assert list(found) == [*COLUMNS, "aspects", "team", "attributes"]


def test_a_profile_without_attributes_has_no_column_for_them() -> None:
    assert list(types(files([a_row()])[0])) == [*COLUMNS, "aspects"]


def test_sql_reaches_each_value_by_the_name_that_results_csv_has() -> None:
    parquet, _ = files([a_row(attributes=ANSWERED, segments={"country": "NO"})], EVERY_TYPE)

    assert query(
        parquet,
        "SELECT attributes.price.amount AS amount, attributes.arrival AS arrival, attributes.tags[2] AS tag,"
        " segments->>'country' AS country, execution_id FROM file",
    ) == [{"amount": 19.99, "arrival": date(2026, 5, 3), "tag": "b", "country": "NO", "execution_id": "e"}]


@pytest.mark.parametrize("text", ["=1+1", "+1", "@SUM(A1)", "\tx", "fine;=A1", "'=1", "＝1"])
def test_customers_words_stand_there_as_they_wrote_them(text: str) -> None:
    parquet, csv = files([a_row(feedback=text, product_name=text, segments={text: text})])

    [row] = read(parquet)
    assert (row["feedback"], row["product_name"]) == (text, text)
    assert b"'" in csv


@pytest.mark.parametrize(
    "attributes",
    [
        {"price": 3, "nights": "three", "arrival": "soon", "late": "no", "tags": "a", "wish": None},
        {"price": {}, "nights": True, "arrival": 5, "late": 1, "tags": {}},
        {"price": {"amount": "1", "currency": 5}, "nights": 10**400, "arrival": "2026-02-30"},
        {"price": {"amount": 10**400}, "nights": [], "arrival": {}, "tags": None},
    ],
)
def test_a_value_of_another_type_than_the_profile_says_is_null(attributes: dict[str, Any]) -> None:
    """The profile may have changed since the row was answered."""
    [row] = read(files([a_row(attributes=attributes)], EVERY_TYPE)[0])

    assert row["attributes"] == {
        "price": {"amount": None, "currency": None},
        **dict.fromkeys(("nights", "arrival", "late", "tags", "wish", "priority")),
    }


def test_a_text_or_a_choice_is_text_whatever_was_answered() -> None:
    [row] = read(files([a_row(attributes={"wish": 5, "priority": ["a", "b"]})], EVERY_TYPE)[0])

    assert (row["attributes"]["wish"], row["attributes"]["priority"]) == ("5", "a; b")


def test_the_team_follows_the_final_label() -> None:
    rows = [a_row(label_final="Price"), a_row(label_final="Delivery"), a_row(label_final="unknown"), a_row()]

    assert [row["team"] for row in read(files(rows, EVERY_TYPE)[0])] == ["=sales", None, None, None]


def test_a_topic_of_any_name_is_a_value_of_its_own() -> None:
    further = {7: [RowAspect(category="a: b; c", category_id=1, sentiment="negative")]}
    [row] = read(files([a_row(label_final="Price", sentiment="positive")], further=further)[0])

    assert row["aspects"] == [
        {"category": "Price", "sentiment": "positive"},
        {"category": "a: b; c", "sentiment": "negative"},
    ]
