"""Where groups of rows and existing categories lie, and which are near to each other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from services.categorize.grouping import Floats
from services.categorize.judge_question import NEAREST_CATEGORIES

FEWEST_ROWS = 3
"""Rows from which their centre says where they lie."""
LOOSEST = 0.15
"""Cohesion below which texts have no more in common than any others."""
UNLIKE = 0.85
"""Closeness below which a group and a category are not the same, whatever their names say."""


@dataclass(frozen=True)
class Cluster:
    """The position of a set of vectors.

    Attributes:
        centre: the mean of their vectors, which is the shorter the looser they are.
        cohesion: mean similarity of two different ones.
    """

    centre: Floats
    cohesion: float

    def closeness(self, other: "Cluster") -> float:
        """Mean similarity across the two, in units of what each reaches within: 1 for the same theme."""
        within = max(self.cohesion, LOOSEST) * max(other.cohesion, LOOSEST)
        return float(self.centre @ other.centre) / math.sqrt(within)


@dataclass(frozen=True)
class CategoryVectors:
    """The vectors of a category.

    Attributes:
        words: the vector of its name and description.
        rows: where rows that have it lie; None if there are too few.
        name: as rows are labelled with it.
        corrected: vectors of rows that people gave it.
    """

    words: Floats
    rows: Cluster | None = None
    name: str = ""
    corrected: tuple[Floats, ...] = ()


def cluster(vectors: Sequence[Floats]) -> Cluster | None:
    """The cluster of these vectors of length 1; None of fewer than `FEWEST_ROWS`."""
    if len(vectors) < FEWEST_ROWS:
        return None
    return Cluster(np.stack(vectors).mean(axis=0), cohesion(vectors))


def cohesion(vectors: Sequence[Floats]) -> float:
    """Mean similarity of two different ones of these; 1 for one alone."""
    count = len(vectors)
    if count < 2:
        return 1.0
    centre = np.stack(vectors).mean(axis=0)
    return (count * float(centre @ centre) - 1) / (count - 1)


def unlike(members: Sequence[Floats], categories: Mapping[int, CategoryVectors]) -> list[int]:
    """The ids of the categories whose rows are clearly other than the group's."""
    group = cluster(members)
    return [
        key
        for key, each in sorted(categories.items())
        if group is not None and each.rows is not None and group.closeness(each.rows) < UNLIKE
    ]


def nearest(centre: Floats, categories: Mapping[int, CategoryVectors]) -> list[int]:
    """The ids of the categories nearest to a centre: by their rows and by their words, in turns.

    The two similarities are of different scales, and so are never compared with each other.
    """
    by_rows = {
        key: float(each.rows.centre @ centre) / max(float(np.linalg.norm(each.rows.centre)), 1e-6)
        for key, each in categories.items()
        if each.rows is not None
    }
    by_words = {key: float(each.words @ centre) for key, each in categories.items()}
    turns = zip_longest(*(sorted(by, key=lambda key: (-by[key], key)) for by in (by_rows, by_words)))
    order = dict.fromkeys(key for turn in turns for key in turn if key is not None)
    return list(order)[:NEAREST_CATEGORIES]


def directions(rows: Floats) -> Floats:
    """The rows, each scaled to length 1."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)
