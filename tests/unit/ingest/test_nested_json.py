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
    ],
)
def test_what_may_be_several_texts_or_none_is_refused(value: object) -> None:
    with pytest.raises(FileRefused, match="found columns"):
        opened(lines(value, value).encode())


def test_the_uploader_may_name_a_path() -> None:
    data = lines({"id": "7", "a": {"says": "Came late"}, "b": {"text": "internal"}}).encode()
    layout = inspect(data, complete=True, wishes="feedback=a.says")
    assert (layout.opened, layout.read_from) == (("a", "b"), {"feedback": "a.says"})
