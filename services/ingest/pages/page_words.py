"""The words by which shops name prices, brands and buttons, in many languages."""

import json
import re
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

_TABLE = Path(__file__).with_name("page_words.json")
_PARTS = re.compile(r"[a-z]+|[^\W\d_a-z]+")
UNSPACED = "\u2e7f"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@cache
def words(kind: str) -> frozenset[str]:
    """Those of one kind, as `plain_words` and `phrase` write them."""
    table: dict[str, list[str]] = json.loads(_TABLE.read_text("utf-8"))
    return frozenset(map(phrase, table[kind]))


@cache
def phrases(kind: str) -> re.Pattern[str]:
    """Matches a text, written by `phrase`, that is one of these or begins with one.

    Chinese, Japanese and Korean put nothing between words.
    """
    unspaced = [re.escape(each) for each in words(kind) if each[-1] > UNSPACED]
    return re.compile(
        rf"(?:{'|'.join(map(re.escape, words(kind)))})(?=[ .!,]|$)|{'|'.join(unspaced) or '$^'}"
    )


def phrase(text: str) -> str:
    """A phrase without case, and without spaces and marks around it."""
    return " ".join(unicodedata.normalize("NFC", text.casefold()).split()).strip(" .:!*•-–|")


def parts_of(name: str) -> list[str]:
    """The words in a class or an id, also two as one: `priceBox-old` has pricebox and boxold."""
    found = _PARTS.findall(_CAMEL.sub(" ", name).lower())
    return [*found, *map("".join, pairwise(found))]
