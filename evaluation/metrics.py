"""Figures from gold labels and predictions. None stands for "of no category" on either side."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import comb

Label = str | None


@dataclass(frozen=True)
class Quality:
    """Precision, recall and F1 of one label."""

    precision: float
    recall: float
    f1: float
    rows: int


@dataclass(frozen=True)
class McNemar:
    """Two runs over the same rows.

    Attributes:
        only_first: rows that only the first run has right.
        only_second: rows that only the second run has right.
        p: probability of a difference at least so large if the runs were equally good (exact, two-sided).
    """

    only_first: int
    only_second: int
    p: float


def right(gold: Sequence[Label], predicted: Sequence[Label]) -> list[bool]:
    """Of each row whether its prediction is the gold label."""
    return [g == p for g, p in zip(gold, predicted, strict=True)]


def accuracy(gold: Sequence[Label], predicted: Sequence[Label]) -> float:
    """Share of rows whose prediction is the gold label."""
    return sum(right(gold, predicted)) / len(gold)


def quality(gold: Sequence[Label], predicted: Sequence[Label], label: Label) -> Quality:
    """How well one label is found; 0 where a figure has no denominator."""
    hits = sum(g == p == label for g, p in zip(gold, predicted, strict=True))
    claimed = sum(p == label for p in predicted)
    rows = sum(g == label for g in gold)
    precision = hits / claimed if claimed else 0.0
    recall = hits / rows if rows else 0.0
    f1 = 2 * hits / (claimed + rows) if claimed + rows else 0.0
    return Quality(precision, recall, f1, rows)


def macro_f1(gold: Sequence[Label], predicted: Sequence[Label]) -> float:
    """Mean F1 of the labels that the gold has."""
    labels = set(gold)
    return sum(quality(gold, predicted, label).f1 for label in labels) / len(labels)


def confusions(gold: Sequence[Label], predicted: Sequence[Label]) -> list[tuple[Label, Label, int]]:
    """Gold label, wrong prediction and how often, the most frequent first."""
    wrong = Counter((g, p) for g, p in zip(gold, predicted, strict=True) if g != p)
    order = sorted(wrong.items(), key=lambda item: (-item[1], str(item[0])))
    return [(g, p, count) for (g, p), count in order]


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> McNemar:
    """Whether two runs over the same rows differ by more than noise."""
    only_first = sum(a and not b for a, b in zip(first, second, strict=True))
    only_second = sum(b and not a for a, b in zip(first, second, strict=True))
    trials, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(comb(trials, k) for k in range(fewer + 1)) / 2**trials
    return McNemar(only_first, only_second, min(1.0, 2 * tail))


def adjusted_rand_index(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Agreement of two groupings of the same rows: 1 the same, about 0 by chance."""
    pairs = comb(len(one), 2)
    together = sum(comb(count, 2) for count in Counter(zip(one, other, strict=True)).values())
    in_one = sum(comb(count, 2) for count in Counter(one).values())
    in_other = sum(comb(count, 2) for count in Counter(other).values())
    expected = in_one * in_other / pairs if pairs else 0.0
    most = (in_one + in_other) / 2
    return (together - expected) / (most - expected) if most != expected else 1.0
