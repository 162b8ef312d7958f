"""Categories taken out of a taxonomy, and the unknown rows that their absence leaves."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.dataset import LabelledRow
from evaluation.model import EvaluationError
from shared.contracts.taxonomy import Category

FEWEST_ROWS = 20
"""Of a category that is hidden; one of fewer is no theme that anybody would look for."""

HIDDEN_FOUND_UNKNOWN = 0.85
"""Share of rows without a category that a language model calls unknown."""
FALSE_UNKNOWN = 0.10
"""Share of the other rows that it calls unknown, too."""


@dataclass(frozen=True)
class Hiding:
    """One draw.

    Attributes:
        hidden: names of the categories that discovery is to find.
        visible: the taxonomy that is left.
        labels: what each row was labelled, None for unknown.
    """

    hidden: frozenset[str]
    visible: tuple[Category, ...]
    labels: tuple[str | None, ...]

    @property
    def unknown(self) -> list[int]:
        """Positions of the unknown rows."""
        return [position for position, label in enumerate(self.labels) if label is None]


def draw(
    rows: Sequence[LabelledRow], categories: Sequence[Category], hide: int, seed: int
) -> tuple[frozenset[str], tuple[Category, ...]]:
    """The names of the categories to hide, among those with rows enough, and those that are left.

    Raises:
        EvaluationError: there are not so many, or none would be left.
    """
    sizes = Counter(row.label for row in rows)
    large = sorted(category.name for category in categories if sizes[category.name] >= FEWEST_ROWS)
    if hide > len(large) or hide >= len(categories):
        raise EvaluationError(
            f"{hide} categories cannot be hidden: {len(large)} of {len(categories)} have"
            f" {FEWEST_ROWS} rows or more, and one must be left"
        )
    hidden = frozenset(random.Random(seed).sample(large, hide))  # noqa: S311 - a sample, not a secret
    return hidden, tuple(category for category in categories if category.name not in hidden)


def as_a_language_model(
    rows: Sequence[LabelledRow], categories: Sequence[Category], hide: int, seed: int
) -> Hiding:
    """Labels as a language model would give them: nearly right, and unknown where nothing fits.

    Of the rows of hidden categories some get a wrong label; of the others some are unknown for nothing.
    """
    hidden, visible = draw(rows, categories, hide, seed)
    chance = random.Random(seed + 1)  # noqa: S311
    names = [category.name for category in visible]
    labels: list[str | None] = []
    for row in rows:
        if row.label is None or row.label in hidden:
            labels.append(None if chance.random() < HIDDEN_FOUND_UNKNOWN else chance.choice(names))
        else:
            labels.append(None if chance.random() < FALSE_UNKNOWN else row.label)
    return Hiding(hidden, visible, tuple(labels))
