"""JSON Lines with hostile lines, keys and values."""

from collections.abc import Iterator

from tests.hostile import CANARY as C
from tests.hostile.builders import File, lines


def json_lines() -> Iterator[File]:
    good = f'{{"feedback": "good {C}"}}\n'
    bad = {
        "deep": "[" * 200_000,
        "deep-within": '{"feedback": ' + '{"a":' * 50_000 + "1" + "}" * 50_001,
        "cut": f'{{"feedback": "{C}',
        "single-quotes": f"{{'feedback': '{C}'}}",
        "comma-at-the-end": f'{{"feedback": "{C}",}}',
        "zero-byte": f'{{"feedback": "{C}\0"}}',
        "comment": f"// {C}",
        "two-objects": f'{{"feedback": "{C}"}} {{"feedback": "{C}"}}',
        "csv": f"{C},5",
    }
    for name, line in bad.items():
        yield lines(f"json-{name}", f"{good}{line}\n{good}", 2, 1, "is not JSON")
    no_object = {"number": "5", "null": "null", "list": f'["{C}"]', "text": f'"{C}"'}
    for name, line in no_object.items():
        yield lines(f"json-{name}", f"{good}{line}\n{good}", 2, 1, "is not a JSON object")
    fields = {
        "list-for-text": ('"feedback": ["a"]', "must be a text or a number"),
        "object-for-text": ('"feedback": {"$ne": 1}', "must be a text or a number"),
        "true-for-text": ('"feedback": true', "must be a text or a number"),
        "null-for-text": ('"feedback": null', "there is no text"),
        "escaped-zero-byte": ('"feedback": "a\\u0000"', "zero byte"),
        "feedback-in-two-spellings": ('"feedback": "a", "FEEDBACK": "b"', "stands there twice"),
    }
    odd = {
        "nan": "NaN",
        "infinity": "-Infinity",
        "5000-digits": "9" * 5000,
        "beyond-floats": "1e999",
        "true": "true",
        "list": f'["{C}"]',
        "object": f'{{"$ne": "{C}"}}',
        "zero-byte": '"a\\u0000"',
        "twice": f'4, "Stars": "{C}"',
    }
    for name, value in odd.items():
        yield lines(f"json-stars-{name}", f'{good}{{"feedback": "{C}", "stars": {value}}}\n', 2)
    for name, (content, why) in fields.items():
        yield lines(f"json-{name}", f'{good}{{{content}, "{C}": 1}}\n', 1, 1, why)
    yield lines("json-key-twice", f'{good}{{"feedback": "a", "feedback": "{C}"}}\n', 2)
    yield lines("json-half-a-surrogate-pair", f'{good}{{"feedback": "{C}\\ud800"}}\n', 2)
    yield lines("json-half-a-surrogate-pair-in-a-name", f'{{"feedback": "{C}", "{C}\\ud800": 1}}\n', 1)
    yield lines("json-huge-id", f'{{"feedback": "{C}", "id": {"9" * 200}}}\n', 1)
    yield lines("json-prototype", f'{{"feedback": "{C}", "__proto__": {{"a": 1}}, "constructor": 1}}\n', 1)
    yield lines(
        "json-10-000-keys", "{" + "".join(f'"k{n}": 1,' for n in range(10_000)) + f'"feedback": "{C}"}}\n', 1
    )
    yield lines(
        "json-line-of-a-megabyte", f'{good}{{"feedback": "{C * 90_000}"}}\n{good}', 2, 1, "longer than"
    )
    yield lines("json-with-byte-order-mark", b"\xef\xbb\xbf" + good.encode(), 1)
    yield lines("json-in-utf-16", good.encode("utf-16"), 1)
