"""Reads one line of a model's answer: the topics of a record with their sentiments, values of attributes."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from shared.contracts.attributes import Attribute, AttributeType, AttributeValue
from shared.contracts.names import name_key
from shared.contracts.records import normalise
from shared.contracts.taxonomy import UNKNOWN, Sentiment
from shared.model.answer_reader import ENTRY
from shared.model.label_task import Task

MAX_NUMBER_LENGTH = 6
"""Digits; longer numbers are nonsense, and Python would take its time over a million of them."""

_LONGEST_LINE = 400
"""Characters; a category's name has at most a quarter of it."""
_SENTIMENTS = {sentiment.value: sentiment for sentiment in Sentiment}
# A hyphen before a digit is a minus sign.
_BETWEEN = r"(?:[\s.,;:|=<>→、)\]}–—\"'/*_]|-(?![0-9]))"
_BEGIN = rf"(?:[\s*•#|<(\[{{\"']|-(?![0-9]))*(?:{ENTRY}[\s#:=\"'*_]*)?"
_NUMBER = re.compile(rf"{_BEGIN}([0-9]{{1,{MAX_NUMBER_LENGTH}}})(?![0-9]|\.[0-9])", re.IGNORECASE)
_SAID_SENTIMENT = rf"{_BETWEEN}[*_<(\[{{\"']*(?:sentiment[\s:=\"']*)?({'|'.join(_SENTIMENTS)})"
_EXPLAINED = re.compile(rf"{_SAID_SENTIMENT}[*_\"')\]}}]*\s*(?:[(:,;.|#]|[-–—]\s)", re.IGNORECASE)
_ANY_SENTIMENT = re.compile(rf"\b(?:{'|'.join(_SENTIMENTS)})\b", re.IGNORECASE)
_NAME_FIRST = re.compile(r"(\D*?)\s*[(\[#]\s*([0-9]{1,6})")
_CATEGORY = re.compile(
    r"(?:category[\s#:=]*)?#?([0-9]{1,6})(?:[\s.:,)\-–]+(\D.*))?", re.IGNORECASE | re.DOTALL
)
_NO_CATEGORY = ("none", "null", "n/a")
"""What models write for 0, unless a category has that name."""
_WORD = re.compile(r"^category[\s#:=]+", re.IGNORECASE)
_NEXT = re.compile(
    rf"{_BETWEEN}[*_<(\[{{\"']*(?:sentiment[\s:=\"']*)?({'|'.join(_SENTIMENTS)})(?![A-Za-z])"
    r"[*_)\]}\"']*(?:[\s:,]*\[([^\[\]]*)\])?",
    re.IGNORECASE,
)
_SURE = r"(?:0?[.,][0-9]+|1[.,]0+|[0-9]{1,3} ?%)"
"""How sure a model says it is."""
_END = re.compile(rf"[\W_]*(?:{_SURE}[\W_]*)?")
_MOST_SENTIMENTS = 12
_LONGEST_VALUE_LINE = 700
_AROUND = " \t\r\n.,;:|=<>→、-–—/\"'()[]{}#*_“”‘’„«»`"


@dataclass(frozen=True)
class Aspect:
    """One topic of a record: a category's number (0: none fits), a sentiment, and the record's own words."""

    category: int
    sentiment: Sentiment
    evidence: str = ""


