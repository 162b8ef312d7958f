"""Columns of JSON objects, and of tables with several rows of headers."""

import json

from tests.unit.ingest.reading import layout_of, read, read_with_restarts, values


def test_objects_may_call_their_keys_by_other_names() -> None:
    data = "\n".join(
        json.dumps(row, ensure_ascii=False)
        for row in (
            {"reviewId": "gp:1", "content": "late", "score": 1, "at": "2024-01-05", "thumbsUpCount": 3},
            {
                "reviewId": "gp:2",
                "Content": "bad",
                "score": None,
                "at": "2024-01-06",
                "replyContent": "Sorry",
            },
            {"reviewId": "gp:3", "content": "x", "feedback": "our own name wins"},
        )
    ).encode()
    assert [row.get("feedback") for row in values(read(data))] == [None, None, "our own name wins"]
    without = data.rsplit(b"\n", 1)[0]
    assert values(read(without)) == [
        {"ref_id": "gp:1", "feedback": "late", "stars": "1", "date": "2024-01-05"},
        {"ref_id": "gp:2", "feedback": "bad", "date": "2024-01-06"},
    ]
    assert read_with_restarts(without) == read(without)


def test_a_survey_s_further_header_rows_do_not_hide_what_its_columns_hold() -> None:
    data = (
        b"StartDate,Comment,Bewertung\nStart Date,What could we do better?,Stars?\n"
        b'"{""ImportId"":""startDate""}","{""ImportId"":""QID3_TEXT""}","{""ImportId"":""QID4""}"\n'
        b"2024-01-05,late,3\n"
    )
    assert values(read(data)) == [{"feedback": "late", "stars": "3"}]


def test_a_second_header_row_may_say_which_column_is_the_text() -> None:
    data = (
        b"Respondent ID,Start Date,What could we do better?,Which shop?,\n"
        b",,Open-Ended Response,Response,Other (please specify)\n"
        b"118,01/05/2024,late,Rome,\n"
    )
    assert values(read(data)) == [{"ref_id": "118", "feedback": "late"}]
    assert layout_of(data).read_from["feedback"] == "What could we do better?"


def test_columns_that_are_grouped_are_named_by_two_rows() -> None:
    data = b"Order,Answer,,\n,Comment,Rating,Date\n1,late,2,2024-01-05\n"
    assert values(read(data)) == [{"feedback": "late", "stars": "2", "date": "2024-01-05"}]
    assert layout_of(data).passed_over == 1
    # What may be a customer's row is one, and rejected if it has no text.
    assert len(read(b"Comment,Ratings,\n,Service,Price\nlate,2,3\n")) == 2
    assert len(read(b"id,feedback,,\n,late,a note,another\n")) == 1
