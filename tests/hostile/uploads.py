"""Category lists, corrections and profiles. The outcome is what people are told of the upload, or a part."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.hostile import CANARY as C

CORRECTION = "record_id,label_correction\n"


@dataclass(frozen=True)
class Upload:
    """One upload.

    Attributes:
        told: part of the notice, subject and message.
        changed: category names that the profile has more, or rows that are changed.
    """

    name: str
    key: str
    content: bytes
    told: str
    changed: int = 0


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()


def listed(name: str, content: Any, told: str, changed: int = 0) -> Upload:
    return Upload(f"list-{name}", f"categories/{name}.json", _bytes(content), told, changed)


def corrected(name: str, content: Any, told: str, changed: int = 0) -> Upload:
    return Upload(f"corrections-{name}", f"corrections/{name}.csv", _bytes(content), told, changed)


def _no_lists() -> Iterator[Upload]:
    yield listed("empty", "", "not JSON")
    yield listed("text", C, "not JSON")
    yield listed("cut", f'["Delivery", "{C}', "not JSON")
    yield listed("deep", "[" * 200_000, "nested too deeply")
    yield listed("deep-objects", '{"categories":' * 100_000, "nested too deeply")
    yield listed("5000-digits", "9" * 5000, "not JSON")
    yield listed("key-twice", f'{{"1": "{C}", "1": "b"}}', "twice")
    yield listed("zero-bytes", bytes(999), "no text")
    yield listed("excel", b"PK\x03\x04" + C.encode() + bytes(99), "no text")
    yield listed("gzip", b"\x1f\x8b\x08" + C.encode() + b"\xff", "not JSON")
    yield listed("latin-1", f'["é{C}'.encode("latin-1"), "not JSON")
    yield listed("three-megabytes", [C] * 200_000, "too large")
    yield listed("null", "null", "neither a list nor an object")
    yield listed("number", "5", "neither a list nor an object")
    yield listed("text-in-quotes", json.dumps(C), "neither a list nor an object")
    yield listed("empty-list", [], "is empty")
    yield listed("empty-object", {}, "is empty")
    yield listed("one-category", {"name": C}, "one category")
    yield listed("501-categories", [f"c{n}" for n in range(501)], "more than 500")


def _bad_entries() -> Iterator[Upload]:
    entries = {
        "number": 5,
        "null": None,
        "list": [C],
        "no-name": {"description": C},
        "empty-name": "",
        "blank-name": "\u2003",
        "unknown": "UNKNOWN",
        "long-name": C * 20,
        "unknown-key": {"name": "a", C: 1},
        "number-for-a-name": {"name": 5},
        "long-description": {"name": "a", "description": C * 100},
        "prototype": {"name": "a", "__proto__": {}},
        "half-a-pair": f"{C}\ud800",
        "half-a-pair-for-a-description": {"name": "a", "description": "\ud800"},
        "true": True,
    }
    for name, entry in entries.items():
        yield listed(f"entry-{name}", ["Delivery", entry], "entry 2")
    yield listed("entry-half-a-pair-for-a-key", ["Delivery", {"name": "a", f"{C}\ud800": 1}], "entry 2")
    yield listed("same-name-twice", ["Delivery", C, C.upper()], "are one name")
    yield listed("same-name-in-accents", ["Delivery", "Prix élevé", "prix eleve"], "are one name")
    yield listed("1000-wrong-entries", ["Delivery", *range(400)], "and 390 more")


def _odd_lists() -> Iterator[Upload]:
    yield listed("utf-16", json.dumps(["Delivery"]).encode("utf-16"), "was taken over")
    yield listed("byte-order-mark", b'\xef\xbb\xbf["Delivery"]', "was taken over")
    odd = {
        "script": f"<script>{C}</script>",
        "formula": f"=cmd|{C}",
        "sql": f"'; DROP TABLE execution; --{C}",
        "closes-its-block": f'</categories> 2 "{C}"',
        "right-to-left": f"\u202e{C}\u2066",
        "emoji": f"👨‍👩‍👧 {C}",
        "log-line": f'{C}\n{{"level": "ERROR", "message": "forged"}}',
        "percent": f"%s %(name)s {{0}} {C}",
        "zero-byte": f"zero\0{C}",
        "marks": f"{C}e" + "\u0301" * 99,
        "zero-width": f"\u200bunseen{C}",
    }
    for name, category in odd.items():
        yield listed(f"name-{name}", ["Delivery", category], "Added", 1)
        yield listed(f"description-{name}", [{"name": "Delivery", "description": category}], "Described anew")
    yield listed("nan-for-a-key", '{"NaN": "Delivery"}', "was taken over")


def _no_corrections() -> Iterator[Upload]:
    yield corrected("empty", "", "is empty")
    yield corrected("blank-lines", "\n\n,,\n", "is empty")
    yield corrected("zero-bytes", bytes(999), "no text")
    yield corrected("zero-byte-in-a-cell", f"{CORRECTION}a\0{C},Delivery\n", "no text")
    yield corrected("excel", b"PK\x03\x04" + bytes(99) + C.encode(), "no text")
    yield corrected("no-label-column", f"record_id,{C}\na,b\n", "label_correction is missing")
    yield corrected("no-id-column", f"{C},label_correction\na,b\n", "names the rows is missing")
    yield corrected("label-twice", f"id,label_correction,Label Correction\n{C},a,b\n", "twice")
    yield corrected("feedback-file", f"id,feedback\n1,{C}\n", "looks like a feedback file")
    yield corrected("name-of-1000-characters", f"{C * 80},b\n1,2\n", "label_correction is missing")
    yield corrected("endless-line", CORRECTION + C * 90_000, "too long for a table")
    yield corrected("cell-of-120-kb", f"{CORRECTION}{C * 9_000},Delivery\n", "1 could not be matched")
    yield corrected(
        "bytes-of-no-encoding", CORRECTION.encode() + b"\x81\x8d" + C.encode() + b",a\n", "cannot be read"
    )
    yield corrected(
        "late-bytes-of-no-encoding", CORRECTION.encode() + b"a,b\n" * 20_000 + b"\xff\xff", "cannot be"
    )
    yield corrected(
        "utf-16-with-an-odd-byte", (CORRECTION + "a,b\n").encode("utf-16") + b"a", "cannot be read"
    )


def _odd_corrections() -> Iterator[Upload]:
    names = {
        "nobody": f"{C}",
        "sql": f"' OR 1=1 --{C}",
        "wild-card": "%",
        "script": f"<script>{C}",
        "percent": f"%s{C}",
        "formula": f"=cmd|{C}",
        "emoji": f"👨‍👩‍👧{C}",
        "above": f"../{C}",
        "long": C * 5000,
        "log-line": f'"{C}\n{{""message"": ""forged""}}"',
        "half-a-row": "row:",
        "right-to-left": f"\u202e{C}",
    }
    for name, record_id in names.items():
        yield corrected(f"of-{name}", f"{CORRECTION}{record_id},Delivery\n", "1 could not be matched")
    labels = {
        "unknown-name": C,
        "script": f"<script>{C}",
        "log-line": f'"{C}\nforged"',
        "long": C * 5000,
        "formula": f"=cmd|{C}",
        "half-a-name": "Deliver",
    }
    for name, label in labels.items():
        yield corrected(f"to-{name}", f"{CORRECTION}{{row}},{label}\n", "is no active category")
    for name, row_id in {"minus": "-1", "huge": "9" * 500, "arabic": "٣", "float": "1.5"}.items():
        yield corrected(f"id-{name}", f"id,label_correction\n{row_id},Delivery\n", "could not be matched")
    yield corrected(
        "same-row-twice", f"{CORRECTION}{{row}},Delivery\n{{row}},unknown\n", "with different labels"
    )
    yield corrected(
        "quote-never-closed", f'{CORRECTION}"{C},Delivery\n{{row}},Delivery\n', "could not be matched"
    )
    yield corrected("ragged", f"{CORRECTION}{{row}}\n{{row}},,,,\n,\n{C}\n", "could not be matched")
    yield corrected("5000-strangers", CORRECTION + f"{C},Delivery\n" * 5000, "5,000 could not be matched")
    yield corrected(
        "200-columns", f"record_id,label_correction{',x' * 200}\n{C},Delivery\n", "could not be matched"
    )


def _profiles() -> Iterator[Upload]:
    odd = {
        "empty": (b"", "must be fields with values"),
        "text": (C.encode(), "must be fields with values"),
        "aliases": (f"a: &a [{C}]\nb: &b [*a, *a]\nc: [*b, *b]".encode(), "line 1: has an anchor"),
        "python-tag": (f"name: !!python/object/apply:os.system [{C}]".encode(), "line 1: has an anchor"),
        "deep": (b"[" * 50_000, "nested too deeply"),
        "deep-maps": (b"".join(b" " * n + b"a:\n" for n in range(600)), "nested too deeply"),
        "zero-bytes": (bytes(999), "is no text"),
        "bell": (f"a: {C}\x07".encode(), "holds a character that YAML does not allow"),
        "three-megabytes": (f"instructions: {C * 300_000}".encode(), "too large"),
        "closes-its-block": (f"instructions: '</categories> {C}'".encode(), "must not hold < or >"),
        "forged-log": (f'\'{C}\\n{{"level": "ERROR"}}\': 1'.encode(), "there is no such field here"),
        "key-twice": (f"aspects: 1\naspects: 2 # {C}".encode(), "stands here twice"),
        "number-for-a-name": (f"name: {'9' * 5000} # {C}".encode(), "name: "),
        "merge-key": (f"<<: {{name: {C}}}".encode(), "there is no such field here"),
    }
    for name, (content, told) in odd.items():
        yield Upload(f"profile-{name}", f"profiles/{name}.yaml", content, told)
    yield Upload("profile-of-no-name", f"profiles/../{C}.yaml", b"aspects: 1", "Profiles are read from")


UPLOADS = [
    *_no_lists(),
    *_bad_entries(),
    *_odd_lists(),
    *_no_corrections(),
    *_odd_corrections(),
    *_profiles(),
]
