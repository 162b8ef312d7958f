"""Removes rows from new categories that are nearer to an existing one: grouping leaves no row out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from services.categorize.decisions import Decision
from services.categorize.grouping import Floats
from services.categorize.planning import FEWEST_ROWS, CategoryVectors

NEARER = 0.9
"""Of a row's similarity to a category's rows, what its similarity to the others of its theme must reach."""


def without_outliers(
    decisions: Sequence[Decision],
    vectors: Mapping[int, Floats],
    categories: Mapping[int, CategoryVectors],
    at_least: int,
) -> list[Decision]:
    """The decisions, new categories without the rows that are clearly nearer to an existing one's.

    Those were unknown by mistake, as likely as not. They stay unknown, and are counted in again with
    the next execution. A new category that is too small without them has to wait.

    Args:
        vectors: of the rows, by row id; a row without one stays where it is.
        categories: vectors of existing categories, by id.
        at_least: rows from which there is a new category.
    """
    centres = [each.rows.centre for each in categories.values() if each.rows is not None]
    if not centres:
        return list(decisions)
    directions = _directions(np.stack(centres))
    kept = [_without_outliers(each, vectors, directions) if each.new else each for each in decisions]
    return [each for each in kept if each.new is None or len(each.row_ids) >= at_least]


def _without_outliers(decision: Decision, vectors: Mapping[int, Floats], directions: Floats) -> Decision:
    known = [row_id for row_id in decision.row_ids if row_id in vectors]
    if len(known) < FEWEST_ROWS:
        return decision
    rows = np.stack([vectors[row_id] for row_id in known])
    own = (rows * _directions(rows.sum(axis=0) - rows)).sum(axis=1)
    elsewhere = (rows @ directions.T).max(axis=1)
    outliers = {row_id for row_id, far in zip(known, own < NEARER * elsewhere, strict=True) if far}
    return replace(
        decision,
        row_ids=tuple(row_id for row_id in decision.row_ids if row_id not in outliers),
        example_ids=tuple(row_id for row_id in decision.example_ids if row_id not in outliers),
    )


def _directions(rows: Floats) -> Floats:
    """The rows, each scaled to length 1."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)
