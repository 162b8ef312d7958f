"""A row's texts become feedback, or a reason that says what to do."""

from datetime import datetime
from decimal import Decimal

import pytest

from services.ingest.dates import DateOrder
from services.ingest.ratings import RatingCounts
from services.ingest.reader import Row
from services.ingest.refusal import RowRejected
from services.ingest.rows import to_feedback
from services.ingest.unread import unread_fields
from services.ingest.value_forms import ValueForms
from shared.contracts.records import MAX_FEEDBACK_LENGTH


def a_row(problem: str | None = None, **values: str) -> Row:
    return Row(1, "raw", {"feedback": "Good lamp"} | values, problem)


def test_the_fields_of_a_row_become_feedback() -> None:
    row = a_row(stars="4,5", date="5/3/2024", title="Lamp", ref_id="A-1", store="", product_name="Lamp 3")
    said = to_feedback(row, ValueForms(date_order=DateOrder.DAY_FIRST)).feedback
    assert (said.stars, said.date) == (Decimal("4.5"), datetime.fromisoformat("2024-03-05"))
    assert (said.title, said.ref_id, said.store, said.product_name) == ("Lamp", "A-1", "", "Lamp 3")


@pytest.mark.parametrize("stars,value", [("5", "5"), ("4.50", "4.5"), ("0", "0"), ("3.0", "3"), ("", None)])
def test_stars_are_read(stars: str, value: str | None) -> None:
    assert to_feedback(a_row(stars=stars), ValueForms()).feedback.stars == (value and Decimal(value))


@pytest.mark.parametrize(
    "name,text",
    [
        *(("stars", text) for text in ("6", "-1", "great", "Infinity", "1e400", "6/5")),
        *(("date", text) for text in ("soon", "31/31/2024", "0001-01-01", "5.3.")),
        ("ref_id", "x" * 201),
        ("product_name", "x" * 501),
        ("store", "x" * 501),
        ("title", "x" * 1001),
    ],
)
def test_another_value_that_cannot_be_read_is_empty_and_kept_as_it_came(name: str, text: str) -> None:
    said, raw = to_feedback(a_row(**{name: text}), ValueForms())
    assert said == to_feedback(a_row(), ValueForms()).feedback
    assert raw == unread_fields(said, raw) == {name: text}


def test_of_a_raw_value_a_part_is_kept_that_fits_into_a_message() -> None:
    assert to_feedback(a_row(title="x" * 9000), ValueForms()).raw_values == {"title": "x" * 2000}


def test_all_values_that_cannot_be_read_are_kept_and_the_others_are_read() -> None:
    said, raw = to_feedback(a_row(stars="many", date="soon", title="x" * 2000, store="Berlin"), ValueForms())
    assert (said.feedback, said.store, said.stars, said.date, said.title) == (
        "Good lamp",
        "Berlin",
        None,
        None,
        "",
    )
    assert raw == {"stars": "many", "date": "soon", "title": "x" * 2000}


@pytest.mark.parametrize(
    "column,scale,stars",
    [
        ("9 7 10 8", 10, "4.5 3.5 5 4"),
        ("10", 10, "5"),
        ("0 3 2 1 9 8", 10, "0 1.5 1 0.5 4.5 4"),
        ("85 40 100 5", 100, "4.3 2 5 0.3"),
        ("5 4 3", 5, "5 4 3"),
        ("4 5 45 3 2", 5, "4 5 - 3 2"),
        ("5 4 5 7 5 5 4 3 5 1 1", 5, "5 4 5 - 5 5 4 3 5 1 1"),
        ("9 7 4/5 80% 8", 10, "4.5 3.5 4 4 4"),
        ("9 7 101 great 8", 10, "4.5 3.5 - - 4"),
    ],
)
def test_the_scale_of_a_column_is_found_and_its_ratings_are_shares_of_five(
    column: str, scale: int, stars: str
) -> None:
    counts = RatingCounts()
    for text in column.split():
        counts = counts.plus(text)
    assert counts.scale == scale
    forms = ValueForms(stars_scale=counts.scale)
    read = [to_feedback(a_row(stars=text), forms) for text in column.split()]
    assert [said.feedback.stars for said in read] == [
        None if text == "-" else Decimal(text) for text in stars.split()
    ]
    kept = [said.raw_values.get("stars") for said in read]
    assert kept == [
        text if scale != 5 or mapped == "-" else None
        for text, mapped in zip(column.split(), stars.split(), strict=True)
    ]


