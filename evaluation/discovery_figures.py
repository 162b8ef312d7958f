"""What a discovery is worth, against the hidden gold labels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.dataset import LabelledRow
from evaluation.discovering import Discovered
from evaluation.hiding import Hiding

PURITY = 0.6
RECALL = 0.4

Proposal = tuple[str, Sequence[int]]
"""A proposed category: its name and the positions of its rows."""


@dataclass(frozen=True)
class DiscoveryScores:
    """One discovery.

    Attributes:
        found: share of hidden categories that a proposal with enough purity and recall stands for.
        proposals: how many.
        duplicates: share of the proposals whose rows are mostly of a category that was not hidden.
        before: accuracy on all rows without discovery.
        after: with it; a duplicate, and a second proposal for the same category, count as errors.
    """

    found: float
    proposals: int
    duplicates: float
    before: float
    after: float


@dataclass(frozen=True)
class NamedTheme:
    """A proposal beside the gold category that most of its rows have."""

    name: str
    gold: str
    rows: int
    purity: float
    hidden: bool


def measure(rows: Sequence[LabelledRow], hiding: Hiding, discovered: Discovered) -> DiscoveryScores:
    """The figures of one discovery."""
    named = name_themes(rows, hiding, discovered.new)
    labels: list[str | None] = list(hiding.labels)
    for at, name in discovered.existing.items():
        labels[at] = name
    for theme, (_, members) in zip(named, discovered.new, strict=True):
        for at in members:
            labels[at] = theme.gold if theme.hidden and _is_best(theme, named) else "(wrong)"
    return DiscoveryScores(
        found=found_share(rows, hiding, discovered.new),
        proposals=len(named),
        duplicates=sum(not theme.hidden for theme in named) / max(1, len(named)),
        before=_accuracy(rows, hiding.labels),
        after=_accuracy(rows, labels),
    )


def found_share(rows: Sequence[LabelledRow], hiding: Hiding, proposals: Sequence[Proposal]) -> float:
    """Share of the hidden categories that a proposal stands for, recall counted over all their rows."""
    totals = Counter(row.label for row in rows if row.label in hiding.hidden)
    found = set()
    for theme in name_themes(rows, hiding, proposals):
        recall = theme.purity * theme.rows / max(1, totals[theme.gold])
        if theme.hidden and theme.purity >= PURITY and recall >= RECALL:
            found.add(theme.gold)
    return len(found) / len(hiding.hidden)


def name_themes(
    rows: Sequence[LabelledRow], hiding: Hiding, proposals: Sequence[Proposal]
) -> list[NamedTheme]:
    """Each proposal beside the gold label that most of its rows have."""
    themes = []
    for name, members in proposals:
        gold, count = Counter(rows[at].label or "" for at in members).most_common(1)[0]
        themes.append(NamedTheme(name, gold, len(members), count / len(members), gold in hiding.hidden))
    return themes


def _is_best(theme: NamedTheme, themes: Sequence[NamedTheme]) -> bool:
    same = [each for each in themes if each.gold == theme.gold]
    return theme is max(same, key=lambda each: each.rows * each.purity)


def _accuracy(rows: Sequence[LabelledRow], labels: Sequence[str | None]) -> float:
    return sum(row.label == label for row, label in zip(rows, labels, strict=True)) / len(rows)
