"""Tokens of a request, counted with the embedded model's tokenizer over everything that is sent."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from local.bedrock.minilm import token_counter
from local.bedrock.shapes import Body, schema_text


@dataclass(frozen=True)
class Piece:
    """A part of the request in the order in which a model reads it: tools, system, messages."""

    text: str
    ends_prefix: bool = False
    """A cache point follows this piece."""


def pieces(request: Body) -> list[Piece]:
    """The request's parts; a cache point marks the part before it."""
    found: list[Piece] = []
    for text in _parts(request):
        if text is not None:
            found.append(Piece(text))
        elif found:
            found[-1] = Piece(found[-1].text, ends_prefix=True)
    return found


@lru_cache(maxsize=4096)
def count_tokens(text: str) -> int:
    """How many WordPiece tokens `text` is, without the two that mark its ends."""
    return len(token_counter().encode(text, add_special_tokens=False).ids)


def cut_tokens(text: str, most: int) -> str:
    """The beginning of `text` that is at most so many tokens long."""
    encoding = token_counter().encode(text, add_special_tokens=False)
    if len(encoding.ids) <= most:
        return text
    end: int = encoding.offsets[most - 1][1] if most > 0 else 0
    return text[:end]


def compact(value: object) -> str:
    """JSON as short as it can be, which is how tokens of objects are counted."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parts(request: Body) -> Iterator[str | None]:
    """Texts in order; None is a cache point."""
    if (schema := schema_text(request)) is not None:
        yield schema
    for tool in request.get("toolConfig", {}).get("tools", []):
        yield None if "cachePoint" in tool else compact(tool)
    if "toolChoice" in request.get("toolConfig", {}):
        yield compact(request["toolConfig"]["toolChoice"])
    turns = (block for turn in request["messages"] for block in turn["content"])
    for block in chain(request.get("system", []), turns):
        yield None if "cachePoint" in block else block.get("text") or compact(block)
