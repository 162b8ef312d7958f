"""Which groups of rows may hide a new category, so that the model is asked about them.

Rows that no category suits get the nearest one, or none: a language model has no better answer. So a theme
that nobody has named lies among labelled rows, too. It shows itself by this: it is far from the words of all
categories, and no category's words or corrected rows lie in it rather than in other groups; no category has
most of its rows and little else; it is as large as other groups, and its rows lie close together.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from services.categorize.clusters import UNLIKE, CategoryVectors, cluster, cohesion
from services.categorize.grouping import Floats
from shared.contracts.records import ExecutionId
from shared.stores.discovery_store import Theme
from shared.stores.feedback_store.discover import PoolRow

# Coefficients of a logistic regression over the groups of 110 draws of banking77, each with 20 of its 77
# categories hidden: with and without descriptions, with no corrected row or up to five of each category or of
# each second one. Two weights were set and the others follow from them: the embedded engine calls more rows
# unknown by mistake than a language model does, and where categories are broad, distance says what groups are
# parts of one. Far and close are ranks among all groups, from 0 to 1, because every embedding model has a
# scale of its own.
FAR, CLOSE, OVERLAP, SIZE, UNKNOWN, NONE = 2.5, 2.65, -5.75, 3.1, 0.6, -1.25
NAMED, CORRECTED, COVERED = -0.95, -4.75, 0.95
OF_ONE = 0.9
"""Share of a group's rows that have one category from which the group is a part of it."""
LEAST = 0.1
"""Above 0 a group is rather new than not by the regression; more, because a duplicate costs people more."""
EDGE_SHARE = 0.1
"""Of a group's rows so many lie at its edge, and what lies farther out is not in it."""
FEWEST_CORRECTED = 2
"""Rows that people gave a category from which they say where it lies: one may be a slip."""
LOOSEST_SHARE = 0.2
"""Of the groups of all rows so many are mixtures rather than themes: they are the loosest."""
ROUNDING = 1e-4
"""By less the closeness of groups differs by rounding alone, as that of groups of one text each does."""


@dataclass(frozen=True)
class Position:
    """Where a group lies.

    Attributes:
        reach: similarity to its direction that nearly all of its rows have.
        far: how far it is from the words of the nearest category.
        close: how close its rows lie together.
    """

    rows: int
    direction: Floats
    reach: float
    far: float
    close: float


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
        positions = [self._position(group) for group in groups]
        self._numbers = {group.row_ids: number for number, group in enumerate(groups)}
        self._distances = sorted(each.far for each in positions)
        self._cohesions = sorted(each.close for each in positions)
        self._claims = Claims(positions, categories.values(), sizes) if positions and categories else None

    def __call__(self, group: Theme) -> bool:
        """Whether there may be a new category in it; where there is none yet, all rows are unknown ones."""
        rows = [self._rows[row_id] for row_id in group.row_ids]
        labels = Counter(row.label for row in rows)
        unknown = labels.pop(None, 0)
        if self._claims is None or max(labels.values(), default=0) >= OF_ONE * len(rows):
            return False
        position = self._position(group)
        score = NONE + FAR * _rank(position.far, self._distances)
        score += CLOSE * _rank(position.close, self._cohesions)
        score += SIZE * math.log(len(rows) / self._typical) + UNKNOWN * unknown / len(rows)
        score += OVERLAP * overlap(rows, self._sizes)
        return score + self._claims.score(self._numbers.get(group.row_ids), labels) > LEAST

    def is_loose(self, group: Theme) -> bool:
        """Whether its rows lie as far apart as those of mixtures; among few groups it is not known."""
        mixtures = int(LOOSEST_SHARE * len(self._cohesions))
        return mixtures > 0 and self._position(group).close < self._cohesions[mixtures] - ROUNDING

    def _position(self, group: Theme) -> Position:
        keys = list(dict.fromkeys(self._rows[row_id].text_key for row_id in group.row_ids))
        own = np.stack([self._vectors[key] for key in keys])
        centre = own.mean(axis=0)
        direction = centre / max(float(np.linalg.norm(centre)), 1e-6)
        nearest = 0.0 if self._words is None else float((self._words @ direction).max())
        return Position(
            rows=len(group.row_ids),
            direction=direction,
            reach=float(np.quantile(own @ direction, EDGE_SHARE)),
            far=-nearest,
            close=cohesion([self._grouped.get(key, self._vectors[key]) for key in keys]),
        )


class Claims:
    """What is known of existing categories lies in some group: that one is rather theirs than new.

    Args:
        positions: where the groups lie.
        categories: the existing ones.
        sizes: how many rows have each label.
    """

    def __init__(
        self,
        positions: Sequence[Position],
        categories: Collection[CategoryVectors],
        sizes: Mapping[str | None, int],
    ) -> None:
        directions = np.stack([each.direction for each in positions])
        reach = np.array([each.reach for each in positions])
        fewest = min(each.rows for each in positions)
        # Of a category that hardly any row has, no group is expected.
        words = [each.words for each in categories if sizes.get(each.name, 0) >= fewest]
        self._named = set((np.stack(words) @ directions.T).argmax(axis=1).tolist()) if words else set()
        self._covered: dict[str | None, float] = {}
        self._corrected: dict[int | None, float] = {}
        for each in categories:
            count = len(each.corrected)
            if count >= FEWEST_CORRECTED:
                self._covered[each.name] = count / (count + 1)
                near = np.stack(each.corrected) @ directions.T
                groups = near.argmax(axis=1)
                inside = groups[near.max(axis=1) >= reach[groups]].tolist()
                for number, rows in Counter(inside).items():
                    share = rows / (count + 1)
                    self._corrected[number] = max(share, self._corrected.get(number, 0.0))

    def score(self, number: int | None, labels: Mapping[str | None, int]) -> float:
        """What this says for a group, or against it.

        Where its rows have categories of which corrected rows lie elsewhere, that says something, too.

        Args:
            number: the place among all groups; None of a part of one.
            labels: how many of its rows have each.
        """
        covered = sum(rows * self._covered.get(name, 0.0) for name, rows in labels.items())
        score = NAMED * (number in self._named) + CORRECTED * self._corrected.get(number, 0.0)
        return score + COVERED * covered / max(1, sum(labels.values()))


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
    """From 0 to 1; equal ones share the mean of their ranks."""
    first = bisect_left(ordered, value)
    last = max(first, bisect_right(ordered, value) - 1)
    return (first + last) / 2 / max(1, len(ordered) - 1)
