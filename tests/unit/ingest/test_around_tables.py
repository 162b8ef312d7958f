"""What programs and people put around the rows of a table."""

import gzip

import pytest

from services.ingest.refusal import FileRefused
from tests.unit.ingest.telling import Told, a_book, told
from tests.unit.ingest.workbooks import read_file, zipped

TWO = [Told("Good, really", "4", "", "1"), Told("Bad", "1", "", "2")]
ROWS = '1,"Good, really",4\n2,Bad,1\n'
TABLES: dict[str, str | bytes] = {
    "report's name, period and author above": "Report,Reviews\nPeriod,2024\nBy,Ann\n\nid,Review Text,Rating\n"
    + ROWS * 1,
    "columns grouped under names that texts have": "Item,,Answer\nid,Review Text,Rating\n" + ROWS,
    "a name with commas": "id;Review Text;Rating (1,0 to 5,0, or none)\n1;Good, really;4,0\n2;Bad;1\n",
    "a question with commas": "id\tReview Text\tRating\tWhat, if anything, was good, bad, or odd?\n"
    "1\tGood, really\t4\tNo, no\n2\tBad\t1\tyes, but\n",
    "many titles above": "".join(f"# {n}\n" for n in range(10)) + "id,feedback,stars\n" + ROWS,
    "sqlcmd": "id,feedback,stars\n--,--------,-----\n" + ROWS + "\n(2 rows affected)\n",
    "psql": " id | feedback | stars \n----+----------+-----\n 1 | Good, really | 4\n 2 | Bad | 1\n(2 rows)\n",
    "Markdown": "| id | feedback | stars |\n|:---|-----|----:|\n| 1 | Good, really | 4 |\n| 2 | Bad | 1 |\n",
    "reStructuredText": "id\tfeedback\tstars\n==\t==\t==\n1\tGood, really\t4\n2\tBad\t1\n",
    "R, rows' names without a name": '"id"\t"feedback"\t"stars"\n"1"\t1\tGood, really\t4\n"7"\t2\tBad\t1\n',
    "files behind one another": "id,feedback,stars\n" + ROWS.replace("2,Bad", "id,feedback,stars\n2,Bad"),
    "with marks": "\ufeffid,feedback,stars\r\n" + ROWS.replace("2,Bad", "\ufeffid,feedback,stars\r\n2,Bad"),
    "gzips of files": gzip.compress(b"id,feedback,stars\n" + ROWS.encode()[:19])
    + gzip.compress(b"id,feedback,stars\n" + ROWS.encode()[19:]),
    "lines quoted as a whole": '"id,feedback,stars"\n"1,""Good, really"",4"\n"2,Bad,1"\n',
    "lines with quotes quoted as a whole": 'id,feedback,stars\n"1,""Good, really"",4"\n2,Bad,1\n',
    "the end of a file under DOS": "id,feedback,stars\r\n" + ROWS + "\x1a",
    "a sheet of contents first": a_book(
        Export_Summary=[["This was exported"], [], ["Sheet", "Table"], ["Reviews", "Table 1"]],
        Reviews=[["Table 1"], ["id", "Comment", "Rating"], [1, "Good, really", 4], [2, "Bad", 1]],
    ),
    "a cover with a title that sounds alike": a_book(
        Cover=[["Customer feedback"], ["2024"]],
        Data=[["id", "Review", "Rating"], [1, "Good, really", 4], [2, "Bad", 1]],
    ),
    "beside a licence": zipped(
        {"a/r.csv": "id,feedback,stars\n" + ROWS, "README.txt": "hi", "LICENSE.txt": "MIT"}
    ),
}


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
