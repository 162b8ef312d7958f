r"""The blocks in which prompts carry data, and in which nothing can pose as anything else.

A block is `<name>`, one line per entry, `</name>`. An entry is an integer followed by JSON strings:

    <feedback>
    1 "late again" "It came two weeks after the promised day."
    2 "ok"
    </feedback>

Characters that could end a line, close an element, or reorder what a reader sees are written as
`\uXXXX`, so an entry is one line whatever a customer typed, and `parse_block` gives back exactly
what went in.
"""

import json
import re
from collections.abc import Iterable

from shared.contracts.errors import BlockError

Entry = tuple[int, tuple[str, ...]]
"""An entry's number and its strings."""

# Besides `<`, `>` and `&` (elements) and C0/C1 controls: line and paragraph separators, zero-width
# and bidirectional marks (Unicode Technical Report 36), tags, lone surrogates, which JSON can carry.
_UNSAFE = re.compile(
    "[<>&\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_NAME = re.compile(r"[a-z_]+")
_DECODER = json.JSONDecoder()


def render_block(name: str, entries: Iterable[Entry]) -> str:
    """The block's text, without a newline at its end."""
    lines = [" ".join([str(number), *map(quote, strings)]) for number, strings in entries]
    return "\n".join([f"<{name}>", *lines, f"</{name}>"])


def parse_block(text: str, name: str) -> list[Entry]:
    """The entries of the first block called `name` in `text`; empty if there is none.

    Raises:
        BlockError: the block is not closed, or a line in it is no entry.
    """
    if not _NAME.fullmatch(name):
        raise BlockError(f"{name!r} cannot name a block")
    lines = text.split("\n")
    if f"<{name}>" not in lines:
        return []
    start = lines.index(f"<{name}>") + 1
    try:
        end = lines.index(f"</{name}>", start)
    except ValueError as error:
        raise BlockError(f"block {name} is not closed") from error
    return [_parse_entry(line) for line in lines[start:end]]


def quote(text: str) -> str:
    """`text` as one JSON string that holds none of the characters a block forbids."""
    return _UNSAFE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1] if ord(match.group()) > 0x7F else f"\\u{ord(match.group()):04x}"


def _parse_entry(line: str) -> Entry:
    number, _, rest = line.partition(" ")
    if not (number.isascii() and number.isdigit()):
        raise BlockError("a line of the block does not begin with a number")
    strings = []
    while rest:
        try:
            value, end = _DECODER.raw_decode(rest)
        except ValueError as error:
            raise BlockError(f"entry {number} is not made of JSON strings") from error
        if not isinstance(value, str) or rest[end : end + 1] not in ("", " "):
            raise BlockError(f"entry {number} is not made of JSON strings")
        strings.append(value)
        rest = rest[end + 1 :]
    return int(number), tuple(strings)
