"""Categorize's own steps over rows in memory: embed, group, judge, merge, ask again, decide."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from evaluation.dataset import LabelledRow, as_category
from evaluation.hiding import Hiding
from evaluation.labelling import Way
from evaluation.labelling import run as label_rows
from evaluation.model import Models
from services.categorize import clusters, decisions, merging, planning
from services.categorize.clusters import CategoryVectors
from services.categorize.decisions import Decision
from services.categorize.existing_categories import SAMPLED_PER_CATEGORY
from services.categorize.grouping import Floats
from services.categorize.judge_question import (
    EXAMPLES_PER_CATEGORY,
    SHOWN_CHARACTERS,
    Question,
    labels_of,
)
from services.categorize.judging import judge
from services.categorize.outliers import without_outliers
from services.categorize.settings import CategorizeSettings
from services.categorize.theme_search import Pool, grouped
from shared.contracts.execution import Usage
from shared.contracts.records import text_key
from shared.contracts.taxonomy import Category, CategoryStatus
from shared.model.examples import Corrected
from shared.stores.discovery_store import Theme
from shared.stores.feedback_store.discover import PoolRow

_JUDGES = 4
_HERE = "here"
_NEW = 100_000
"""Ids of new categories begin here."""
MINIMUM_ROWS: int = CategorizeSettings.model_fields["minimum_rows"].default
MINIMUM_SHARE: float = CategorizeSettings.model_fields["minimum_share"].default


@dataclass(frozen=True)
class Discovered:
    """What discovery made of the rows.

    Attributes:
        new: the new categories: name and the positions of their rows.
        existing: unknown rows that turned out to be of an existing category: position and its name.
        usage: of judging, merging and asking again.
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
        rows = [np.frombuffer(vector, "<f4") for vector in found]
        vectors.update(zip(different[at : at + len(rows)], rows, strict=True))
    return np.stack([vectors[text] for text in texts])


def pool_rows(rows: Sequence[LabelledRow], hiding: Hiding) -> list[PoolRow]:
    """Row ids are positions from 1, as a database would number them."""
    return [
        PoolRow(
            id=at,
            text_key=text_key("", row.text),
            execution_id=_HERE,
            label=label,
            product=row.product or None,
        )
        for at, (row, label) in enumerate(zip(rows, hiding.labels, strict=True), 1)
    ]


def pool_of(
    rows: Sequence[LabelledRow],
    vectors: Floats,
    hiding: Hiding,
    near: Mapping[int, CategoryVectors] | None = None,
) -> Pool:
    """The rows as categorize would search them."""
    return Pool(
        rows=pool_rows(rows, hiding),
        vectors={text_key("", row.text): vector for row, vector in zip(rows, vectors, strict=True)},
        categories=near or {},
        sizes=Counter(hiding.labels),
        execution_id=_HERE,
        taxonomy_version=0,
        at_least=planning.minimum(len(rows), MINIMUM_ROWS, MINIMUM_SHARE),
        minimum_rows=MINIMUM_ROWS,
    )


