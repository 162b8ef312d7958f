"""Categorize's own steps over rows in memory: embed, group, judge, merge, decide."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from evaluation.dataset import LabelledRow
from evaluation.hiding import Hiding
from evaluation.model import Models
from services.categorize import decisions, merging, planning
from services.categorize.decisions import Decision
from services.categorize.grouping import SEED, Floats, resolution_for
from services.categorize.judging import EXAMPLES_PER_CATEGORY, Question, judge
from services.categorize.outliers import without_outliers
from services.categorize.planning import CategoryVectors
from services.categorize.settings import CategorizeSettings
from shared.contracts.execution import Usage
from shared.contracts.records import text_key
from shared.contracts.taxonomy import Category
from shared.stores.discovery_store import Theme
from shared.stores.feedback_store.discover import PoolRow

_JUDGES = 4
MINIMUM_ROWS: int = CategorizeSettings.model_fields["minimum_rows"].default
MINIMUM_SHARE: float = CategorizeSettings.model_fields["minimum_share"].default


@dataclass(frozen=True)
class Discovered:
    """What discovery made of the unknown rows.

    Attributes:
        new: the new categories: name and the positions of their rows.
        existing: rows that turned out to be of an existing category: position and its name.
        usage: of judging and merging.
    """

    new: tuple[tuple[str, tuple[int, ...]], ...]
    existing: Mapping[int, str]
    groups: int
    usage: Usage


def embed(models: Models, texts: Sequence[str]) -> Floats:
    """One vector a text, each different text asked once."""
    different = list(dict.fromkeys(texts))
    vectors: dict[str, Floats] = {}
    for at, found, _ in models.embed.embed(different):
        vectors.update(zip(different[at : at + len(found)], found, strict=True))
    return np.stack([vectors[text] for text in texts])


def group_pool(
    vectors: Floats, rows: Sequence[LabelledRow], hiding: Hiding, seed: int = SEED
) -> list[list[bytes]]:
    """The groups of the pool's texts, the most central text of each first."""
    keyed = {text_key("", rows[at].text): vectors[at] for at in hiding.pool}
    sizes = Counter(label for label in hiding.labels if label is not None)
    typical = planning.typical_size(list(sizes.values()), len(keyed), MINIMUM_ROWS)
    at_least = planning.minimum(len(hiding.pool), MINIMUM_ROWS, MINIMUM_SHARE)
    enough = at_least * len(keyed) / max(1, len(hiding.pool))
    return planning.group_texts(keyed, resolution_for(len(keyed), typical), seed, enough)


class Discoverer:
    """Discovers among the rows that a hiding left unknown.

    Args:
        vectors: of the rows, in their order.
    """

    def __init__(self, models: Models, rows: Sequence[LabelledRow], vectors: Floats) -> None:
        self._models = models
        self._rows = rows
        self._vectors = vectors

    def run(self, hiding: Hiding) -> Discovered:
        """Groups, judges, merges and decides as the categorize function does."""
        keys = {at: text_key("", self._rows[at].text) for at in hiding.pool}
        # Row ids are positions from 1, as a database would number them.
        pool = [PoolRow(id=at + 1, text_key=key) for at, key in keys.items()]
        vectors = {key: self._vectors[at] for at, key in keys.items()}
        sample = _sample(hiding)
        near = self._lie(hiding.visible, sample)
        groups = group_pool(self._vectors, self._rows, hiding)
        at_least = planning.minimum(len(pool), MINIMUM_ROWS, MINIMUM_SHARE)
        themes = planning.themes(pool, groups, vectors, near, at_least)
        judged, used = self._judge(themes, hiding, sample)
        while coarse := planning.too_coarse(judged, at_least):
            parts: list[Theme] = []
            for theme in coarse:
                own = [row for row in pool if row.id in set(theme.row_ids)]
                parts += planning.divide(theme, own, vectors, near, at_least, len(judged) + len(parts) + 1)
            verdicts, spent = self._judge(parts, hiding, sample)
            numbers = {theme.number for theme in coarse}
            judged = [t.model_copy(update={"divided": t.divided or t.number in numbers}) for t in judged]
            judged, used = judged + verdicts, used + spent
        return self._decide(judged, hiding, used, near, at_least)

    def _lie(
        self, categories: Sequence[Category], sample: Mapping[str, Sequence[int]]
    ) -> dict[int, CategoryVectors]:
        words = embed(self._models, [f"{each.name}: {each.description}" for each in categories])
        return {
            category.id: CategoryVectors(
                own, planning.cluster([self._vectors[at] for at in sample.get(category.name, ())])
            )
            for category, own in zip(categories, words, strict=True)
        }

    def _judge(
        self, themes: Sequence[Theme], hiding: Hiding, sample: Mapping[str, Sequence[int]]
    ) -> tuple[list[Theme], Usage]:
        visible = {category.id: category for category in hiding.visible}

        def ask(theme: Theme) -> tuple[Theme, Usage]:
            near = [visible[key] for key in theme.category_ids]
            examples = {each.id: [self._rows[at].text for at in sample.get(each.name, ())] for each in near}
            shown = [self._rows[row_id - 1].text for row_id in theme.shown_ids]
            verdict, used = judge(self._models.label, Question(shown, near, examples))
            return theme.model_copy(update={"verdict": verdict}), used

        with ThreadPoolExecutor(_JUDGES) as pool:
            answers = list(pool.map(ask, themes))
        return [theme for theme, _ in answers], sum((used for _, used in answers), Usage())

    def _decide(
        self,
        themes: Sequence[Theme],
        hiding: Hiding,
        used: Usage,
        near: Mapping[int, CategoryVectors],
        at_least: int,
    ) -> Discovered:
        visible = {category.id: category for category in hiding.visible}
        candidates = decisions.merge_candidates(themes, visible)
        lines, spent = merging.merge(self._models.label, decisions.proposals(themes), candidates)
        decided = decisions.decide(themes, lines or [], visible)
        vectors = {at + 1: self._vectors[at] for at in hiding.pool}
        decided = without_outliers(decided, vectors, near, at_least)
        new = tuple((each.new.name, _positions(each)) for each in decided if each.new is not None)
        existing = {
            at: visible[each.category_id].name
            for each in decided
            if each.category_id is not None
            for at in _positions(each)
        }
        return Discovered(new, existing, len(themes), used + spent)


def _positions(decision: Decision) -> tuple[int, ...]:
    return tuple(row_id - 1 for row_id in decision.row_ids)


def _sample(hiding: Hiding) -> dict[str, list[int]]:
    """The last rows of each category, as the database gives its newest."""
    sample: dict[str, list[int]] = {}
    for at in range(len(hiding.labels) - 1, -1, -1):
        label = hiding.labels[at]
        if label is not None and len(sample.setdefault(label, [])) < EXAMPLES_PER_CATEGORY:
            sample[label].append(at)
    return sample
