"""What of a model's answer holds: every record named once, an allowed category, a known sentiment."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.contracts.names import clean_name, name_key
from shared.contracts.taxonomy import UNKNOWN, Sentiment
from shared.model import answer_reader

MAX_NUMBER_LENGTH = 6
"""Digits; longer numbers are nonsense, and Python would take its time over a million of them."""

_LONGEST_LINE = 400
"""Characters; a category's name has at most a quarter of it."""
_PARTS = (
    (
        "entry",
        "record",
        "id",
        "number",
        "index",
        "entry_number",
        "entry_id",
        "feedback_id",
        "record_id",
        "feedback",
    ),
    ("category", "label", "class", "category_number", "category_id"),
    ("sentiment", "mood", "tone"),
)
_SENTIMENTS = {sentiment.value: sentiment for sentiment in Sentiment}
# A hyphen before a digit is a minus sign.
_BETWEEN = r"(?:[\s.,;:|=<>→、)\]}–—\"'/]|-(?![0-9]))"
_BEGIN = r"(?:[\s*•#|<(\[{\"']|-(?![0-9]))*(?:(?:entry|record|feedback|id|no\.?|number)[\s#:=\"']*)?"
_NUMBER = re.compile(rf"{_BEGIN}([0-9]{{1,{MAX_NUMBER_LENGTH}}})(?![0-9]|\.[0-9])", re.IGNORECASE)
_SAID_SENTIMENT = rf"{_BETWEEN}[*_<(\[{{\"']*(?:sentiment[\s:=\"']*)?({'|'.join(_SENTIMENTS)})"
_SENTIMENT = re.compile(rf"{_SAID_SENTIMENT}[\s.,;|>)\]}}\"'!*_]*$", re.IGNORECASE)
_EXPLAINED = re.compile(rf"{_SAID_SENTIMENT}[*_\"')\]}}]*\s*(?:[(:,;.]|[-–—]\s)", re.IGNORECASE)
_ANY_SENTIMENT = re.compile(rf"\b(?:{'|'.join(_SENTIMENTS)})\b", re.IGNORECASE)
_CATEGORY = re.compile(
    r"(?:category[\s#:=]*)?#?([0-9]{1,6})(?:[\s.:,)\-–]+(\D.*))?", re.IGNORECASE | re.DOTALL
)
_WORD = re.compile(r"^category[\s#:=]+", re.IGNORECASE)
_AROUND = " \t\r\n.,;:|=<>→、-–—/\"'()[]{}#*_"


@dataclass(frozen=True)
class Label:
    """An answer for one record: the category's number (0: none fits) and the sentiment."""

    category: int
    sentiment: Sentiment


def check(
    value: object, asked: Sequence[int], categories: Sequence[str], *, cut_off: bool = False
) -> dict[int, Label]:
    """The answers that hold, by the number that the record was asked under.

    An entry that was never asked, more entries than were asked, or none for the first or, although the
    answer is complete, the last record show that the numbering is off or the labels have moved: then
    nothing holds, because a label that went to another record looks like a right one. Else only those are
    left out, and so asked again, that are missing, named twice, or answered with a category out of range
    or a word that is no sentiment.

    Args:
        value: the answer, in whatever form it came.
        asked: the numbers of the records, in their order.
        categories: their names, in the order of their numbers; a name may stand for its number.
        cut_off: whether the answer ended where the model had no more tokens for it.
    """
    entries = answer_reader.lines(value, "labels") or []
    said = [clean_name(line) for each in entries if (line := answer_reader.words(each, _PARTS)) is not None]
    numbered = [(number, line) for line in said if (number := _number(line)) is not None]
    named = Counter(number for number, _ in numbered)
    ends = {asked[0]} if cut_off else {asked[0], asked[-1]}
    if named.keys() - set(asked) or len(numbered) > len(asked) or ends - named.keys():
        return {}
    keys = {name_key(name): number for number, name in enumerate((UNKNOWN, *categories))}
    labels = {number: _label(line, len(categories), keys) for number, line in numbered if named[number] == 1}
    return {number: label for number, label in labels.items() if label is not None}


def _number(line: str) -> int | None:
    """Which record a line is about; None if it names none."""
    match = _NUMBER.match(line)
    return int(match[1]) if match else None


def _label(line: str, categories: int, keys: Mapping[str, int]) -> Label | None:
    number, sentiment = _NUMBER.match(line), _sentiment(line[:_LONGEST_LINE])
    if number is None or sentiment is None or len(line) > _LONGEST_LINE:
        return None
    between = line[number.end() : sentiment.start()]
    if not re.match(_BETWEEN, between):
        return None
    category = category_of(between, categories, keys)
    return None if category is None else Label(category, _SENTIMENTS[sentiment[1].lower()])


def _sentiment(line: str) -> re.Match[str] | None:
    """The sentiment at the line's end, or the only one in it where an explanation follows."""
    if match := _SENTIMENT.search(line):
        return match
    return _EXPLAINED.search(line) if len(_ANY_SENTIMENT.findall(line)) == 1 else None


def category_of(said: str, categories: int, keys: Mapping[str, int]) -> int | None:
    """A category's number, or the exact name of one; both only if they are the same."""
    bare = said.strip(_AROUND)
    match = None if re.search(r"-[0-9]", said) else _CATEGORY.fullmatch(bare)
    names = (said, bare, _WORD.sub("", bare))
    found = {keys.get(name_key(name)) for name in names if not name.strip(_AROUND).isdigit()}
    if match is not None and int(match[1]) <= categories:
        number, name = int(match[1]), match[2]
        found.add(number if name is None or keys.get(name_key(name.strip(_AROUND))) == number else None)
    found.discard(None)
    return found.pop() if len(found) == 1 else None
