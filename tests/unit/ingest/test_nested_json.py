"""Feedback within objects of JSON."""

import json

import pytest

from services.ingest.layout import inspect
from services.ingest.refusal import FileRefused
from tests.unit.ingest.telling import Told, told
from tests.unit.ingest.workbooks import opened, read_file


def lines(*objects: object) -> str:
    return "\n".join(map(json.dumps, objects))


REVIEW = {"text": "Came late", "rating": 2, "createdAt": "2024-03-05T09:15:00Z"}
NESTED: dict[str, str | bytes] = {
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