@pytest.mark.parametrize(
    "nothing",
    [
        *(
            "N/A",
            "n/a",
            "#N/A",
            "NULL",
            "null",
            "(null)",
            "nan",
            "NaN",
            "NaT",
            "None",
            "-",
            "--",
            "—",
            "\\N",
            "?",
        ),
        *("<NA>", "[null]", "(blank)", "N/D", "k.A.", "Not applicable", "#VALUE!", "#NAME?", "#WERT!", "#NV"),
        *("-nan", "[]", "{}", "…", "––", "\u200b", "\ufeff", "N\\A"),
    ],
)
def test_a_placeholder_is_an_empty_value(nothing: str) -> None:
    row = a_row(
        stars=nothing, date=nothing, title=nothing, ref_id=nothing, store=nothing, product_name=nothing
    )
    assert to_feedback(row, ValueForms()) == to_feedback(a_row(), ValueForms())


def test_na_is_nothing_but_for_a_name() -> None:
    said = to_feedback(a_row(stars="NA", date="NA", title="na", store="NA", ref_id="NA"), ValueForms())
    assert said == to_feedback(a_row(store="NA", ref_id="NA"), ValueForms())


def test_a_formula_that_only_keeps_a_value_from_excel_is_the_value() -> None:
    said = to_feedback(a_row(ref_id='="0042"', date='="2024-03-05"', title='="so ""good"""'), ValueForms())
    assert said == to_feedback(a_row(ref_id="0042", date="2024-03-05", title='so "good"'), ValueForms())
    assert to_feedback(a_row(title='="a"&"b"'), ValueForms()).feedback.title == '="a"&"b"'


@pytest.mark.parametrize(
    "nothing", ["0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "1/0/1900", "00.01.1900", "Invalid Date"]
)
def test_the_date_of_never_is_none(nothing: str) -> None:
    assert to_feedback(a_row(date=nothing), ValueForms()).feedback.date is None


@pytest.mark.parametrize(
    "nothing",
    ["N/A", "NULL", "nan", "-", "—", "NA", "<NA>", "#NAME?", "Not applicable", "\u200b\u200b", "..."],
)
def test_a_placeholder_is_no_feedback(nothing: str) -> None:
    with pytest.raises(RowRejected, match="feedback: there is no text"):
        to_feedback(a_row(feedback=nothing), ValueForms())


@pytest.mark.parametrize("said", ["None", "none", "Nil", "?", "no", "nothing", "\u200b" * 101])
def test_what_a_customer_may_have_said_is_feedback(said: str) -> None:
    assert to_feedback(a_row(feedback=said), ValueForms()).feedback.feedback == said


@pytest.mark.parametrize("feedback", ["", "\u2003"])
def test_a_row_without_feedback_is_rejected(feedback: str) -> None:
    with pytest.raises(RowRejected, match="feedback: "):
        to_feedback(a_row(feedback=feedback), ValueForms())


def test_a_row_that_could_not_be_read_keeps_its_problem() -> None:
    with pytest.raises(RowRejected, match="is not JSON"):
        to_feedback(a_row(problem="is not JSON"), ValueForms())


def test_a_text_that_is_too_long_for_a_message_is_rejected() -> None:
    row = a_row(feedback="x" * (MAX_FEEDBACK_LENGTH + 1), ref_id="x" * 201)
    with pytest.raises(RowRejected, match=r"^feedback: string should have at most 100000 characters$"):
        to_feedback(row, ValueForms())
