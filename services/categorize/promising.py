"""Which groups of rows may hide a new category, so that the model is asked about them.

Rows that no category suits get the nearest one, or none: a language model has no better answer. So a theme
that nobody has named lies among labelled rows, too. It shows itself by four things: it is far from the words
of every category, no category has most of its rows and little else, it is as large as other groups, and its
rows lie close together.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np

from services.categorize.grouping import Floats
from services.categorize.clusters import UNLIKE, CategoryVectors, cluster
from shared.contracts.records import ExecutionId
from shared.stores.discovery_store import Theme
from shared.stores.feedback_store.discover import PoolRow

# Coefficients of a logistic regression over the groups of twenty draws of banking77, each with 20 of 77
# categories hidden, with and without descriptions and corrected rows. Far and close are ranks among all
# groups, from 0 to 1, because every embedding model has a scale of its own.
FAR, CLOSE, OVERLAP, SIZE, UNKNOWN, NONE = 3.1, 2.4, -6.35, 2.7, 0.9, -1.5
OF_ONE = 0.9
"""Share of a group's rows that have one category from which the group is a part of it."""
LEAST = 0.2
"""Above 0 it is rather new than not by the regression; more, because a duplicate costs people more."""


class Promising:
    """Tells for each group of a discovery whether the model is asked about it.

    Args:
        groups: all that are large enough for a category; they are the measure of what is far and close.
        rows: the pool.
        vectors: of its texts; by these it is known what lies far from the categories.
        grouped: by which they were grouped; by these it is known what lies close together.
        categories: vectors of existing categories, by id.
        sizes: how many rows have each label.
    """

    def __init__(
        self,
        groups: Sequence[Theme],
        rows: Sequence[PoolRow],
        vectors: Mapping[bytes, Floats],
        grouped: Mapping[bytes, Floats],
        categories: Mapping[int, CategoryVectors],
        sizes: Mapping[str | None, int],
    ) -> None:
        self._rows = {row.id: row for row in rows}
        self._vectors, self._grouped, self._sizes = vectors, grouped, sizes
        self._typical = median(len(group.row_ids) for group in groups) if groups else 1.0
        self._words = np.stack([each.words for each in categories.values()]) if categories else None
        measured = [self._measured(group) for group in groups]
        self._distances = sorted(far for far, _ in measured)
        self._cohesions = sorted(close for _, close in measured)

    def __call__(self, group: Theme) -> bool:
        """Whether there may be a new category in it; where there is none yet, all rows are unknown ones."""
        rows = [self._rows[row_id] for row_id in group.row_ids]
        labels = Counter(row.label for row in rows)
        unknown = labels.pop(None, 0)
        if self._words is None or max(labels.values(), default=0) >= OF_ONE * len(rows):
            return False
        far, close = self._measured(group)
        score = NONE + FAR * _rank(far, self._distances) + CLOSE * _rank(close, self._cohesions)
        score += SIZE * math.log(len(rows) / self._typical) + UNKNOWN * unknown / len(rows)
        return score + OVERLAP * overlap(rows, self._sizes) > LEAST

    def _measured(self, group: Theme) -> tuple[float, float]:
        """How far the group is from the words of the nearest category, and how close its rows lie."""
        keys = dict.fromkeys(self._rows[row_id].text_key for row_id in group.row_ids)
        centre = np.mean([self._vectors[key] for key in keys], axis=0)
        length = max(float(np.linalg.norm(centre)), 1e-6)
        nearest = 0.0 if self._words is None else float((self._words @ centre).max()) / length
        close = float(np.linalg.norm(np.mean([self._grouped[key] for key in keys], axis=0)))
        return -nearest, close


class Neighbours:
    """Tells of a group of unknown rows whether it lies where the execution's labelled rows around it do.

    Then they have no other theme than these, and were called unknown by mistake. Rows of earlier executions
    say nothing: they may have got a category that this execution's rows were not asked with.

    Args:
        groups: of all rows.
        rows: the pool.
        vectors: of its texts.
        execution_id: whose labelled rows count.
    """

    def __init__(
        self,
        groups: Sequence[Theme],
        rows: Sequence[PoolRow],
        vectors: Mapping[bytes, Floats],
        execution_id: ExecutionId,
    ) -> None:
        self._rows = {row.id: row for row in rows}
        self._vectors, self._execution_id = vectors, execution_id
        self._group_of = {row_id: group for group in groups for row_id in group.row_ids}

    def have(self, theme: Theme) -> bool:
        """Whether the labelled rows around it are about the same."""
        around = Counter(id(self._group_of[key]) for key in theme.row_ids if key in self._group_of)
        if not around:
            return False
        (most, _), *_ = around.most_common(1)
        group = next(self._group_of[key] for key in theme.row_ids if id(self._group_of.get(key)) == most)
        others = [self._rows[row_id] for row_id in group.row_ids]
        others = [row for row in others if row.execution_id == self._execution_id]
        labels = Counter(row.label for row in others if row.label is not None)
        if not labels:
            return False
        (label, _), *_ = labels.most_common(1)
        own, near = (
            cluster([self._vectors[key] for key in dict.fromkeys(row.text_key for row in some)])
            for some in (
                [self._rows[row_id] for row_id in theme.row_ids],
                [row for row in others if row.label == label],
            )
        )
        return own is not None and near is not None and own.closeness(near) >= UNLIKE


def overlap(rows: Sequence[PoolRow], sizes: Mapping[str | None, int]) -> float:
    """How far the group and one category are the same rows: 1 if all, 0 if none (Dice's coefficient)."""
    here = Counter(row.label for row in rows if row.label is not None)
    shares = [2 * count / (len(rows) + max(count, sizes.get(name, 0))) for name, count in here.items()]
    return max(shares, default=0.0)


def _rank(value: float, ordered: Sequence[float]) -> float:
    return bisect_left(ordered, value) / max(1, len(ordered) - 1)