@dataclass(frozen=True)
class Label(Aspect):
    """An answer for one record: its main topic, further ones, and values of attributes."""

    further: tuple[Aspect, ...] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What is known of a record that is asked about: its text, and attributes that need no answer."""

    text: str = ""
    found: Collection[str] = ()


def number_of(line: str) -> int | None:
    """Which record a line is about; None if it names none."""
    match = _NUMBER.match(line)
    return int(match[1]) if match else None


class LineReader:
    """Reads lines by a taxonomy and a task."""

    def __init__(self, categories: Sequence[str], task: Task) -> None:
        self._count = len(categories)
        self._keys = dict.fromkeys(_NO_CATEGORY, 0)
        self._keys |= {name_key(name): number for number, name in enumerate((UNKNOWN, *categories))}
        self._task = task

    def label(self, line: str, known: Known) -> Label | None:
        """What a line says of its record; None if it cannot be read in one way, or does not hold."""
        found = [label for head, values in self._cut(line) if (label := self._read(head, values, known))]
        return found[0] if len(found) == 1 else None

    def _cut(self, line: str) -> Iterator[tuple[str, list[str]]]:
        """The ways in which a line is labels and as many values as there are attributes."""
        attributes = self._task.attributes
        if not attributes:
            yield line, []
            return
        cells, count = line.strip().strip("|").split("|"), len(attributes)
        if len(cells) == 1:
            yield line, [""] * count
        if len(cells) > count:
            yield " ".join(cells[:-count]), cells[-count:]
        texts = [n for n, each in enumerate(attributes) if each.type is AttributeType.TEXT]
        if len(cells) > count + 1 and len(texts) == 1:
            # A bar within the one text.
            more = len(cells) - count
            first = texts[0] + 1
            yield cells[0], [*cells[1:first], "|".join(cells[first : first + more]), *cells[first + more :]]

    def _read(self, head: str, values: Sequence[str], known: Known) -> Label | None:
        aspects = self._aspects(head)
        if not aspects or not all(map(partial(self._is_shown, known=known), aspects)):
            return None
        pairs = zip(self._task.attributes, values, strict=True)
        attributes = {each.name: value for each, said in pairs if (value := _value(each, said)) is not None}
        required = {each.name for each in self._task.attributes if each.required}
        if required - attributes.keys() - set(known.found):
            return None
        main, *further = aspects
        return Label(main.category, main.sentiment, main.evidence, tuple(further), attributes)

    def _is_shown(self, aspect: Aspect, known: Known) -> bool:
        """Whether an aspect's evidence is what the record says, if evidence was asked for."""
        return not self._task.evidence or bool(
            aspect.evidence.strip() and normalise(aspect.evidence) in normalise(known.text)
        )

    def _aspects(self, line: str) -> list[Aspect]:
        """The topics that a line names, each category once; empty if it cannot be read in one way."""
        number = _NUMBER.match(line)
        longest = _LONGEST_LINE + (_LONGEST_VALUE_LINE if self._task.evidence else 0)
        if number is None or len(line) > longest or not re.match(_BETWEEN, line[number.end() :]):
            return []
        rest = line[number.end() :]
        if len(_ANY_SENTIMENT.findall(rest)) > _MOST_SENTIMENTS:
            return []
        readings = list(self._readings(rest))
        if not readings and (match := _explained(rest)):
            category = self._category(rest[: match.start()])
            readings = [] if category is None else [[Aspect(category, _SENTIMENTS[match[1].lower()])]]
        return _merged(readings[0])[: self._task.aspects] if len(readings) == 1 else []

    def _readings(self, rest: str) -> Iterator[list[Aspect]]:
        for match in _NEXT.finditer(rest):
            category = self._category(rest[: match.start()])
            if category is None:
                continue
            quote = (match[2] or "").strip() if self._task.evidence else ""
            aspect = Aspect(category, _SENTIMENTS[match[1].lower()], quote)
            left = rest[match.end() :]
            if _END.fullmatch(left):
                yield [aspect]
            elif re.match(_BETWEEN, left):
                yield from ([aspect, *further] for further in self._readings(left))

    def _category(self, said: str) -> int | None:
        return category_of(said, self._count, self._keys)


def _explained(line: str) -> re.Match[str] | None:
    """The only sentiment in a line, where an explanation follows."""
    return _EXPLAINED.search(line) if len(_ANY_SENTIMENT.findall(line)) == 1 else None


def _merged(aspects: Sequence[Aspect]) -> list[Aspect]:
    """Each category once; one that is praised and blamed is mixed."""
    found: dict[int, Aspect] = {}
    for each in aspects:
        first = found.setdefault(each.category, each)
        if first.sentiment is not each.sentiment:
            found[each.category] = replace(first, sentiment=Sentiment.MIXED)
    return list(found.values())


def _value(attribute: Attribute, said: str) -> AttributeValue | None:
    """The value that an answer gives; what cannot be read counts as none."""
    try:
        value = attribute.read(said)
    except ValueError:
        return None
    return None if value == () else value


def category_of(said: str, categories: int, keys: Mapping[str, int]) -> int | None:
    """A category's number, or the exact name of one; both only if they are the same."""
    bare = said.strip(_AROUND)
    match = None if re.search(r"-[0-9]", said) else _CATEGORY.fullmatch(bare)
    names = (said, bare, _WORD.sub("", bare))
    found = {keys.get(name_key(name)) for name in names if not name.strip(_AROUND).isdigit()}
    if match is not None and int(match[1]) <= categories:
        number, name = int(match[1]), match[2]
        found.add(number if name is None or keys.get(name_key(name.strip(_AROUND))) == number else None)
    elif (
        match is None
        and (last := _NAME_FIRST.fullmatch(bare))
        and keys.get(name_key(last[1])) == int(last[2])
    ):
        found.add(int(last[2]))
    found.discard(None)
    return found.pop() if len(found) == 1 else None
