"""Reads a profile's YAML: plain values only, each fault with its file, its line and what to do."""

import re
from typing import Any, cast

import yaml
from pydantic import ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from shared.contracts.errors import PermanentError
from shared.contracts.profiles import WRITTEN, ProfileDocument
from shared.contracts.tabular import NotText, sniff_encoding

MAX_BYTES = 256 * 1024
_DEEPEST = 8
_MOST_FAULTS = 20
_SHOWN = 60
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,8})(\.\d{1,9})?")
_SIGN = "write it in quotation marks if it is text that holds a colon, a # or a bracket"
_UNREAD = (
    ("'\\t'", "indent with spaces: a tab cannot stand there"),
    ("another document", "a file holds one profile: remove the line `---`"),
    ("stream", "close the bracket or quotation mark that is opened here"),
    ("<block end>", "begin all lines of one list, and all fields of one entry, at the same column"),
)
"""What to do by a part of what YAML's reader says; else `_SIGN`."""
_SAID = {
    "extra_forbidden": "there is no such field here: see docs/profiles.md for the fields that there are",
    "missing": "this field is required: add it",
}
_PLAIN = (("Tuple", "List"), ("tuple", "list"), ("dictionary", "mapping"), (" after validation", ""))
"""What Pydantic calls otherwise."""
_REMEDIES = {
    "string_type": "write it in quotation marks",
    "tuple_type": "write a list, such as `[a, b]`, or a line for each that begins with `- `",
    "model_type": "write fields with values, such as `name: Delivery`",
    "dict_type": "write fields with values, such as `.eml: email`",
    "too_long": "shorten it",
    "string_too_long": "shorten it",
    "float_parsing": "write a number, such as 0.05",
    "int_parsing": "write a number, such as 30",
    "bool_parsing": "write true or false",
}
"""What to do, by the kind of a fault whose words do not say it."""
_FORMS = {
    "values": "without | [ ] < >",
    "readers": "small letters with a dot first, such as .eml",
    "attributes": "small letters, digits and _, and a letter first",
    "name": "small letters, digits, - and _",
}
"""What a name may be made of, by the field."""
Where = tuple[int | str, ...]


class InvalidProfile(PermanentError):
    """A document that is no profile; `faults` has a line for each, for people."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class _Loader(yaml.SafeLoader):
    """Composes nodes; tags, anchors and aliases are refused, since a few aliases name millions of values."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:  # type: ignore[explicit-override]
        event: Any = cast(Any, self).peek_event()
        named = getattr(event, "anchor", None) or isinstance(event, yaml.AliasEvent)
        if named or getattr(event, "tag", None):
            raise yaml.MarkedYAMLError(
                problem="has an anchor (&), an alias (*) or a tag (!), which is not read here: remove it",
                problem_mark=event.start_mark,
            )
        return super().compose_node(parent, index)


def read_profile(data: bytes, file: str, name: str | None = None) -> ProfileDocument:
    """The profile in a file.

    Args:
        data: its bytes.
        file: how people call it, for the faults.
        name: the profile's, from the file's name; the document may say the same or nothing.

    Raises:
        InvalidProfile: with every fault.
    """
    lines: dict[Where, int] = {}
    value = _values(_composed(data, file), (), lines, file)
    if not isinstance(value, dict):
        raise InvalidProfile([f"{file} line 1: must be fields with values, such as `name: feedback`"])
    if name is not None and value.setdefault("name", name) != name:
        line = lines.get(("name",), 1)
        raise InvalidProfile([f"{file} line {line}: name: must be {name!r}, as the file is called"])
    try:
        return ProfileDocument.model_validate(value, context=WRITTEN)
    except ValidationError as error:
        faults = [_fault(each, lines, file) for each in error.errors(include_url=False)]
        raise InvalidProfile(faults[:_MOST_FAULTS]) from None


def _composed(data: bytes, file: str) -> Node | None:
    if len(data) > MAX_BYTES:
        raise InvalidProfile([f"{file}: is larger than {MAX_BYTES:,} bytes, too large for a profile"])
    text = ""
    try:
        text = data.decode(sniff_encoding(data)).removeprefix("\ufeff")
        loader = _Loader(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except (NotText, UnicodeDecodeError) as error:
        raise InvalidProfile([f"{file}: is no text: save it as UTF-8"]) from error
    except RecursionError as error:
        raise InvalidProfile([f"{file}: is nested too deeply for a profile"]) from error
    except yaml.MarkedYAMLError as error:
        problem = str(error.problem)
        marks = (error.problem_mark, error.context_mark)
        mark = next(filter(None, reversed(marks) if "stream" in problem else marks), None)
        line = mark.line + 1 if mark else 1
        remedy = next((each for said, each in _UNREAD if said in problem), _SIGN)
        raise InvalidProfile([f"{file} line {line}: {_plain(problem, 100)}; {remedy}"]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InvalidProfile(
            [f"{file} line {line}: holds a character that YAML does not allow: remove it"]
        ) from None


def _values(node: Node | None, where: Where, lines: dict[Where, int], file: str) -> object:
    """The node as plain values; notes the line of each. Words are read as YAML 1.2 does: `no` is a text."""
    if node is None:
        return None
    line = lines[where] = node.start_mark.line + 1
    if len(where) > _DEEPEST:
        raise InvalidProfile([f"{file} line {line}: is nested too deeply for a profile"])
    if isinstance(node, SequenceNode):
        return [_values(each, (*where, place), lines, file) for place, each in enumerate(node.value)]
    if isinstance(node, MappingNode):
        return _mapping(node, where, lines, file)
    assert isinstance(node, ScalarNode), "the third kind of node"
    return _scalar(node)


def _mapping(node: MappingNode, where: Where, lines: dict[Where, int], file: str) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, each in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            raise InvalidProfile([f"{file} line {line}: a field's name must be a word"])
        name: str = key.value
        if name in values:
            raise InvalidProfile([f"{file} line {line}: {_plain(name)} stands here twice: keep one"])
        values[name] = _values(each, (*where, name), lines, file)
        lines[*where, name] = line
    return values


def _scalar(node: ScalarNode) -> object:
    text: str = node.value
    if node.style is not None:
        return text
    if text.casefold() in _WORDS:
        return _WORDS[text.casefold()]
    if match := _NUMBER.fullmatch(text):
        return float(text) if match[1] else int(text)
    return text


def _fault(error: Any, lines: dict[Where, int], file: str) -> str:
    context = error.get("ctx", {})
    where: Where = context.get("at") or tuple(error["loc"])
    known = where
    while known and known not in lines:
        known = known[:-1]
    named = ".".join(_plain(part) for part in where)
    said = _SAID.get(error["type"]) or _plain(error["msg"].removeprefix("Value error, "), 300)
    for words, plain in _PLAIN:
        said = said.replace(words, plain)
    if isinstance(error["input"], str):
        said = said.replace(" item", " character")
    remedy = _REMEDIES.get(error["type"], "")
    if error["type"] == "string_pattern_mismatch":
        remedy = next((form for field, form in _FORMS.items() if field in where), "")
    parts = (f"{file} line {lines.get(known, 1)}", named, said, remedy)
    return ": ".join(part for part in parts if part)


def _plain(text: object, length: int = _SHOWN) -> str:
    """As much of a text from outside as a fault quotes, on one line of signs that can be seen."""
    seen = "".join(sign if sign.isprintable() else " " for sign in str(text))
    return " ".join(seen.split())[:length]
