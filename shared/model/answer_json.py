"""The JSON in a text that a model wrote: fenced, behind prose or thoughts, with signs it does not allow."""

import ast
import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

_TAGS = "think|thinking|reasoning|scratchpad"
_THOUGHTS = re.compile(rf"<({_TAGS})>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHTS = re.compile(rf"</(?:{_TAGS})>", re.IGNORECASE)
_FENCE = re.compile(r"```[a-zA-Z]*(.*?)```", re.DOTALL)
_BRACKET = re.compile(r"[{\[]")
_START = re.compile(r"[{\[\"']")
_MARKUP = re.compile(r"(?:[\s\ufeff]|</?[A-Za-z_:|][^<>]*>|;)*")
_TRAILING_COMMA = re.compile(r",(?=\s*[\]}])")
_COMMENT = re.compile(r"//[^\"\n]*$|/\*[^\"*]*\*/", re.MULTILINE)
_PLAIN_SIGNS = str.maketrans({"“": '"', "”": '"', "\xa0": " "})
DEEPEST = 20
"""Wrappers inside wrappers; our own answers have two levels."""
_MOST_TEXT = 50_000
"""Characters of text in which JSON is looked for: more than any answer that we ask for."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|["\[\]{},]', re.DOTALL)
"""A string, the beginning of one that does not end, or a sign between values."""
_CLOSING = {"{": "}", "[": "]"}
_LAST_ENDS = 5
"""Commas, from the end, before which an answer that was cut off may be whole."""
_MOST_BRACKETS = 1_000
"""Brackets in prose at which JSON may begin."""


def from_text(text: str) -> object:
    """The one JSON object or list in a text; None if there is none, or several that differ.

    Several without others in them are together one list of entries.
    """
    found = json_in(without_thoughts(text))
    return only_one(found) or (found if found and all(map(is_flat, found)) else None)


def json_in(text: str) -> list[object]:
    """The JSON objects and lists in a text: it alone, those in fences, or those in prose."""
    for candidates in ([text], _FENCE.findall(text)):
        values = map(unwrapped, candidates)
        found: list[object] = [each for each in values if isinstance(each, (dict, list))]
        if found:
            return found
    return _cut_off(text) or _embedded(text)


def _cut_off(text: str) -> list[object]:
    """The object or list that a text ends in the midst of, as far as it is whole."""
    if match := _BRACKET.search(text):
        start = match.start()
        for end, closing in _ends(text, start):
            with suppress(ValueError, RecursionError):
                return [_JSON.decode(text[start:end] + closing)]
    return []


def _ends(text: str, start: int) -> list[tuple[int, str]]:
    """The last places where a value may end, the end first, each with what closes the brackets open there.

    None if they are closed at the end. A number at the end may go on.
    """
    ends, closing = list[tuple[int, str]](), ""
    for match in _TOKEN.finditer(text, start):
        token = match[0]
        if token in _CLOSING:
            closing = _CLOSING[token] + closing
        elif token == ",":
            ends.append((match.start(), closing))
        elif token == '"':
            break
        elif token == closing[:1]:
            closing = closing[1:]
        if not closing:
            return []
    last = [] if text[-1].isdigit() else [(len(text), closing)]
    return last + ends[: -_LAST_ENDS - 1 : -1]


def is_flat(value: object) -> bool:
    """Whether it is an object or a list with nothing but words and numbers in it."""
    parts = list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
    return bool(parts) and not any(isinstance(part, (dict, list)) for part in parts)


def without_thoughts(text: str) -> str:
    """A text without the thoughts before it."""
    return _END_OF_THOUGHTS.split(_THOUGHTS.sub("", text[:_MOST_TEXT]))[-1]


def _embedded(text: str) -> list[object]:
    """Every JSON object or list in a text that is not part of another."""
    at = 0
    found: list[object] = []
    for _ in range(_MOST_BRACKETS):
        if (match := _BRACKET.search(text, at)) is None:
            break
        try:
            value, at = _JSON.raw_decode(text, match.start())
            found.append(value)
        except ValueError:
            at = match.end()
        except RecursionError:
            # No answer is nested so deep, and each of its brackets would be tried anew.
            return []
    # A bracket in prose, [1] or [sic], is no answer.
    objects = [each for each in found if isinstance(each, dict)]
    lists = [each for each in found if isinstance(each, list)]
    return [*objects] or [each for each in lists if len(each) > 1 or (each and isinstance(each[0], dict))]


def unwrapped(value: object) -> object:
    """What a string of JSON stands for, fenced or not, and a string of that; other values as they are."""
    for _ in range(DEEPEST):
        if not isinstance(value, str):
            break
        fenced = _FENCE.fullmatch(value.strip().strip("\ufeff"))
        inner = _decoded(fenced.group(1) if fenced else value)
        if not isinstance(inner, (dict, list, str)):
            break
        value = inner
    return value


def _decoded(text: str) -> object:
    """What a text of JSON says, be it with signs that JSON does not allow; None if it is none."""
    for read in (_JSON.decode, _between_markup, _repaired, _literal):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return None


def _between_markup(text: str) -> object:
    """Some models leave the tags of their own form of call around it."""
    start = _start_behind_markup(text)
    value, end = _JSON.raw_decode(text, start)
    if not _MARKUP.fullmatch(text, end):
        raise ValueError("something follows")
    return value


def _repaired(text: str) -> object:
    return _between_markup(_TRAILING_COMMA.sub("", _COMMENT.sub("", text).translate(_PLAIN_SIGNS)))


def _literal(text: str) -> object:
    """As Python writes it, with single quotes and None."""
    _start_behind_markup(text)
    tree = ast.parse(text.strip(), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys = [ast.dump(key) for key in node.keys if key]
            _without_repeats(list(zip(keys, map(ast.dump, node.values), strict=True)))
    return json.loads(json.dumps(ast.literal_eval(tree)))


def _without_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that says two things under one key says nothing."""
    found = dict(pairs)
    if any(found[key] != value for key, value in pairs):
        raise ValueError("a key is repeated")
    return found


_JSON = json.JSONDecoder(strict=False, object_pairs_hook=_without_repeats)


def _start_behind_markup(text: str) -> int:
    match = _START.search(text)
    if match is None or len(text) > _MOST_TEXT or not _MARKUP.fullmatch(text, 0, match.start()):
        raise ValueError("no JSON")
    return match.start()


def only_one(found: Iterable[object]) -> object:
    """The one value that was found, however often; None if there are none, or two that differ."""
    values = different(found)
    return values[0] if len(values) == 1 else None


def different(found: Iterable[object]) -> list[object]:
    """The values that were found, each once."""
    kept: list[object] = []
    for value in found:
        if value not in kept:
            kept.append(value)
    return kept
