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
        without: proposals whose rows are mostly of no category at all: something new, and nothing to find.
        before: accuracy on all rows without discovery.
        after: with it; a duplicate, and a second proposal for the same category, count as errors. A row of
            no category that is in a proposal of such rows is right.
    """

    found: float
    proposals: int
    duplicates: float
    without: int
    before: float
    after: float


@dataclass(frozen=True)
class NamedTheme:
    """A proposal beside the gold category that most of its rows have."""

    name: str
    gold: str | None
    rows: int
    purity: float
    hidden: bool

    @property
    def is_duplicate(self) -> bool:
        """Of a category that everybody could see."""
        return self.gold is not None and not self.hidden


def measure(rows: Sequence[LabelledRow], hiding: Hiding, discovered: Discovered) -> DiscoveryScores:
    """The figures of one discovery."""
    named = name_themes(rows, hiding, discovered.new)
    labels: list[str | None] = list(hiding.labels)
    for at, name in discovered.existing.items():
        labels[at] = name
    for theme, (_, members) in zip(named, discovered.new, strict=True):
        for at in members:
            right = not theme.is_duplicate and (theme.gold is None or _is_best(theme, named))
            labels[at] = theme.gold if right else "(wrong)"
    return DiscoveryScores(
        found=found_share(rows, hiding, discovered.new),
        proposals=len(named),
        duplicates=sum(theme.is_duplicate for theme in named) / max(1, len(named)),
        without=sum(theme.gold is None for theme in named),
        before=_accuracy(rows, hiding.labels),
        after=_accuracy(rows, labels),
    )


def found_share(rows: Sequence[LabelledRow], hiding: Hiding, proposals: Sequence[Proposal]) -> float:
    """Share of the hidden categories that a proposal stands for, recall counted over all their rows."""
    totals = Counter(row.label for row in rows)
    found = {
        theme.gold
        for theme in name_themes(rows, hiding, proposals)
        if theme.hidden
        and theme.purity >= PURITY
        and theme.purity * theme.rows >= RECALL * totals[theme.gold]
    }
    return len(found) / len(hiding.hidden)


def name_themes(
    rows: Sequence[LabelledRow], hiding: Hiding, proposals: Sequence[Proposal]
) -> list[NamedTheme]:
    """Each proposal beside the gold label that most of its rows have."""
    themes = []
    for name, members in proposals:
        gold, count = Counter(rows[at].label for at in members).most_common(1)[0]
        themes.append(NamedTheme(name, gold, len(members), count / len(members), gold in hiding.hidden))
    return themes


def _is_best(theme: NamedTheme, themes: Sequence[NamedTheme]) -> bool:
    same = [each for each in themes if each.gold == theme.gold]
    return theme is max(same, key=lambda each: each.rows * each.purity)


def _accuracy(rows: Sequence[LabelledRow], labels: Sequence[str | None]) -> float:
    return sum(row.label == label for row, label in zip(rows, labels, strict=True)) / len(rows)
