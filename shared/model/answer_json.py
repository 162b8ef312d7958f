"""The JSON in a text that a model wrote: fenced, behind prose or thoughts, with signs it does not allow."""

import ast
import json
import re
from collections.abc import Iterable

_TAGS = "think|thinking|reasoning|scratchpad"
_THOUGHTS = re.compile(rf"<({_TAGS})>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHTS = re.compile(rf"</(?:{_TAGS})>", re.IGNORECASE)
_FENCE = re.compile(r"```[a-zA-Z]*(.*?)```", re.DOTALL)
_BRACKET = re.compile(r"[{\[]")
_START = re.compile(r"[{\[\"']")
_MARKUP = re.compile(r"(?:\s|</?[A-Za-z_:][^<>]*>|;)*")
_TRAILING_COMMA = re.compile(r",(?=\s*[\]}])")
_PLAIN_SIGNS = str.maketrans({"“": '"', "”": '"', "\xa0": " "})
DEEPEST = 20
"""Wrappers inside wrappers; our own answers have two levels."""
_MOST_TEXT = 50_000
"""Characters of text in which JSON is looked for: more than any answer that we ask for."""
_MOST_BRACKETS = 1_000
"""Brackets in prose at which JSON may begin."""


def has_brackets(text: str) -> bool:
    """Whether JSON may be in it."""
    return _BRACKET.search(text) is not None


def from_text(text: str) -> object:
    """The one JSON object or list in a text; None if there is none, or several that differ."""
    text = without_thoughts(text)
    for candidates in ([text], _FENCE.findall(text)):
        found = [value for each in candidates if isinstance(value := unwrapped(each), (dict, list))]
        if found:
            return only_one(found)
    return only_one(_embedded(text))


def without_thoughts(text: str) -> str:
    """A text without the thoughts before it."""
    return _END_OF_THOUGHTS.split(_THOUGHTS.sub("", text[:_MOST_TEXT]))[-1]


def _embedded(text: str) -> list[object]:
    """Every JSON object or list in a text that is not part of another."""
    decoder, at = json.JSONDecoder(), 0
    found: list[object] = []
    for _ in range(_MOST_BRACKETS):
        if (match := _BRACKET.search(text, at)) is None:
            break
        try:
            value, at = decoder.raw_decode(text, match.start())
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
        fenced = _FENCE.fullmatch(value.strip())
        inner = _decoded(fenced.group(1) if fenced else value)
        if not isinstance(inner, (dict, list, str)):
            break
        value = inner
    return value


def _decoded(text: str) -> object:
    """What a text of JSON says, be it with signs that JSON does not allow; None if it is none."""
    for read in (json.loads, _between_markup, _repaired, _literal):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return None


def _between_markup(text: str) -> object:
    """Some models leave the tags of their own form of call around it."""
    start = _start_behind_markup(text)
    value, end = json.JSONDecoder().raw_decode(text, start)
    if not _MARKUP.fullmatch(text, end):
        raise ValueError("something follows")
    return value


def _repaired(text: str) -> object:
    return json.loads(_TRAILING_COMMA.sub("", text.translate(_PLAIN_SIGNS)))


def _literal(text: str) -> object:
    """As Python writes it, with single quotes and None."""
    _start_behind_markup(text)
    return json.loads(json.dumps(ast.literal_eval(text.strip())))


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
