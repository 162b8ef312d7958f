"""What a model's answer says, whatever it is wrapped in.

Models answer a request for a tool call or for JSON in many forms: the input as a JSON string, the list as
one, the object inside its own schema or under the tool's name, or as text (`answer_json`). What can
be read in one way only is read; what can be read in two is no answer, and is asked again. Forms are those
seen in public reports of Converse and of tool use.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.model.answer_json import (
    DEEPEST,
    different,
    from_text,
    is_flat,
    json_in,
    only_one,
    unwrapped,
    without_thoughts,
)

_LINE_END = re.compile(r"[\r\n]|\\n|</?[A-Za-z_:|][^<>]*>")
ENTRY = r"(?:entry|record|feedback|row|item|line|label|id|no\.?|number)"
"""How models call what a number stands for."""
_NUMBERED = re.compile(rf"[ \t\-*•|>#\"'(]{{0,20}}{ENTRY}?[ \t#:._*]{{0,20}}[0-9]", re.IGNORECASE)
_NUMBER = re.compile(rf"\s*{ENTRY}?[\s#:._]*([0-9]{{1,20}})\s*", re.IGNORECASE)
_PAIR = re.compile(r"[\s\-*#]{0,20}([A-Za-z_]{1,40})[*\s]{0,5}:[*\s]{0,5}(.+)")
"""A key and its value in a line, as YAML and Markdown have them."""


def payload(content: Sequence[Mapping[str, Any]], tool_name: str, *, cut_off: bool = False) -> object:
    """The answer in Converse's content blocks: a tool's input, else what the text says; None without one.

    A tool call by another name is taken if it is the only one: only one tool is offered. Calls that
    differ are a list of their inputs, and empty ones count for nothing.
    """
    calls = [block["toolUse"] for block in content if isinstance(block.get("toolUse"), Mapping)]
    named = [call for call in calls if call.get("name") == tool_name]
    inputs = different(given for call in named or calls if (given := call.get("input")))
    if len(inputs) > 1:
        return inputs if named else None
    if inputs:
        given = inputs[0]
        read = _read(given, cut_off=cut_off) if isinstance(given, str) else None
        return given if read is None else read
    return _read("".join(str(block.get("text", "")) for block in content), cut_off=cut_off)


def _read(text: str, *, cut_off: bool = False) -> object:
    """What JSON says in it, else its lines that begin with a number, or those of a key and its value.

    Of several lines, the last of a text that was cut off may go on.
    """
    text = without_thoughts(text)
    if json_in(text):
        return from_text(text)
    if cut_off:
        text = text.rpartition("\n")[0] or text
    numbered = [line for line in _LINE_END.split(text) if _NUMBERED.match(line)]
    found = [match for line in text.splitlines() if (match := _PAIR.fullmatch(line))]
    pairs = {match[1]: match[2] for match in found}
    return numbered or (pairs if 1 < len(found) == len(pairs) else None)


def lines(value: object, key: str) -> list[object] | None:
    """The list under this key, however it is wrapped; None if there is none, or several that differ.

    A list alone, or the only one under any key, is taken for it, a string of several lines for a list of
    them, an object whose keys are numbers for a list of "number value", several objects with the key for one
    with all their entries, and, where there is no list, the one flat object for its only entry.
    """
    listed = _listed(value, key)
    lone = [each for each in _objects(value) if is_flat(each)] if listed is None else []
    # Of several flat objects nobody knows which is meant.
    return list(lone) if len(lone) == 1 else listed


def _listed(value: object, key: str) -> list[object] | None:
    value = unwrapped(value)
    if isinstance(value, list) and len(value) > 1:
        parts = [_listed(each, key) if isinstance(each, (dict, str)) else None for each in value]
        if None not in parts:
            return [entry for part in different(parts) if isinstance(part, list) for entry in part]
        return value
    found = [entries for each in _under(value, key) if (entries := _as_list(each)) is not None]
    if not found:
        # By another name, if nothing else in the answer is a list.
        found = [entries for each in _objects(value) if (entries := _as_list(each)) is not None]
    only = only_one(found) if found else value
    while isinstance(only, list) and len(only) == 1 and _holds_parts(only[0]):
        only = only[0]
    return only if isinstance(only, list) else None


def fields(value: object, key: str) -> Mapping[str, Any] | None:
    """The one object that has a word under this key, its keys in small letters; None without."""
    only = only_one(each for each in map(_small, _objects(value)) if word(each.get(key)))
    return only if isinstance(only, Mapping) else None


def word(value: object) -> str | None:
    """A word, be it alone in lists or objects; None if it is none."""
    for _ in range(DEEPEST):
        if not isinstance(value, (dict, list)) or len(value) != 1:
            break
        (value,) = value.values() if isinstance(value, dict) else value
    return value if isinstance(value, str) else None


def words(entry: object, names: Sequence[Sequence[str]] = ()) -> str | None:
    """An entry of a list as one line of text: a string, or the parts of a list or an object in order.

    Args:
        names: what an object's keys may be called, for each part in its order. Without a key for each, an
            object is read in its own order, if that does not contradict the names.
    """
    entry = unwrapped(entry)
    if isinstance(entry, str):
        return entry
    if isinstance(entry, dict) and len(entry) == 1:
        ((name, said),) = entry.items()
        number = _number_in(name)
        entry = [_keyed(number, said) if number else said]
    parts = _parts(_small(entry), names) if isinstance(entry, dict) else entry
    if not isinstance(parts, list) or not parts:
        return None
    if len(parts) == 1:
        return words(parts[0], names)
    said = [_word(part, names) for part in parts]
    return None if None in said else " ".join(map(str, said))


def named_values(entry: object) -> dict[str, Any] | None:
    """An entry's values by the names of its keys in small letters, if it is an object."""
    entry = unwrapped(entry)
    return _small(entry) if isinstance(entry, dict) else None


