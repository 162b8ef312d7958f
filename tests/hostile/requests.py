"""Requests to the API: a body, or a path, and the status that answers it."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.hostile import CANARY as C
from tests.hostile import IDS


@dataclass(frozen=True)
class Request:
    """One request; `paths` are those of the faults that a 422 names, or some of them."""

    name: str
    status: int
    body: str | None = None
    paths: tuple[str, ...] = ()
    method: str = "POST"
    path: str = "/feedback"
    changes: dict[str, Any] = field(default_factory=dict)


def bad(name: str, body: str | None) -> Request:
    return Request(name, 400, body)


def wrong(name: str, value: Any, *paths: str) -> Request:
    return Request(name, 422, json.dumps(value), paths)


def taken(name: str, value: Any) -> Request:
    return Request(name, 202, json.dumps(value))


def binary(name: str, status: int, body: bytes | str) -> Request:
    text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return Request(name, status, text, changes={"isBase64Encoded": True})


def get(name: str, path: str, status: int = 404) -> Request:
    return Request(name, status, None, method="GET", path=path)


def _no_json() -> Iterator[Request]:
    yield bad("no-body", None)
    yield bad("empty", "")
    yield bad("white-space", " \r\n\t ")
    yield bad("text", C)
    yield bad("cut", f'{{"feedback": "{C}')
    yield bad("deep-lists", "[" * 200_000)
    yield bad("deep-objects", '{"feedback":' * 50_000 + "1" + "}" * 50_000)
    yield bad("nan", f'{{"feedback": "{C}", "stars": NaN}}')
    yield bad("infinity", f'{{"feedback": "{C}", "stars": -Infinity}}')
    yield bad("5000-digits", f'{{"feedback": "{C}", "stars": {"9" * 5000}}}')
    yield bad("control-character", f'{{"feedback": "{C}\n"}}')
    yield bad("single-quotes", f"{{'feedback': '{C}'}}")
    yield bad("two-values", f'{{"feedback": "{C}"}}{{"feedback": "{C}"}}')
    yield bad("json-lines", f'{{"feedback": "{C}"}}\n{{"feedback": "{C}"}}')
    yield bad("form", f"feedback={C}&stars=5")
    yield bad("xml", f'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>{C}&b;</a>')
    yield bad("log-line", f'\r\n{{"level": "ERROR", "message": "forged"}} {C}')
    yield bad("half-a-surrogate-pair-for-a-body", f'{{"feedback": "{C}\ud800"}}')
    yield bad("byte-order-mark", "\ufeff" + json.dumps({"feedback": C}))
    yield Request("six-megabytes", 413, json.dumps({"feedback": C * 500_000}))
    yield Request("eight-megabytes", 413, C * 650_000)
    yield binary("binary-no-base64", 400, f"!{C}!")
    yield binary("binary-latin-1", 400, f'{{"feedback": "é{C}"}}'.encode("latin-1"))
    yield binary("binary-utf-16", 400, f'{{"feedback": "{C}"}}'.encode("utf-16"))
    yield binary("binary-gzip", 400, b"\x1f\x8b\x08" + C.encode() * 9)
    yield binary("binary-zero-bytes", 400, bytes(1000))
    yield binary("binary-json", 202, json.dumps({"feedback": f"schön {C}"}, ensure_ascii=False).encode())
    yield binary("binary-six-megabytes", 413, C.encode() * 500_000)


def _shapes() -> Iterator[Request]:
    one = {"feedback": C}
    no_records: dict[str, Any] = {
        "null": None,
        "true": True,
        "number": 5,
        "text-in-quotes": C,
        "empty-list": [],
    }
    for name, value in no_records.items():
        yield wrong(f"json-{name}", value, "body")
    yield wrong("empty-object", {}, "feedback")
    yield wrong("list-of-lists", [[one]], "[0]")
    yield wrong("101-records", [one] * 101, "body")
    yield wrong("100-000-records", [{}] * 100_000, "body")
    yield wrong("batch-of-nothing", {"feedback": []}, "feedback")
    yield wrong("batch-and-more", {"feedback": [one], C: 1}, C)
    yield wrong("batch-in-a-batch", {"feedback": [{"feedback": [one]}]}, "feedback[0].feedback")
    yield wrong("one-bad-among-good", [one, {"feedback": ""}, one], "[1].feedback")
    yield wrong("same-id-twice", [one | {"id": C}, one | {"id": C}], "[1].id")
    yield taken("batch-of-100", {"feedback": [one] * 100})


def _fields() -> Iterator[Request]:
    def with_field(name: str, field_name: str, value: Any) -> Request:
        return wrong(name, {"feedback": C, field_name: value}, field_name)

    texts: dict[str, Any] = {"number": 5, "object": {"$gt": C}, "null": None, "blank": " \u2003\n"}
    for name, text in texts.items():
        yield with_field(f"feedback-{name}", "feedback", text)
    yield wrong("feedback-list", {"feedback": [[C]]}, "feedback[0]")
    yield with_field("feedback-too-long", "feedback", "a" * 100_001)
    yield with_field("feedback-half-a-surrogate-pair", "feedback", f"{C}\ud800")
    yield with_field("unknown-field", C, 1)
    yield with_field("field-of-10-000-characters", "x" * 100, 1)
    yield with_field("prototype", "__proto__", {"admin": True})
    yield with_field("execution", "execution_id", "reviews-0123456789abcdef")
    yield with_field("execution-key", "execution_key", "0" * 32)
    yield with_field("row-number", "row_number", 1)
    yield with_field("label", "label_llm", C)
    ids = IDS | {"line-separator": f"{C}\u2028forged"}
    for name, value in ids.items():
        yield with_field(f"id-{name}", "id", value)
    for name, value in {
        "above": "../x",
        "upper-case": "RETURNS",
        "long": "a" * 64,
        "script": f"<{C}>",
    }.items():
        yield with_field(f"profile-{name}", "profile", value)
    for name, value in {
        "6": 6,
        "minus": -1,
        "quarter": 4.25,
        "text": C,
        "list": [5],
        "huge": "1e400",
    }.items():
        yield with_field(f"stars-{name}", "stars", value)
    for name, value in {
        "word": C,
        "year-0": "0001-01-01T00:00:00+14:00",
        "list": [1],
        "month-13": "2024-13-01",
    }.items():
        yield with_field(f"date-{name}", "date", value)
    yield with_field("title-too-long", "title", C * 100)
    yield taken("zero-byte-in-the-text", {"feedback": f"{C}\0"})
    yield taken("noncharacters", {"feedback": f"{C}\ufffe\uffff"})
    yield taken("right-to-left", {"feedback": f"\u202e{C}\u2066", "title": "\u200f"})
    yield taken("script", {"feedback": f"<script>{C}</script>", "title": f"</title>{C}"})
    yield taken("sql", {"feedback": f"'; DROP TABLE execution; -- {C}", "id": f"';--{C}"})
    yield taken("formula", {"feedback": f"=cmd|' /C calc'!A0{C}"})
    yield taken("emoji-for-an-id", {"feedback": C, "id": f"👨‍👩‍👧{C}"})
    yield Request("key-twice", 202, f'{{"feedback": "first", "feedback": "{C}"}}')


def _paths() -> Iterator[Request]:
    ids = {
        "unknown": C,
        "above": "..%2F..%2Fetc%2Fpasswd",
        "percent": "%25%00",
        "newline": f"{C}%0Aforged",
        "emoji": quote("😀"),
        "long": "a" * 5000,
        "sql": quote("' OR 1=1 --"),
        "script": quote(f"<{C}>"),
    }
    for name, value in ids.items():
        yield get(f"execution-{name}", f"/executions/{value}")
        yield get(f"report-{name}", f"/reports/{value}")
    yield get("no-such-path", f"/{C}")
    yield get("template", f"/${{jndi:ldap://{C}}}")
    yield Request("no-such-method", 404, C, method="DELETE")
    yield Request("patch", 404, C, method="PATCH")
    headers = {"headers": {C: f"{C}\r\nforged: 1"}, "multiValueHeaders": {C: [C]}}
    query = {"queryStringParameters": {C: C}, "multiValueQueryStringParameters": {C: [C]}}
    yield Request("hostile-headers", 202, json.dumps({"feedback": C}), changes=headers | query)


REQUESTS = [*_no_json(), *_shapes(), *_fields(), *_paths()]
