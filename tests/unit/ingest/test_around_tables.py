"""What programs and people put around the rows of a table."""

import pytest

from services.ingest.refusal import FileRefused
from tests.unit.ingest.around_tables import TABLES
from tests.unit.ingest.telling import Told, a_book, told
from tests.unit.ingest.workbooks import read_file

TWO = [Told("Good, really", "4", "", "1"), Told("Bad", "1", "", "2")]


@pytest.mark.parametrize("name", TABLES)
def test_what_stands_around_the_rows_of_a_table_costs_none(name: str) -> None:
    data = TABLES[name]
    data = data.encode() if isinstance(data, str) else data
    assert told(data) == TWO
    assert read_file(data, restarts=True) == read_file(data)


def test_a_text_over_lines_in_a_line_that_is_quoted_as_a_whole_is_one_row() -> None:
    data = b'id,feedback,stars\n"1,""Two\nlines, and"",2"\n2,"A text, alone",1\n'
    assert told(data) == [Told("Two\nlines, and", "2", "", "1"), Told("A text, alone", "1", "", "2")]


@pytest.mark.parametrize(
    "rows,texts",
    [
        ('"good, 5"\n"He said,""no"""\n', ["good, 5", 'He said,"no"']),
        ("Gut,4,5\nSchlecht,1,0\n", []),
        ("1,Gut,4,5\n2,Schlecht,1,0\n", []),
        ("feedback,5\nstars,1\n", ["feedback", "stars"]),
        ("---- no ----,4\n", ["---- no ----"]),
        ("Reviews,4,x\n", []),
    ],
)
def test_what_only_looks_so_is_left_as_it_is(rows: str, texts: list[str]) -> None:
    assert [row.text for row in told(b"feedback,stars\n" + rows.encode())] == texts


def test_of_several_sheets_the_first_with_a_column_for_the_text_is_read() -> None:
    data = a_book(Ids=[["colour"]], A=[["id", "Comment"], [1, "a b"]], B=[["id", "feedback"], [1, "c"]])
    assert [row.text for row in told(data)] == ["a b"]
    with pytest.raises(FileRefused, match="found columns: colour"):
        told(a_book(A=[["colour"]], B=[["size"]]))
    assert [row.text for row in told(a_book(A=[["Read me"]], B=[["feedback"], ["late"]]))] == ["late"]


@pytest.mark.parametrize("said", ["----------", "......", "= = =", "___", "///", "~"])
def test_a_line_is_no_text(said: str) -> None:
    assert told(f"feedback,stars\n{said},1\nlate,2\n".encode()) == [Told("late", "2")]


@pytest.mark.parametrize("said", ["-_-", "*", "?", ":-/", "-1", "._. no"])
def test_a_sign_that_means_something_is_one(said: str) -> None:
    assert told(f"feedback,stars\n{said},1\n".encode()) == [Told(said, "1")]


@pytest.mark.parametrize("name", ["#", "#no", "id"])
def test_a_row_is_no_header_because_the_one_above_names_no_text(name: str) -> None:
    with pytest.raises(FileRefused, match="found columns"):
        told(f"{name},What is it?,stars\n1,comment,4\n2,it is late,1\n".encode())
