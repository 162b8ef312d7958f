"""Tokens of a request, counted with the embedded model's tokenizer over everything that is sent."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from local.bedrock.minilm import token_counter
from local.bedrock.shapes import ConverseRequest, ToolConfig


@dataclass(frozen=True)
class Piece:
    """A part of the request in the order in which a model reads it: tools, system, messages."""

    text: str
    ends_prefix: bool = False
    """A cache point follows this piece."""


def pieces(request: ConverseRequest) -> list[Piece]:
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


def _parts(request: ConverseRequest) -> Iterator[str | None]:
    """Texts in order; None is a cache point."""
    if request.output_config and request.output_config.text_format:
        yield request.output_config.text_format.structure.json_schema.schema_text
    if request.tool_config:
        yield from _tool_parts(request.tool_config)
    yield from (part.text for part in request.system)
    for block in (block for turn in request.messages for block in turn.content):
        plain = block.text is not None or block.cache_point
        yield block.text if plain else compact(block.model_dump(by_alias=True, exclude_none=True))


def _tool_parts(config: ToolConfig) -> Iterator[str | None]:
    for tool in config.tools:
        yield compact(tool.model_dump(by_alias=True, exclude_none=True)) if tool.tool_spec else None
    if config.tool_choice:
        yield compact(config.tool_choice.model_dump(by_alias=True, exclude_unset=True))
