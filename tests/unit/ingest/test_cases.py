"""Files as other tools export them: every row that a customer wrote is taken, and reads as it was meant."""

from decimal import Decimal
from pathlib import Path

import pytest

from services.ingest.rows import to_feedback
from services.ingest.value_forms import ValueForms
from shared.contracts.records import Feedback
from tests.unit.ingest.reading import read, read_with_restarts

CASES = Path(__file__).parents[2] / "cases"
ROWS = {
    "columns-not-used.csv": 1,
    "columns-repeated-unread.csv": 4,
    "dates-epoch-milliseconds.csv": 4,
    "dates-month-names.csv": 4,
    "dates-one-of-1970.csv": 21,
    "dates-utc-suffix.csv": 5,
    "encoding-cp1251.csv": 3,
    "encoding-shift-jis.csv": 3,
    "one-record-the-model-cannot-answer.csv": 25,
    "placeholders-na-null.csv": 7,
    "qualtrics-three-header-rows.csv": 3,
    "quotes-escaped-by-backslash.csv": 3,
    "reviews.tsv": 3,
    "rows-of-delimiters-only.csv": 1,
    "rows-without-trailing-cells.csv": 8,
    "stars-in-words.csv": 4,
}


def said(name: str) -> list[Feedback]:
    return [to_feedback(row, ValueForms()).feedback for row in read((CASES / name).read_bytes())]


def test_every_case_is_read() -> None:
    files = {path.name for path in CASES.iterdir() if path.is_file()}
    assert files - {"model-answers.json"} == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_no_row_is_lost_and_slices_agree(name: str) -> None:
    data = (CASES / name).read_bytes()
    assert len(said(name)) == ROWS[name]
    assert read_with_restarts(data) == read(data)


@pytest.mark.parametrize(
    "name", ["dates-epoch-milliseconds.csv", "dates-month-names.csv", "dates-utc-suffix.csv"]
)
def test_every_date_is_read(name: str) -> None:
    assert {row.date.year for row in said(name) if row.date} == {2024}
    assert all(row.date for row in said(name))


def test_columns_of_other_names_are_read() -> None:
    [row] = said("columns-not-used.csv")
    assert row.stars == 4
    assert (row.product_name, row.ref_id) == ("Tent", "")
    assert row.date is not None


def test_letters_and_quotes_are_those_that_were_written() -> None:
    assert said("encoding-shift-jis.csv")[0].feedback.startswith("配送が三日も")
    assert said("encoding-cp1251.csv")[1].feedback == "Поддержка ответила быстро, спасибо."
    assert said("quotes-escaped-by-backslash.csv")[1].feedback == 'It was "waterproof", "light", and broke'


def test_ratings_and_placeholders_are_what_they_mean() -> None:
    assert [row.stars for row in said("stars-in-words.csv")] == [4, 4, 4, Decimal("4.5")]
    assert [row.stars for row in said("placeholders-na-null.csv")] == [3, *[None] * 6]