def value_text(value: object) -> str:
    """One value as a text: a list with semicolons, an object's values in order, a hyphen for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(map(value_text, value))
    if isinstance(value, dict):
        return " ".join(map(value_text, value.values()))
    return "-" if value is None else str(value)


def _parts(entry: Mapping[str, Any], names: Sequence[Sequence[str]]) -> list[Any]:
    keys = list(entry)
    known = [next((keys.index(name) for name in part if name in entry), None) for part in names]
    found = [at for at in known if at is not None]
    if found and len(found) in (len(names), len(entry)):
        return [entry[keys[at]] for at in found]
    return list(entry.values()) if found == sorted(found) else []


def _word(part: object, names: Sequence[Sequence[str]]) -> str | None:
    if isinstance(part, dict) and len(part) == 1 and not any(map(_number_in, part)):
        part = list(part.values())
    if isinstance(part, list) and len(part) == 1:
        part = part[0]
    if isinstance(part, (dict, list)):
        return words(part, names)
    if isinstance(part, float) and part.is_integer():
        part = int(part)
    return str(part) if isinstance(part, (str, int)) and not isinstance(part, bool) else None


def _holds_parts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], (dict, list))


def _objects(value: object, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The value and all objects in it, as far as they may be wrappers of each other."""
    value = unwrapped(value)
    if not isinstance(value, dict) or depth > DEEPEST:
        if isinstance(value, list) and len(value) == 1:
            yield from _objects(value[0], depth + 1)
        return
    yield value
    for inner in value.values():
        if isinstance(inner, (dict, list, str)):
            yield from _objects(inner, depth + 1)


def _under(value: object, key: str) -> Iterator[object]:
    for each in _objects(value):
        small = _small(each)
        if key in small:
            yield small[key]


def _as_list(value: object) -> list[object] | None:
    value = unwrapped(value)
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        found = None if _NUMBERED.match(value) else _read(value)
        return found if isinstance(found, list) else [line for line in _LINE_END.split(value) if line.strip()]
    if isinstance(value, dict):
        keyed = [_keyed(number, entry) for name, entry in value.items() if (number := _number_in(name))]
        if keyed and all(
            _number_in(name) or not isinstance(entry, (dict, list)) for name, entry in value.items()
        ):
            return keyed
        # Inside its own schema: {"type": "array", "items": […]}.
        lists = [inner for inner in value.values() if isinstance(inner, list)]
        return lists[0] if len(lists) == 1 else None
    return None


def _number_in(name: object) -> str:
    """The number of an entry that a key names; empty if it names none."""
    match = _NUMBER.fullmatch(str(name))
    return match[1] if match else ""


def _keyed(name: str, entry: object) -> object:
    if isinstance(entry, Mapping):
        return {"entry": name, **entry}
    if isinstance(entry, list):
        return [name, *entry]
    return f"{name} {entry}"


def _small(value: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).strip(" \t\r\n\"':").casefold(): each for name, each in value.items()}
