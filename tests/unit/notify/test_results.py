import csv
import io
import json
from decimal import Decimal

import pytest

from services.notify.results import COLUMNS, head, lines
from shared.contracts.profiles import ProfileDocument
from shared.stores.feedback_store import NEIGHBOURS, FeedbackRow, RowAspect
from tests.unit.notify.figures_case import at
from tests.unit.notify.result_rows import a_row


def cells(*rows: FeedbackRow) -> list[dict[str, str]]:
    data = head() + b"".join(lines([row]) for row in rows)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_every_column_is_there_and_nothing_is_an_empty_cell() -> None:
    row = a_row(
        stars=Decimal("4.5"), create_date=at(2026, 3, 5, 9, 15), label_llm="Price", label_final="Price"
    )

    [read] = cells(row)

    assert tuple(read) == (*COLUMNS, "aspects")
    assert (read["id"], read["stars"], read["create_date"]) == ("7", "4.5", "2026-03-05 09:15:00")
    assert (read["label_final"], read["label_correction"], read["title"]) == ("Price", "", "")


def test_values_that_could_not_be_read_stand_there_as_they_came() -> None:
    unread, read = cells(a_row(raw_values='{"date": "bald, \u00fcbermorgen"}'), a_row())

    assert unread["raw_values"] == '{"date": "bald, übermorgen"}'
    assert read["raw_values"] == ""


def test_each_row_names_its_profile_and_the_version_that_labelled_it() -> None:
    labelled, failed = cells(a_row(profile="email", profile_version=3), a_row())

    assert (labelled["profile"], labelled["profile_version"]) == ("email", "3")
    assert (failed["profile"], failed["profile_version"]) == ("feedback", "")


def test_each_row_names_who_labelled_it() -> None:
    by_model, by_neighbours, by_nobody = cells(
        a_row(model_id="amazon.nova-lite-v1:0"), a_row(model_id=NEIGHBOURS), a_row()
    )

    assert (by_model["model_id"], by_neighbours["model_id"]) == ("amazon.nova-lite-v1:0", "neighbours")
    assert by_nobody["model_id"] == ""


def test_the_customers_own_columns_stand_in_one_cell() -> None:
    own, none = cells(a_row(segments='{"country": "NO", "plan": "=1+1"}'), a_row())

    assert json.loads(own["segments"]) == {"country": "NO", "plan": "=1+1"}
    assert none["segments"] == ""


def test_each_topic_stands_there_with_its_sentiment_and_the_final_label_first() -> None:
    further = (
        RowAspect(category="Delivery", category_id=1, sentiment="negative"),
        RowAspect(category="Price", category_id=2, sentiment="positive"),
    )
    row = a_row(label_final="Price", sentiment="mixed")
    data = (head() + lines([row, a_row(id=8)], {7: further})).decode("utf-8-sig")

    first, second = csv.DictReader(io.StringIO(data, newline=""))
    assert (first["aspects"], second["aspects"]) == ("Price: mixed; Delivery: negative", "")


def test_each_attribute_of_the_profile_has_a_column() -> None:
    stored = '{"price": {"amount": 19.99, "currency": "EUR"}, "tags": ["a", "=b"], "late": true, "old": 1}'
    types = {"price": "money", "tags": "list", "late": "boolean", "due": "date"}
    document = ProfileDocument.model_validate(
        {"attributes": [{"name": name, "type": kind} for name, kind in types.items()]}
    )
    data = (head(document) + lines([a_row(attributes=stored)], {}, document)).decode("utf-8-sig")

    [read] = csv.DictReader(io.StringIO(data, newline=""))
    assert [read[f"attributes.{name}"] for name in types] == ["19.99 EUR", "a; '=b", "true", ""]


def test_the_team_stands_there_where_categories_have_routes() -> None:
    document = ProfileDocument.model_validate(
        {"categories": [{"name": "Price", "route": "=sales"}, {"name": "Thanks"}]}
    )
    rows = [a_row(label_final="Price"), a_row(label_final="Thanks"), a_row(label_final="unknown"), a_row()]
    data = (head(document) + lines(rows, {}, document, {"Price": "=sales"})).decode("utf-8-sig")

    assert [row["team"] for row in csv.DictReader(io.StringIO(data, newline=""))] == ["'=sales", "", "", ""]


def test_text_with_quotes_commas_and_line_breaks_comes_back_as_it_was() -> None:
    text = 'He said "no", then\r\nleft; größer 日本 🙂'

    assert cells(a_row(feedback=text))[0]["feedback"] == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "  =1", "＝1", "＠x"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert cells(a_row(feedback=text, product_name=text))[0]["product_name"] == f"'{text}"


@pytest.mark.parametrize("text", ["fine;=A1", 'fine; "=A1', "fine\t+A1", "fine\n-A1", "fine\r\n@A1"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_text_opens_no_formula_where_cells_are_parted_otherwise(text: str, delimiter: str) -> None:
    data = (head() + lines([a_row(feedback=text)])).decode("utf-8-sig")

    cells = [cell for line in csv.reader(data.splitlines(), delimiter=delimiter) for cell in line]
    assert not any(cell.lstrip(' "').startswith(("=", "+", "-", "@")) for cell in cells)
