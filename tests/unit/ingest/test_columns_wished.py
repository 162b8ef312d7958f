"""Columns that the uploader names."""

import pytest

from services.ingest.layout import Layout, inspect
from services.ingest.refusal import FileRefused


def wished(wishes: str, head: bytes = b"a,Comment,Review,Review\n1,late,bad,good\n") -> Layout:
    return inspect(head, complete=True, wishes=wishes)


@pytest.mark.parametrize(
    "wishes,columns",
    [
        ("feedback=Comment", (None, "feedback", None, None)),
        (" Feedback = comment ; title = a ;", ("title", "feedback", None, None)),
        ("feedback=4;id=1", ("ref_id", None, None, "feedback")),
        ("feedback=3; title=; stars=", (None, None, "feedback", None)),
    ],
)
def test_the_uploader_can_say_which_column_holds_what(wishes: str, columns: tuple[str | None, ...]) -> None:
    assert wished(wishes).columns == columns


def test_what_the_uploader_says_wins_over_names() -> None:
    layout = wished("feedback=Comment;title=", b"feedback,Comment,title\ninternal,late,x\n")
    assert layout.columns == (None, "feedback", None)
    data = b'{"feedback": "internal", "Comment": "late"}\n'
    assert wished("feedback=Comment", data).field_of_key("COMMENT") == ("feedback", False)
    assert wished("feedback=Comment", data).field_of_key("Feedback") == (None, False)


@pytest.mark.parametrize(
    "wishes,why",
    [
        ("feedback=Coment", "'Coment', and there is no such column; found columns: a, Comment"),
        ("feedback=5", "no such column"),
        ("feedback=0", "no such column"),
        ("feedback=Review", "several columns are called so: give the column's number"),
        ("text=Comment", "says 'text=Comment': write <field>=<column>"),
        ("Comment", "says 'Comment'"),
        ("feedback=a;feedback=Comment", "each field once"),
        ("feedback=", "the required column 'feedback' is missing"),
        ("feedback=" + "9" * 5000, "no such column"),
    ],
)
def test_what_the_uploader_says_must_be_there(wishes: str, why: str) -> None:
    with pytest.raises(FileRefused) as refused:
        wished(wishes)
    assert why in str(refused.value)
    assert len(str(refused.value)) < 500
