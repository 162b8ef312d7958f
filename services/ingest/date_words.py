"""Names of months and weekdays in many languages, with any case and accents."""

import json
import unicodedata
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("date_words.json")
# Letters that carry a mark which Unicode does not take apart.
_UNMARKED = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d"})


def word_key(word: str) -> str:
    """The name without case, accents, and the full stop of an abbreviation."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(_UNMARKED).strip(". ")


@cache
def months() -> dict[str, int]:
    """Name, as `word_key` gives it → month."""
    table: dict[str, int] = json.loads(_TABLE.read_text("utf-8"))["months"]
    return table


@cache
def weekdays() -> frozenset[str]:
    """Names of weekdays, as `word_key` gives them."""
    return frozenset(json.loads(_TABLE.read_text("utf-8"))["weekdays"])
