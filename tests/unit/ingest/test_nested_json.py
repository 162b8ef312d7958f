"""Feedback within objects of JSON."""

import pytest

from services.ingest.layout import inspect
from services.ingest.refusal import FileRefused
from tests.unit.ingest.nested_json import NESTED, lines
from tests.unit.ingest.telling import Told, told
from tests.unit.ingest.workbooks import opened, read_file


@pytest.mark.parametrize("name", NESTED)
def test_feedback_within_objects_is_read(name: str) -> None:
    data = str(NESTED[name]).encode()
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
        {"reviews": {"-Nabc": {"text": "one two"}, "-Nabd": {"text": "three four"}}},
        {"text": {"0": "one two", "1": "three four"}, "stars": {"0": 1, "1": 4}},
        {"id": 1, "comments": ["one two", "three four"]},
        {"id": 1, "text": {"S": "one", "N": "2"}},
    ],
)
def test_what_may_be_several_texts_or_none_is_refused(value: object) -> None:
    with pytest.raises(FileRefused, match="found columns"):
        opened(lines(value, value).encode())


def test_the_uploader_may_name_a_path() -> None:
    data = lines({"id": "7", "a": {"says": "Came late"}, "b": {"text": "internal"}}).encode()
    layout = inspect(data, complete=True, wishes="feedback=a.says")
    assert (layout.opened, layout.read_from) == (("a", "b"), {"feedback": "a.says"})


def test_what_is_no_text_in_one_object_is_read_as_text_in_the_others() -> None:
    values = [{"text": "Came late"}, {"text": ["a", "b"]}, {"text": None}, {"text": {"S": "Broken"}}]
    assert [row.values.get("feedback") for row in read_file(lines(*values).encode())] == [
        "Came late",
        None,
        None,
        "Broken",
    ]


@pytest.mark.parametrize(
    "value, text",
    [
        (
            {"kind": "Listing", "data": {"children": [{"data": {"title": "Slow", "selftext": "Came late"}}]}},
            "Came late",
        ),
        (
            {
                "items": [
                    {"id": "1", "snippet": {"topLevelComment": {"snippet": {"textDisplay": "Came late"}}}}
                ]
            },
            "Came late",
        ),
        ({"comments": [{"id": 1, "content": {"rendered": "Came late", "protected": False}}]}, "Came late"),
    ],
    ids=["Reddit", "YouTube", "WordPress"],
)
def test_comments_of_sites_are_read(value: object, text: str) -> None:
    (row,) = read_file(lines(value).encode())
    assert row.values["feedback"] == text
