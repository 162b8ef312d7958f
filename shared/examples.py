"""Which corrected rows a prompt shows as examples of their categories.

A few per category, unlike each other, bounded in tokens. When there are more than fit, those that
share words with the records asked about come first. Decides only; rows come from
`feedback_store.corrected_rows`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from shared.records import normalise

PER_CATEGORY = 5
BUDGET_TOKENS = 4000
LONGEST = 300
"""Characters of an example; what is longer is cut."""
_CHARACTERS_PER_TOKEN = 3
_WORD = re.compile(r"\w+")


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


def choose(
    corrected: Sequence[Corrected],
    *,
    near: Iterable[str] = (),
    per_category: int = PER_CATEGORY,
    budget_tokens: int = BUDGET_TOKENS,
) -> list[Corrected]:
    """The examples to show, by category in the order in which categories first occur in `corrected`.

    Args:
        corrected: candidates, the preferred (newest) first; equal texts count once.
        near: texts of the records that will be asked about; empty: no preference.
        per_category: at most so many of a category.
        budget_tokens: of all examples together, estimated from their length. Every category gets its
            first example before any gets its second.
    """
    words = _Words(candidate.text for candidate in corrected)
    wanted = words.bag(" ".join(near))
    by_category: dict[str, list[Corrected]] = {}
    for candidate in _distinct(corrected):
        by_category.setdefault(candidate.category, []).append(candidate)
    ranked = {
        category: _diverse(candidates, wanted, words, per_category)
        for category, candidates in by_category.items()
    }
    kept = _fitting(ranked, budget_tokens)
    return [
        Corrected(example.id, example.category, example.text[:LONGEST])
        for category in ranked
        for example in ranked[category]
        if example.id in kept
    ]


def estimated_tokens(text: str) -> int:
    """Tokens that the text takes in a prompt, rather too many than too few."""
    return 5 + len(text[:LONGEST]) // _CHARACTERS_PER_TOKEN


class _Words:
    """Texts as sets of words, each weighing more the fewer texts use it."""

    def __init__(self, texts: Iterable[str]) -> None:
        bags = [set(_WORD.findall(normalise(text))) for text in texts]
        self._used = Counter(word for bag in bags for word in bag)
        self._texts = len(bags)

    def bag(self, text: str) -> frozenset[str]:
        return frozenset(_WORD.findall(normalise(text)))

    def overlap(self, one: frozenset[str], other: frozenset[str]) -> float:
        """Shared weight over joint weight: 0 for nothing in common, 1 for the same words."""
        joint = sum(map(self._weight, one | other))
        return sum(map(self._weight, one & other)) / joint if joint else 0.0

    def _weight(self, word: str) -> float:
        return log(1 + (1 + self._texts) / (1 + self._used[word]))


def _distinct(corrected: Sequence[Corrected]) -> list[Corrected]:
    first: dict[str, Corrected] = {}
    for candidate in corrected:
        first.setdefault(normalise(candidate.text), candidate)
    return list(first.values())


def _diverse(
    candidates: Sequence[Corrected], wanted: frozenset[str], words: _Words, most: int
) -> list[Corrected]:
    """One after the other the candidate that is nearest to what is wanted and least like those chosen."""
    bags = {candidate.id: words.bag(candidate.text) for candidate in candidates}
    nearness = {row_id: words.overlap(bag, wanted) if wanted else 0.0 for row_id, bag in bags.items()}
    likeness = dict.fromkeys(bags, 0.0)
    chosen: list[Corrected] = []
    left = list(candidates)
    while left and len(chosen) < most:
        best = max(left, key=lambda each: nearness[each.id] - likeness[each.id])
        left.remove(best)
        chosen.append(best)
        for candidate in left:
            alike = words.overlap(bags[best.id], bags[candidate.id])
            likeness[candidate.id] = max(likeness[candidate.id], alike)
    return chosen


def _fitting(ranked: dict[str, list[Corrected]], budget_tokens: int) -> set[int]:
    """Ids of the examples that fit, every category's first before any second."""
    kept: set[int] = set()
    for rank in range(max(map(len, ranked.values()), default=0)):
        for examples in ranked.values():
            if rank < len(examples):
                cost = estimated_tokens(examples[rank].text)
                if cost <= budget_tokens:
                    budget_tokens -= cost
                    kept.add(examples[rank].id)
    return kept
