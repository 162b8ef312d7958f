"""Removes rows from new categories that are nearer to an existing one: grouping leaves no row out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.categorize.clusters import FEWEST_ROWS, CategoryVectors, directions
from services.categorize.decisions import CountRows, Decision
from services.categorize.grouping import Floats

NEARER = 0.9
"""Of a row's similarity to a category's rows, what its similarity to the others of its theme must reach."""


def without_outliers(
    decisions: Sequence[Decision],
    vectors: Mapping[int, Floats],
    categories: Mapping[int, CategoryVectors],
    at_least: int,
    count: CountRows = len,
) -> list[Decision]:
    """The decisions, new categories without the unknown rows that are clearly nearer to an existing one's.

    Those were unknown by mistake, as likely as not. They stay unknown, and are counted in again with
    the next execution. A new category that is too small without them has to wait. A row with a label is
    asked again in any case: its own text decides.

    Args:
        vectors: of the rows, by row id; a row without one stays where it is.
        categories: vectors of existing categories, by id.
        at_least: rows from which there is a new category.
        count: of row ids, how many feedbacks they are.
    """
    elsewhere = Elsewhere(categories)
    kept = [_without_outliers(each, vectors, elsewhere) if each.new else each for each in decisions]
    return [each for each in kept if each.new is None or count(each.carrier_ids) >= at_least]


class Elsewhere:
    """Where the rows of existing categories lie."""

    def __init__(self, categories: Mapping[int, CategoryVectors]) -> None:
        centres = [each.rows.centre for each in categories.values() if each.rows is not None]
        self._directions = directions(np.stack(centres)) if centres else None

    def is_nearer(self, rows: Floats, own: Floats) -> NDArray[np.bool_]:
        """Which of the rows are clearly nearer to one of them than they are to their own theme.

        Args:
            own: how near each is to its theme.
        """
        if self._directions is None:
            return np.zeros(len(rows), np.bool_)
        return np.asarray(own < NEARER * (rows @ self._directions.T).max(axis=1))


def _without_outliers(decision: Decision, vectors: Mapping[int, Floats], elsewhere: Elsewhere) -> Decision:
    known = [row_id for row_id in decision.carrier_ids if row_id in vectors]
    if len(known) < FEWEST_ROWS:
        return decision
    rows = np.stack([vectors[row_id] for row_id in known])
    own = (rows * directions(rows.sum(axis=0) - rows)).sum(axis=1)
    far = elsewhere.is_nearer(rows, own)
    outliers = {row_id for row_id, is_far in zip(known, far, strict=True) if is_far}
    return replace(
        decision,
        row_ids=tuple(row_id for row_id in decision.row_ids if row_id not in outliers),
        example_ids=tuple(row_id for row_id in decision.example_ids if row_id not in outliers),
    )
