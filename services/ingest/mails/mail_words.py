"""The phrases that mark what nobody wrote for the reader: closings, banners, disclaimers and the like."""

import json
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("mail_words.json")


@cache
def phrases(kind: str) -> tuple[str, ...]:
    """Those of one kind, as `folded` writes them."""
    table: dict[str, list[str]] = json.loads(_TABLE.read_text("utf-8"))
    return tuple(map(folded, table[kind]))


def folded(text: str) -> str:
    """A line without case, one space between words, one spelling of ß."""
    return " ".join(text.casefold().replace("’", "'").split())
