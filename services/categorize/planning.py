"""Selects the groups to judge (themes) from the vectors, and what the model is shown of each."""

import math
from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np

from services.categorize import grouping
from services.categorize.clusters import CategoryVectors, nearest, unlike
from services.categorize.grouping import Floats
from services.categorize.judge_question import shown
from shared.stores.discovery_store import Theme
from shared.stores.feedback_store.discover import PoolRow

FINER = (1.0, 2.0, 4.0)
"""Resolutions at which a mixed theme is grouped again; 1 is modularity's own."""
BROADEST = 1.5
"""Times the square root of the texts: rows of a group at most, for themes are finer than broad categories."""
FEWEST_OF_A_PRODUCT = 5
"""Texts about a product from which it is known what they have in common."""


def minimum(pool: int, rows: int, share: float) -> int:
    """Rows from which a group is a theme."""
    return max(rows, math.ceil(pool * share))


def typical_size(category_rows: Sequence[int], texts: int, minimum_rows: int) -> float:
    """How many rows a group has, to be about as fine as the categories; of few broad ones, finer.

    Without a labelled row to learn it from, the square root of the texts: neither one group nor many.
    """
    known = [rows for rows in category_rows if rows]
    finest = math.sqrt(texts)
    return max(min(median(known), BROADEST * finest) if known else finest, float(minimum_rows))


def themes(
    rows: Sequence[PoolRow],
    groups: Sequence[Sequence[bytes]],
    vectors: Mapping[bytes, Floats],
    categories: Mapping[int, CategoryVectors],
    at_least: int,
) -> list[Theme]:
    """The groups of at least so many rows, largest first.

    Args:
        rows: the pool.
        groups: texts of each group, the most central first.
        vectors: of the texts.
        categories: vectors of existing categories, by id.
    """
    of_text: dict[bytes, list[int]] = {}
    for row in sorted(rows, key=lambda each: each.id):
        of_text.setdefault(row.text_key, []).append(row.id)
    found = []
    for keys in groups:
        row_ids = [row_id for key in keys for row_id in of_text[key]]
        if len(row_ids) >= at_least:
            shown_ids = tuple(of_text[key][0] for key in shown_keys(keys))
            theme = Theme(number=0, row_ids=tuple(row_ids), shown_ids=shown_ids, category_ids=())
            found.append(_beside(theme, [vectors[key] for key in keys], categories))
    found.sort(key=lambda theme: (-len(theme.row_ids), theme.row_ids))
    return [theme.model_copy(update={"number": number}) for number, theme in enumerate(found, 1)]


def of_rows(rows: Sequence[PoolRow], vectors: Mapping[bytes, Floats]) -> dict[bytes, Floats]:
    """The vectors of these rows' texts."""
    return {row.text_key: vectors[row.text_key] for row in rows}


def beside(
    found: Sequence[Theme],
    rows: Sequence[PoolRow],
    vectors: Mapping[bytes, Floats],
    categories: Mapping[int, CategoryVectors],
) -> list[Theme]:
    """The themes with the existing categories that are nearest to each, and those that are unlike it."""
    keys = {row.id: row.text_key for row in rows}
    made = []
    for theme in found:
        members = [vectors[key] for key in dict.fromkeys(keys[row_id] for row_id in theme.row_ids)]
        made.append(_beside(theme, members, categories))
    return made


def _beside(theme: Theme, members: Sequence[Floats], categories: Mapping[int, CategoryVectors]) -> Theme:
    near = nearest(np.mean(members, axis=0), categories)
    other = unlike(members, categories)
    return theme.model_copy(update={"category_ids": tuple(near), "unlike_ids": tuple(other)})


def too_coarse(themes: Sequence[Theme], at_least: int) -> list[Theme]:
    """The mixed themes that are large enough to hold two of at least so many rows."""
    return [
        theme
        for theme in themes
        if theme.verdict is not None
        and theme.verdict.is_mixed
        and not theme.divided
        and len(theme.row_ids) >= 2 * at_least
    ]


def unjudged(themes: Sequence[Theme]) -> list[Theme]:
    """Those that the model could not answer about, and that are not in smaller themes now."""
    return [theme for theme in themes if theme.verdict and theme.verdict.failed and not theme.divided]


def divide(
    theme: Theme,
    rows: Sequence[PoolRow],
    vectors: Mapping[bytes, Floats],
    categories: Mapping[int, CategoryVectors],
    at_least: int,
    numbers_from: int,
) -> list[Theme]:
    """The parts of a mixed theme that are of at least so many rows; each is smaller than the theme.

    How fine themes are is not known beforehand: the taxonomy only suggests it. So what the model finds
    mixed is grouped again on its own, finer until it falls apart.

    Args:
        rows: the theme's.
        numbers_from: the number of the first part.
    """
    own = {row.text_key: vectors[row.text_key] for row in rows}
    grouped = without_products(rows, own)
    for resolution in FINER:
        groups = group_texts(grouped, resolution)
        parts = themes(rows, groups, own, categories, at_least)
        if all(len(part.row_ids) < len(theme.row_ids) for part in parts):
            return [
                part.model_copy(update={"number": number}) for number, part in enumerate(parts, numbers_from)
            ]
    return []


def shown_keys(keys: Sequence[bytes]) -> list[bytes]:
    """Of a group's texts, the most central first, those that the model reads."""
    return [keys[place] for place in shown(range(len(keys)))]


def without_products(rows: Sequence[PoolRow], vectors: Mapping[bytes, Floats]) -> dict[bytes, Floats]:
    """The vectors, each without what all texts about its product have in common.

    Texts about one product are alike whatever they say of it: they would be grouped by product, and a theme
    is about all products or some. Where one product is all there is, nothing is taken away.
    """
    products = {row.text_key: row.product for row in reversed(rows) if row.product}
    members: dict[str | None, list[bytes]] = {}
    for key in vectors:
        members.setdefault(products.get(key), []).append(key)
    found = dict(vectors)
    if len(members) <= 1:
        return found
    middle = np.mean(list(vectors.values()), axis=0)
    for product, keys in members.items():
        if product and len(keys) >= FEWEST_OF_A_PRODUCT:
            off = np.mean([vectors[key] for key in keys], axis=0) - middle
            found |= {key: _unit(vectors[key] - off) for key in keys}
    return found


def _unit(vector: Floats) -> Floats:
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


def group_texts(
    vectors: Mapping[bytes, Floats], resolution: float, seed: int = grouping.SEED, at_least: float = 0.0
) -> list[list[bytes]]:
    """Groups of texts, each with its most central text first.

    Texts are put in the order of their keys before, so that the order of the rows changes nothing.

    Args:
        at_least: texts from which a group is worth a question.
    """
    if not vectors:
        return []
    keys = sorted(vectors)
    matrix = np.stack([vectors[key] for key in keys])
    groups = grouping.group(matrix, resolution, seed, at_least)
    return [[keys[at] for at in grouping.central_first(matrix, members)] for members in groups]