class Discoverer:
    """Discovers among rows that a hiding labelled, or left unknown.

    Args:
        vectors: of the rows, in their order.
        way: how rows are labelled when they are asked again.
    """

    def __init__(self, models: Models, rows: Sequence[LabelledRow], vectors: Floats, way: Way) -> None:
        self._models, self._rows, self._vectors, self._way = models, rows, vectors, way

    def run(self, hiding: Hiding, corrected: Sequence[Corrected] = ()) -> Discovered:
        """Groups, judges, merges, asks again and decides as the categorize function does.

        Args:
            corrected: the rows that people corrected, for those that are asked again.
        """
        sample = self._sample(hiding, corrected)
        near = self._lie(hiding.visible, sample, corrected)
        pool = pool_of(self._rows, self._vectors, hiding, near)
        at_least = pool.at_least
        themes = grouped(pool).themes
        judged, used = self._judge(themes, hiding, sample)
        while coarse := planning.too_coarse(judged, at_least):
            parts: list[Theme] = []
            for theme in coarse:
                own, number = [pool.rows[key - 1] for key in theme.row_ids], len(judged) + len(parts) + 1
                parts += planning.divide(theme, own, pool.vectors, near, at_least, number)
            verdicts, spent = self._judge(parts, hiding, sample)
            numbers = {theme.number for theme in coarse}
            judged = [t.model_copy(update={"divided": t.divided or t.number in numbers}) for t in judged]
            judged, used = judged + verdicts, used + spent
        decided, spent = self._decide(judged, hiding, pool, near)
        decided = [replace(each, status=CategoryStatus.ACTIVE) for each in decided]
        moved, cost = self._ask_again(decided, hiding, corrected)
        decided = decisions.with_moved(decided, moved, at_least)
        return _discovered(decided, hiding, len(themes), used + spent + cost)

    def _sample(self, hiding: Hiding, corrected: Sequence[Corrected]) -> dict[str, list[str]]:
        """Texts of each category: those that people gave it, then the last ones, as of the newest rows."""
        sample: dict[str, list[str]] = {}
        for each in corrected:
            sample.setdefault(each.category, []).append(each.text)
        for row, label in zip(reversed(self._rows), reversed(hiding.labels), strict=True):
            if label is not None and len(sample.setdefault(label, [])) < SAMPLED_PER_CATEGORY:
                sample[label].append(row.text)
        return sample

    def _lie(
        self,
        categories: Sequence[Category],
        sample: Mapping[str, Sequence[str]],
        corrected: Sequence[Corrected],
    ) -> dict[int, CategoryVectors]:
        words = embed(self._models, [f"{each.name}: {each.description}" for each in categories])
        given = {
            each.category: [c.text for c in corrected if c.category == each.category] for each in corrected
        }
        return {
            each.id: CategoryVectors(
                own,
                clusters.cluster(self._embedded(sample.get(each.name, ()))),
                each.name,
                tuple(self._embedded(given.get(each.name, ()))),
            )
            for each, own in zip(categories, words, strict=True)
        }

    def _embedded(self, texts: Sequence[str]) -> list[Floats]:
        return list(embed(self._models, texts)) if texts else []

    def _judge(
        self, themes: Sequence[Theme], hiding: Hiding, sample: Mapping[str, Sequence[str]]
    ) -> tuple[list[Theme], Usage]:
        visible = {category.id: category for category in hiding.visible}

        def ask(theme: Theme) -> tuple[Theme, Usage]:
            near = [visible[key] for key in theme.category_ids]
            own = {self._rows[row_id - 1].text for row_id in theme.row_ids}
            others = {
                each.id: [text for text in sample.get(each.name, ()) if text not in own] for each in near
            }
            examples = {key: texts[:EXAMPLES_PER_CATEGORY] for key, texts in others.items()}
            shown = [self._rows[row_id - 1].text[:SHOWN_CHARACTERS] for row_id in theme.shown_ids]
            given = [hiding.labels[row_id - 1] for row_id in theme.row_ids]
            labels = labels_of(given, Counter(hiding.labels), near)
            verdict, used = judge(self._models.label, Question(shown, near, examples, labels))
            return theme.model_copy(update={"verdict": verdict}), used

        with ThreadPoolExecutor(_JUDGES) as pool:
            answers = list(pool.map(ask, themes))
        return [theme for theme, _ in answers], sum((used for _, used in answers), Usage())

    def _decide(
        self, themes: Sequence[Theme], hiding: Hiding, pool: Pool, near: Mapping[int, CategoryVectors]
    ) -> tuple[list[Decision], Usage]:
        visible = {category.id: category for category in hiding.visible}
        candidates = decisions.merge_candidates(themes, visible)
        lines, spent = merging.merge(self._models.label, decisions.proposals(themes), candidates)
        decided = decisions.decide(themes, lines or [], visible)
        decided = decisions.parted(decided, {row.id: row for row in pool.rows}, _HERE)
        vectors = dict(enumerate(self._vectors, 1))
        return without_outliers(decided, vectors, near, pool.at_least), spent

    def _ask_again(
        self, decided: Sequence[Decision], hiding: Hiding, corrected: Sequence[Corrected]
    ) -> tuple[dict[int, str], Usage]:
        """The rows with a label that get a new category when they are asked with it among the others."""
        row_ids = [row_id for each in decided if each.is_asked for row_id in each.labelled_ids]
        if not row_ids:
            return {}, Usage()
        new = [as_category(_NEW + n, each.new) for n, each in enumerate(decided) if each.new is not None]
        rows = [self._rows[row_id - 1] for row_id in row_ids]
        typical = [
            Corrected(-row_id, each.new.name, self._rows[row_id - 1].text)
            for each in decided
            if each.new is not None
            for row_id in each.typical_ids
        ]
        examples = [*typical, *corrected] if corrected else []
        run = label_rows(self._models.label, rows, [*hiding.visible, *new], examples, self._way)
        names = {each.name for each in new}
        answers = zip(row_ids, run.predicted, strict=True)
        return {row_id: name for row_id, name in answers if name in names}, run.usage


def _discovered(decided: Sequence[Decision], hiding: Hiding, groups: int, used: Usage) -> Discovered:
    names = {category.id: category.name for category in hiding.visible}
    new = tuple(
        (each.new.name, tuple(row_id - 1 for row_id in each.row_ids + each.moved_ids))
        for each in decided
        if each.new is not None
    )
    existing = {
        row_id - 1: names[each.category_id]
        for each in decided
        if each.category_id is not None
        for row_id in each.row_ids
    }
    return Discovered(new, existing, groups, used)
