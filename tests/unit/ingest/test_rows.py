"""A row's texts become feedback, or a reason that says what to do."""

from datetime import datetime
from decimal import Decimal

import pytest

from services.ingest.dates import DateOrder
from services.ingest.reader import Row
from services.ingest.refusal import RowRejected
from services.ingest.rows import to_feedback
from shared.contracts.records import MAX_FEEDBACK_LENGTH


def a_row(problem: str | None = None, **values: str) -> Row:
    return Row(1, "raw", {"feedback": "Good lamp"} | values, problem)


def test_the_fields_of_a_row_become_feedback() -> None:
    row = a_row(stars="4,5", date="5/3/2024", title="Lamp", ref_id="A-1", store="", product_name="Lamp 3")
    said = to_feedback(row, DateOrder.DAY_FIRST)
    assert (said.stars, said.date) == (Decimal("4.5"), datetime.fromisoformat("2024-03-05"))
    assert (said.title, said.ref_id, said.store, said.product_name) == ("Lamp", "A-1", "", "Lamp 3")


@pytest.mark.parametrize("stars,value", [("5", "5"), ("4.50", "4.5"), ("0", "0"), ("3.0", "3"), ("", None)])
def test_stars_are_read(stars: str, value: str | None) -> None:
    assert to_feedback(a_row(stars=stars), None).stars == (value and Decimal(value))


@pytest.mark.parametrize("stars", ["6", "-1", "great", "Infinity", "1e400", "6/5"])
def test_stars_that_are_none_are_rejected_with_what_they_must_be(stars: str) -> None:
    with pytest.raises(RowRejected, match="stars: must be a number from 0 to 5"):
        to_feedback(a_row(stars=stars), None)


@pytest.mark.parametrize(
    "nothing",
    ["N/A", "n/a", "#N/A", "NULL", "null", "(null)", "nan", "NaN", "NaT", "None", "-", "--", "—", "\\N", "?"],
)
def test_a_placeholder_is_an_empty_value(nothing: str) -> None:
    row = a_row(
        stars=nothing, date=nothing, title=nothing, ref_id=nothing, store=nothing, product_name=nothing
    )
    assert to_feedback(row, None) == to_feedback(a_row(), None)


@pytest.mark.parametrize("nothing", ["0000-00-00", "0000-00-00 00:00:00", "00/00/0000"])
def test_the_date_of_never_is_none(nothing: str) -> None:
    assert to_feedback(a_row(date=nothing), None).date is None


@pytest.mark.parametrize("nothing", ["N/A", "NULL", "nan", "-", "—"])
def test_a_placeholder_is_no_feedback(nothing: str) -> None:
    with pytest.raises(RowRejected, match="feedback: there is no text"):
        to_feedback(a_row(feedback=nothing), None)


@pytest.mark.parametrize("said", ["None", "none", "Nil", "?", "no", "nothing"])
def test_what_a_customer_may_have_said_is_feedback(said: str) -> None:
    assert to_feedback(a_row(feedback=said), None).feedback == said


@pytest.mark.parametrize("feedback", ["", "\u2003"])
def test_a_row_without_feedback_is_rejected(feedback: str) -> None:
    with pytest.raises(RowRejected, match="feedback: "):
        to_feedback(a_row(feedback=feedback), None)


def test_a_row_that_could_not_be_read_keeps_its_problem() -> None:
    with pytest.raises(RowRejected, match="is not JSON"):
        to_feedback(a_row(problem="is not JSON"), None)


def test_every_field_that_is_too_long_is_named() -> None:
    row = a_row(feedback="x" * (MAX_FEEDBACK_LENGTH + 1), ref_id="x" * 201)
    with pytest.raises(RowRejected) as rejected:
        to_feedback(row, None)
    assert "feedback: string should have at most 100000 characters" in str(rejected.value)
    assert "ref_id: string should have at most 200 characters" in str(rejected.value)
