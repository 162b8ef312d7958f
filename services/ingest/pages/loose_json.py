"""JSON as shops write it: what a strict parser refuses is read as far as it can be told."""

import json
import re
from itertools import islice
from typing import Any

_MOST_TOKENS = 200_000
# A quotation mark ends a text where more JSON follows; else it is one that nobody escaped.
_TOKEN = re.compile(
    r"""
    \s+ | //[^\n]* | /\*.*?(?:\*/|\Z) | <!(?:--|\[CDATA\[) | -->
    | "(?P<text>(?:[^"\\]|\\.|"(?!\s*(?:[,:}\]]|\Z)|[^\S\n]*\n\s*"))*+)(?:"|\Z)
    | '(?P<single>(?:[^'\\]|\\.|'(?!\s*(?:[,:}\]]|\Z)))*+)(?:'|\Z)
    | (?P<sign>[{}\[\],:]) | (?P<word>[^\s{}\[\],:"']+) | .
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " "}
_END: dict[str, type] = {"}": dict, "]": list}


def read_json(text: str) -> list[Any]:
    """The values in a text: one if it is JSON, else those objects and lists that it seems to hold."""
    try:
        return [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        return _Loose().read(text)


class _Loose:
    """Reads without recursion; what is never closed ends with the text."""

    def __init__(self) -> None:
        self._open: list[Any] = [[]]
        self._key: str | None = None
        self._awaits = False

    def read(self, text: str) -> list[Any]:
        for match in islice(_TOKEN.finditer(text), _MOST_TOKENS):
            kind = match.lastgroup
            if kind == "sign":
                self._sign(match[0])
            elif kind == "word":
                self._value(_word(match[0]))
            elif kind is not None:
                self._value(_ESCAPE.sub(_unescaped, match[kind]))
        return [each for each in self._open[0] if isinstance(each, dict | list)]

    def _sign(self, sign: str) -> None:
        if sign == ":":
            self._awaits = self._key is not None
        elif sign == ",":
            self._key, self._awaits = None, False
        elif sign in _END:
            if len(self._open) > 1 and isinstance(self._open[-1], _END[sign]):
                self._open.pop()
            self._key, self._awaits = None, False
        else:
            inner: Any = {} if sign == "{" else []
            if self._value(inner):
                self._open.append(inner)

    def _value(self, value: Any) -> bool:
        """Puts a value where it belongs; False if that is nowhere."""
        around = self._open[-1]
        if isinstance(around, list):
            around.append(value)
            return True
        if self._awaits:
            around[self._key] = value
            self._key, self._awaits = None, False
            return True
        self._key = value if isinstance(value, str) else str(value)
        return False


def _word(word: str) -> object:
    try:
        return json.loads(word)
    except (ValueError, RecursionError):
        return word


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _ESCAPED.get(match[2], match[2])
