"""Files in the forms that people's programs export: which rows come out, and with which stars and dates."""

import gzip
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import openpyxl
import pytest

from services.ingest.dates import usual_order
from services.ingest.layout import inspect
from services.ingest.refusal import FileRefused, RowRejected
from services.ingest.rows import to_feedback
from services.ingest.value_forms import FormSearch, ValueForms
from tests.unit.ingest.workbooks import opened, read_file, saved, zipped


class Told(NamedTuple):
    """A row, as far as it was read."""

    text: str
    stars: str = ""
    date: str = ""
    ref_id: str = ""


def told(data: bytes) -> list[Told]:
    """The rows that are taken; of the others nothing."""
    layout, rows = opened(data).layout, read_file(data)
    search = FormSearch(None, opened(data).ratings, dates=True, stars=True)
    for row in rows:
        search.look(row.values)
    order = search.date_order or layout.date_order or usual_order(layout.delimiter)
    forms = ValueForms(date_order=order, stars_scale=layout.stars_scale or search.ratings.scale)
    found = []
    for row in rows:
        try:
            said = to_feedback(row, forms).feedback
        except RowRejected:
            continue
        stars = "" if said.stars is None else str(Decimal(said.stars).normalize())
        found.append(Told(said.feedback, stars, str(said.date or "")[:16], said.ref_id))
    return found


def a_book(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    return saved(book)


TWO = [Told("Good, really", "4", "", "1"), Told("Bad", "1", "", "2")]
ROWS = '1,"Good, really",4\n2,Bad,1\n'
TABLES: Mapping[str, str | bytes] = {
    "report's name, period and author above": "Report,Reviews\nPeriod,2024\nBy,Ann\n\nid,Review Text,Rating\n"
    + ROWS * 1,
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


def lines(*objects: object) -> str:
    return "\n".join(map(json.dumps, objects))


REVIEW = {"text": "Came late", "rating": 2, "createdAt": "2024-03-05T09:15:00Z"}
NESTED: Mapping[str, str] = {
    "an object": lines({"id": "7", "review": REVIEW}),
    "App Store Connect": lines(
        {"data": [{"type": "r", "id": "7", "attributes": REVIEW}], "links": {"self": "x"}}
    ),
    "Elasticsearch's hits, one a line": lines({"_id": "7", "_score": 1, "_source": REVIEW}),
    "Elasticsearch's answer": lines(
        {"took": 1, "hits": {"total": {"value": 1}, "hits": [{"_id": "7", "_source": REVIEW}]}}
    ),
    "GraphQL": lines({"data": {"reviews": {"edges": [{"cursor": "a", "node": {"id": "7"} | REVIEW}]}}}),
    "a list within a result": lines(
        {"ok": True, "result": {"page": {"n": 1}, "items": [{"id": "7"} | REVIEW]}}
    ),
    "Kafka's envelope": lines({"schema": {"type": "x"}, "payload": {"after": {"id": "7"} | REVIEW}}),
    "schema.org": lines(
        {
            "@id": "x",
            "id": "7",
            "reviewBody": "Came late",
            "reviewRating": {"@type": "Rating", "ratingValue": "2"},
            "datePublished": "2024-03-05T09:15:00Z",
            "author": {"name": "A", "title": "Dr"},
        }
    ),
    "MongoDB": lines(
        {
            "_id": {"$oid": "7"},
            "text": "Came late",
            "rating": {"$numberInt": "2"},
            "createdAt": {"$date": {"$numberLong": "1709630100000"}},
        }
    ),
    "the App Store's feed": lines(
        {
            "feed": {
                "author": {"name": {"label": "Store"}},
                "entry": [
                    {
                        "id": {"label": "7"},
                        "content": {"label": "Came late", "attributes": {"type": "text"}},
                        "im:rating": {"label": "2"},
                        "date": {"label": "2024-03-05T02:15:00-07:00"},
                    }
                ],
            }
        }
    ),
    "beside an answer": lines({"id": "7", "review": REVIEW, "reply": {"text": "Sorry"}}),
    "with lists in it": lines({"id": "7", "review": {"replies": [{"text": "Sorry"}], **REVIEW}}),
    "Google": lines(
        {
            "reviews": [
                {
                    "id": "7",
                    "starRating": "TWO",
                    "comment": "Came late",
                    "createTime": "2024-03-05T09:15:00Z",
                    "reviewReply": {"comment": "Sorry"},
                }
            ]
        }
    ),
    "some without": lines({"id": "1", "review": None}, {"id": "7", "review": REVIEW}, {"id": "2"}),
}


@pytest.mark.parametrize("name", NESTED)
def test_feedback_within_objects_is_read(name: str) -> None:
    data = NESTED[name].encode()
    assert told(data) == [Told("Came late", "2", "2024-03-05 09:15", "7")]
    assert read_file(data, restarts=True) == read_file(data)


def test_what_else_is_in_such_an_object_is_kept_by_its_path() -> None:
    data = lines({"review": {"text": "Came late", "lang": "en"}, "user": {"name": "A"}}).encode()
    assert [row.segments for row in read_file(data)] == [{"review.lang": "en", "user": '{"name": "A"}'}]
    assert opened(data).layout.read_from == {"feedback": "review.text"}


@pytest.mark.parametrize(
    "value",
    [
        {"a": {"text": "one two"}, "b": {"text": "three four"}},
        {"a": {"b": {"c": {"d": {"e": {"text": "too deep"}}}}}},
        {"." * 5000 + "a": {"text": "one two"}},
        {"r1": {"feedback": "one"}, "r2": {"feedback": "two"}},
    ],
)
def test_what_may_be_several_texts_or_none_is_refused(value: object) -> None:
    with pytest.raises(FileRefused, match="found columns"):
        opened(lines(value, value).encode())


def test_the_uploader_may_name_a_path() -> None:
    data = lines({"id": "7", "a": {"says": "Came late"}, "b": {"text": "internal"}}).encode()
    layout = inspect(data, complete=True, wishes="feedback=a.says")
    assert (layout.opened, layout.read_from) == (("a", "b"), {"feedback": "a.says"})
