"""Headers: what is no table of feedback, what nobody knows, and further rows of a survey."""

import pytest

from services.ingest.layout import inspect
from services.ingest.refusal import FileRefused
from tests.unit.ingest.reading import layout_of, read, read_with_restarts, values


@pytest.mark.parametrize(
    "data,reason",
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b" \r\n\n\t ", "the file is empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "looks like an old Excel file, or one with a password"),
        (b"%PDF-1.7\n", "looks like a PDF"),
        (b"<!DOCTYPE html><html>", "looks like a web page"),
        (b'<?xml version="1.0"?>', "looks like a web page or XML"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b"\x00\x01\x02\x03" * 100, "is not text"),
        ("feedback\nx\n".encode("utf-32"), "UTF-32"),
        (b'{"feedback": "x"\n', "no line holds a whole object"),
        (b'{"colour": "x"}\n', "the required column 'feedback' is missing; found columns: colour."),
        (
            b"id,colour,stars\n1,x,2\n",
            "the required column 'feedback' is missing; found columns: id, colour, stars.",
        ),
        (b"feedback,id, FEEDBACK \n", "stand in the header twice: feedback"),
        (b"id,feedback,ref-id\n", "stand in the header twice: ref_id"),
        (b'feedback,"id\n', "the header cannot be read"),
        (b"feedback" + b",x" * 3000, "more than 2000"),
        (b"feedback," * 1_000_000, "the header is longer than"),
    ],
)
def test_what_is_no_table_of_feedback_is_refused_with_what_to_do(data: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        layout_of(data)
    assert reason in str(refused.value)


def test_columns_that_nobody_knows_are_named_and_not_read() -> None:
    layout = layout_of(b"colour,feedback, Size \n")
    assert layout.ignored_columns == ("colour", "Size")
    assert layout.columns == (None, "feedback", None)


def test_a_header_cut_off_by_a_damaged_file_is_still_told_from_a_long_one() -> None:
    with pytest.raises(FileRefused, match="longer than"):
        inspect(b"a," * 100, complete=False)


QUALTRICS = (
    "StartDate,feedback,stars\n"
    'Start Date,"What could we do better?\nTell us.",How many stars?\n'
    '"{""ImportId"":""startDate"",""timeZone"":""UTC""}","{""ImportId"":""QID3_TEXT""}","{""ImportId"":""QID4""}"\n'
)


@pytest.mark.parametrize(
    "header",
    [
        "id,feedback,stars\n",
        QUALTRICS,
        QUALTRICS.replace("\n", "\r\n"),
        QUALTRICS.replace(",f", "\tf").replace(",s", "\ts").replace(',"', '\t"').replace(",How", "\tHow"),
        "Respondent ID,feedback,stars\n,Open-Ended Response,Response\n",
        "Respondent ID,feedback,stars\n\n,Open-Ended Response,\n",
    ],
)
def test_the_further_header_rows_of_a_survey_are_no_customers(header: str) -> None:
    mark = "\t" if "\t" in header else ","
    data = (header + f"R_1{mark}good{mark}3\nR_2{mark}bad{mark}1\n").encode()
    rows = read(data)
    assert [(row.number, row.values["feedback"]) for row in rows] == [(1, "good"), (2, "bad")]
    assert read_with_restarts(data) == rows


@pytest.mark.parametrize(
    "row", ['1,"{""ImportId"":""x""}"', ",Response", '"",open-ended', "1,Open-Ended Response"]
)
def test_what_only_looks_like_a_header_row_is_a_customer(row: str) -> None:
    rows = read(f"id,feedback\n{row}\n2,last\n")
    assert len(values(rows)) == 2
