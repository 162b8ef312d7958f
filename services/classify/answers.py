"""What of a model's answer holds: every record named once, an allowed category, a known sentiment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.taxonomy import Sentiment

MAX_NUMBER_LENGTH = 6
"""Digits; longer numbers are nonsense, and Python would take its time over a million of them."""
_SENTIMENTS = {sentiment.value: sentiment for sentiment in Sentiment}


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
    parsed = [line for each in lines if (line := _parse(each, categories)) and 1 <= line[0] <= records]
    named = Counter(number for number, _ in parsed)
    return {number: label for number, label in parsed if label is not None and named[number] == 1}


def _parse(line: object, categories: int) -> tuple[int, Label | None] | None:
    """The record that a line begins with and its label, if the rest is one; None if it names no record."""
    parts = line.split() if isinstance(line, str) else []
    if not parts or not _is_number(parts[0]):
        return None
    return int(parts[0]), _label(parts[1:], categories)


def _label(words: Sequence[str], categories: int) -> Label | None:
    if len(words) != 2 or not _is_number(words[0]) or int(words[0]) > categories:
        return None
    sentiment = _SENTIMENTS.get(words[1].lower())
    return Label(int(words[0]), sentiment) if sentiment else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER_LENGTH
