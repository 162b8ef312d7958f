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
    has_brackets,
    only_one,
    unwrapped,
    without_thoughts,
)

_LINE_END = re.compile(r"[\r\n]|\\n|</?[A-Za-z_:][^<>]*>")
_NUMBERED_LINE = re.compile(
    r"(?m)^[ \t\-*•|>#\"'(]{0,20}(?:entry|record|feedback|id|no\.?)?[ \t#:.]{0,20}[0-9].*$", re.IGNORECASE
)


def payload(content: Sequence[Mapping[str, Any]], tool_name: str) -> object:
    """The answer in Converse's content blocks: a tool's input, else what the text says; None without one.

    A tool call by another name is taken if it is the only one: only one tool is offered. Calls that
    differ are a list of their inputs. Of a text without any JSON, the lines that begin with a number are it.
    """
    calls = [block["toolUse"] for block in content if isinstance(block.get("toolUse"), Mapping)]
    named = [call for call in calls if call.get("name") == tool_name]
    inputs = different(call.get("input") for call in named or calls)
    if len(inputs) == 1:
        return inputs[0]
    if calls:
        return inputs if named else None
    text = without_thoughts("".join(str(block.get("text", "")) for block in content))
    return from_text(text) if has_brackets(text) else (_NUMBERED_LINE.findall(text) or None)


def lines(value: object, key: str) -> list[object] | None:
    """The list under this key, however it is wrapped; None if there is none, or several that differ.

    A list alone, or the only one under any key, is taken for it, a string of several lines for a list of
    them, an object whose keys are numbers for a list of "number value", and several objects with the key for
    one with all their entries.
    """
    value = unwrapped(value)
    if isinstance(value, list) and len(value) > 1:
        parts = [lines(each, key) if isinstance(each, (dict, str)) else None for each in value]
        if None not in parts:
            return [entry for part in different(parts) if isinstance(part, list) for entry in part]
        return value
    found = [entries for each in _under(value, key) if (entries := _as_list(each)) is not None]
    if not found:
        # By another name, if nothing else in the answer is a list.
        found = [entries for each in _objects(value) if (entries := _as_list(each)) is not None]
    only = only_one(found) if found else value
    return only if isinstance(only, list) else None


def fields(value: object, key: str) -> Mapping[str, Any] | None:
    """The one object that has a word under this key, its keys in small letters; None without."""
    only = only_one(each for each in map(_small, _objects(value)) if isinstance(each.get(key), str))
    return only if isinstance(only, Mapping) else None


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
        entry = [_keyed(name, said) if _is_number(name) else said]
    parts = _parts(_small(entry), names) if isinstance(entry, dict) else entry
    if not isinstance(parts, list) or not parts:
        return None
    if len(parts) == 1:
        return words(parts[0], names)
    said = [_word(part) for part in parts]
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
    # A part may itself be an object, of a number and a name.
    entry = {key: words(part) if isinstance(part, dict) else part for key, part in entry.items()}
    if names and len(found) == len(names):
        return [entry[keys[at]] for at in found]
    return list(entry.values()) if found == sorted(found) else []


def _word(part: object) -> str | None:
    if isinstance(part, float) and part.is_integer():
        part = int(part)
    return str(part) if isinstance(part, (str, int)) and not isinstance(part, bool) else None


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
        return [line for line in _LINE_END.split(value) if line.strip()]
    if isinstance(value, dict):
        if value and all(map(_is_number, value)):
            return [_keyed(name, entry) for name, entry in value.items()]
        # Inside its own schema: {"type": "array", "items": […]}.
        lists = [inner for inner in value.values() if isinstance(inner, list)]
        return lists[0] if len(lists) == 1 else None
    return None


def _is_number(name: object) -> bool:
    return str(name).strip().isdecimal()


def _keyed(name: str, entry: object) -> object:
    if isinstance(entry, Mapping):
        return {"entry": name, **entry}
    if isinstance(entry, list):
        return [name, *entry]
    return f"{name} {entry}"


def _small(value: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).strip(" \t\r\n\"':").casefold(): each for name, each in value.items()}
