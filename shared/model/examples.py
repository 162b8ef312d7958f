"""Which corrected rows a prompt shows as examples of their categories.

A few per category, bounded in tokens. When there are more than fit, those nearest to the records asked
about come first, by vectors if there are any, else by the words they share. Decides only; rows come from
`feedback_store.corrected_rows`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product, zip_longest
from math import log
from typing import NamedTuple

from shared.contracts.records import normalise

PER_CATEGORY = 5
NEAR_PER_CATEGORY = 2
"""Of the nearest to a pack, before any category has more: else a few categories crowd out their likes."""
BUDGET_TOKENS = 4000
LONGEST = 300
"""Characters of an example; what is longer is cut."""
_CHARACTERS_PER_TOKEN = 3
_COMPARED = 60
_WORD = re.compile(r"\w+")
# Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, kana and Chinese characters.
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Corrected:
    """A row that people put into a category.

    Attributes:
        id: the row's, by which the choice is logged.
        category: its corrected label.
        text: title and feedback.
    """

    id: int
    category: str
    text: str


class Examples:
    """Candidates, read and weighed once, of which a choice is made for every pack.

    Args:
        corrected: the preferred (newest) first; equal texts count once. Their ids differ.
    """

    def __init__(self, corrected: Iterable[Corrected]) -> None:
        self.candidates = _distinct(corrected)
        self._words = _Words(self.candidates)
        self._by_category: dict[str, list[Corrected]] = {}
        for candidate in self.candidates:
            self._by_category.setdefault(candidate.category, []).append(candidate)

    def __len__(self) -> int:
        return len(self.candidates)

    def choose(
        self,
        near: Iterable[str] = (),
        per_category: int = PER_CATEGORY,
        budget_tokens: int = BUDGET_TOKENS,
    ) -> list[Corrected]:
        """The examples to show, by category in the order in which categories first occur.

        Args:
            near: texts of the records that will be asked about; empty: no preference.
            per_category: at most so many of a category.
            budget_tokens: of all examples together, estimated from their length. Every category gets its
                first example before any gets its second.
        """
        wanted = self._words.bag(" ".join(near))
        ranked = [
            _diverse(candidates, wanted, self._words, per_category)
            for candidates in self._by_category.values()
        ]
        kept = _fitting(ranked, budget_tokens)
        return _shown(example for examples in ranked for example in examples if example.id in kept)

    def nearest(self, ranked: Sequence[Sequence[int]], budget_tokens: int = BUDGET_TOKENS) -> list[Corrected]:
        """The examples nearest to the records of a pack, by category as `choose` has them.

        Args:
            ranked: for each record positions in `candidates`, the nearest first. Every record's nearest
                counts before the second of any.
            budget_tokens: of all examples together, estimated from their length.
        """
        order = dict.fromkeys(place for turn in zip_longest(*ranked) for place in turn if place is not None)
        kept: set[int] = set()
        taken: Counter[str] = Counter()
        for most, place in product((NEAR_PER_CATEGORY, PER_CATEGORY), order):
            category, cost = self.candidates[place].category, self._costs[place]
            if place not in kept and taken[category] < most and cost <= budget_tokens:
                kept.add(place)
                taken[category] += 1
                budget_tokens -= cost
        known = {self.candidates[place].id for place in kept}
        return _shown(each for own in self._by_category.values() for each in own if each.id in known)

    @cached_property
    def _costs(self) -> list[int]:
        return [estimated_tokens(each.text) for each in self.candidates]


def estimated_tokens(text: str) -> int:
    """Tokens that the text takes in a prompt, rather too many than too few."""
    shown = text[:LONGEST]
    ascii_letters = sum(map(str.isascii, shown))
    return 5 + ascii_letters // _CHARACTERS_PER_TOKEN + len(shown) - ascii_letters


def _shown(chosen: Iterable[Corrected]) -> list[Corrected]:
    return [Corrected(each.id, each.category, each.text[:LONGEST]) for each in chosen]


class _Bag(NamedTuple):
    words: frozenset[str]
    weight: float


class _Words:
    """Texts as sets of words, each weighing more the fewer texts use it."""

    def __init__(self, corrected: Sequence[Corrected]) -> None:
        found = {each.id: _words_of(each.text) for each in corrected}
        self._used = Counter(word for words in found.values() for word in words)
        self._texts = len(found)
        self.bags = {row_id: self._weighed(words) for row_id, words in found.items()}

    def bag(self, text: str) -> _Bag:
        return self._weighed(_words_of(text))

    def overlap(self, one: _Bag, other: _Bag) -> float:
        """Shared weight over joint weight: 0 for nothing in common, 1 for the same words."""
        shared = sum(map(self._weight, one.words & other.words))
        joint = one.weight + other.weight - shared
        return shared / joint if shared else 0.0

    def _weighed(self, words: frozenset[str]) -> _Bag:
        return _Bag(words, sum(map(self._weight, words)))

    def _weight(self, word: str) -> float:
        return log(1 + (1 + self._texts) / (1 + self._used[word]))


def _words_of(text: str) -> frozenset[str]:
    return frozenset(part for word in _WORD.findall(normalise(text)) for part in _parts(word))


def _parts(word: str) -> Iterable[str]:
    """The word; of a script without spaces, where it may be a whole sentence, each two neighbours."""
    if len(word) < 3 or not _WITHOUT_SPACES.search(word):
        return (word,)
    return map("".join, pairwise(word))


def _distinct(corrected: Iterable[Corrected]) -> list[Corrected]:
    first: dict[str, Corrected] = {}
    for candidate in corrected:
        first.setdefault(normalise(candidate.text), candidate)
    return list(first.values())


def _diverse(candidates: Sequence[Corrected], wanted: _Bag, words: _Words, most: int) -> list[Corrected]:
    """One after the other the candidate that is nearest to what is wanted and least like those chosen.

    Of very many only the nearest are compared with each other; where none is wanted, the newest.
    """
    bags = words.bags
    nearness = {each.id: words.overlap(bags[each.id], wanted) for each in candidates}
    left = sorted(candidates, key=lambda each: -nearness[each.id])[:_COMPARED]
    likeness = {candidate.id: 0.0 for candidate in left}
    chosen: list[Corrected] = []
    while left and len(chosen) < most:
        best = max(left, key=lambda each: nearness[each.id] - likeness[each.id])
        left.remove(best)
        chosen.append(best)
        for candidate in left:
            alike = words.overlap(bags[best.id], bags[candidate.id])
            likeness[candidate.id] = max(likeness[candidate.id], alike)
    return chosen


def _fitting(ranked: Sequence[Sequence[Corrected]], budget_tokens: int) -> set[int]:
    """Ids of the examples that fit, every category's first before any second."""
    kept: set[int] = set()
    for rank in range(max(map(len, ranked), default=0)):
        for examples in ranked:
            if rank < len(examples):
                cost = estimated_tokens(examples[rank].text)
                if cost <= budget_tokens:
                    budget_tokens -= cost
                    kept.add(examples[rank].id)
    return kept
