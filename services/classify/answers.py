"""What of a model's answer holds: every record named once, an allowed category, a known sentiment."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.taxonomy import Sentiment

MAX_NUMBER_LENGTH = 6
"""Digits; longer numbers are nonsense, and Python would take its time over a million of them."""


@dataclass(frozen=True)
class Label:
    """An answer for one record: the category's number (0: none fits) and the sentiment."""

    category: int
    sentiment: Sentiment


def check(value: Mapping[str, Any] | None, records: int, categories: int) -> dict[int, Label]:
    """The answers that hold, by the record's number (1 … `records`).

    Left out, and so to be asked again, is a record that is missing, named twice, or answered with a
    category out of range or a word that is no sentiment. Invented records and lines that are none are
    ignored.
    """
    lines = value.get("labels") if value else None
    if not isinstance(lines, list):
        return {}
    parsed = [line for each in lines if (line := _parse(each)) is not None and 1 <= line[0] <= records]
    named = Counter(number for number, _, _ in parsed)
    sentiments = {sentiment.value: sentiment for sentiment in Sentiment}
    return {
        number: Label(category, sentiments[word])
        for number, category, word in parsed
        if named[number] == 1 and category <= categories and word in sentiments
    }


def _parse(line: object) -> tuple[int, int, str] | None:
    parts = line.split() if isinstance(line, str) else []
    if len(parts) != 3 or not all(map(_is_number, parts[:2])):
        # A line that begins with a record's number names that record, wrongly.
        return (int(parts[0]), -1, "") if parts and _is_number(parts[0]) else None
    return int(parts[0]), int(parts[1]), parts[2].lower()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER_LENGTH
