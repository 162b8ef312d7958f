"""Two months of a file's rows, the second discovered with what was found in the first.

Both are discovered by production's own function, on a database.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from evaluation import hiding
from evaluation.dataset import LabelledRow
from evaluation.discovery_figures import PURITY, RECALL, NamedTheme, name_themes
from evaluation.hiding import Hiding
from evaluation.labelling import Way
from evaluation.labelling import run as label_rows
from evaluation.model import Models
from evaluation.stored_rows import add_categories, classified
from services.categorize.dependencies import Dependencies
from services.categorize.discovery import discover
from services.categorize.settings import CategorizeSettings
from shared.changes import curation
from shared.contracts.execution import Usage
from shared.contracts.records import ExecutionId, Profile
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus
from shared.platform.consumer import Attempt
from shared.platform.database import Database, Transaction
from shared.platform.received import Received
from shared.platform.telemetry import Telemetry
from shared.stores import category_store, execution_store

_PLACED = """
    SELECT COALESCE(c.name, f.label_final) AS label
    FROM customer_feedback f LEFT JOIN (category_row w JOIN customer_feedback_category c
        ON c.id = w.category_id AND c.status = 'proposed') ON w.feedback_id = f.id
    WHERE f.execution_id = %(execution_id)s ORDER BY f.`row_number`
"""
_SECONDS = 3600.0


@dataclass(frozen=True)
class Setting:
    """How the draws are made.

    Attributes:
        hide: categories hidden at a time.
        seeds: of the draws.
        end_to_end: labels by the configured model, instead of as a language model's.
        before: the second month was labelled before the first one's themes were categories.
        way: of labelling, for end to end.
    """

    hide: int
    seeds: Sequence[int]
    end_to_end: bool
    before: bool
    way: Way


@dataclass(frozen=True)
class StayedTheme:
    """A theme of the first month in the second.

    Attributes:
        gold: the hidden category that it is.
        names: the categories that the first month has found for it, the best first.
        rows: of the second month.
        stayed: those of them that have one of these categories.
        placed: those of them that have any category that either month has found.
        twins: what the second month has found for it once more.
    """

    gold: str
    names: tuple[str, ...]
    rows: int
    stayed: int
    placed: int
    twins: tuple[str, ...]


@dataclass(frozen=True)
class Outcomes:
    """What came of a draw.

    Attributes:
        themes: those of hidden categories that the first month has found.
        proposals: all categories that either month has found.
        new: how many the second month has found.
        calls: of the model, by both discoveries.
    """

    themes: tuple[StayedTheme, ...]
    proposals: tuple[NamedTheme, ...]
    new: int
    calls: int


class Months:
    """One draw: which rows are which month's, and which categories are hidden."""

    def __init__(
        self,
        models: Models,
        database: Database,
        profile: Profile,
        rows: Sequence[LabelledRow],
        setting: Setting,
        seed: int,
    ) -> None:
        self._models, self._database, self._profile = models, database, profile
        self._setting, self._seed = setting, seed
        order = random.Random(seed).sample(range(len(rows)), len(rows))  # noqa: S311
        self._rows = rows
        self._months = [rows[at] for at in order[::2]], [rows[at] for at in order[1::2]]

    def run(self, categories: Sequence[Category]) -> Outcomes:
        """Discovers in both."""
        hidden, visible = hiding.draw(self._rows, categories, self._setting.hide, self._seed)
        self._database.transact(partial(add_categories, profile=self._profile, categories=visible))
        first, second = self._months
        draw = Hiding(hidden, visible, tuple(self._labels(first, hidden, {})))
        self._discover("first", first, draw.labels)
        self._approve()
        named = name_themes(first, draw, self._found(self._placed("first")))
        good = _good(named, Counter(row.label for row in first))
        known = {} if self._setting.before else {gold: names[0] for gold, names in good.items()}
        self._discover("second", second, self._labels(second, hidden, known))
        themes, new = self._themes(draw, named, good)
        calls = sum(self._usage(name).calls for name in ("first", "second"))
        return Outcomes(tuple(themes), (*named, *new), len(new), calls)

    def _labels(
        self, rows: Sequence[LabelledRow], hidden: frozenset[str], known: Mapping[str, str]
    ) -> list[str | None]:
        """What the rows are labelled.

        Args:
            known: found categories by the hidden one that they are; a language model labels by them.
        """
        if self._setting.end_to_end:
            taxonomy = self._database.transact(lambda tx: category_store.categories(tx, self._profile))
            taxonomy = [each for each in taxonomy if each.status is CategoryStatus.ACTIVE]
            if self._setting.before:
                taxonomy = [each for each in taxonomy if each.origin is CategoryOrigin.DEFAULT]
            model, way = self._models.label, self._setting.way
            return list(label_rows(model, rows, taxonomy, [], way, self._seed).predicted)
        names = sorted({row.label for row in self._rows if row.label} - hidden)
        # A row's luck is its own, whatever was found: else two ways to discover would differ by luck, too.
        return [
            _as_a_language_model(row.label, hidden, known, names, random.Random(f"{self._seed} {row.text}"))  # noqa: S311
            for row in rows
        ]

    def _discover(self, name: str, rows: Sequence[LabelledRow], labels: Sequence[str | None]) -> None:
        execution_id = self._id(name)
        self._database.transact(
            partial(classified, execution_id=execution_id, profile=self._profile, rows=rows, labels=labels)
        )
        settings = CategorizeSettings(
            model_id=self._models.label.model_id, embedding_model_id=self._models.embed.model_id
        )
        deps = Dependencies(
            settings, self._database, self._models.label, self._models.embed, Telemetry("evaluation")
        )
        discover(deps, Attempt(lambda: _SECONDS, Received("evaluation", "")), execution_id)

    def _approve(self) -> None:
        """As people do between the months with what is too small to be used at once."""
        known = self._database.transact(lambda tx: category_store.categories(tx, self._profile))
        for each in known:
            if each.status is CategoryStatus.PROPOSED:
                self._database.transact(partial(curation.approve, category_id=each.id))

    def _id(self, name: str) -> ExecutionId:
        return f"{self._profile}-{name}"

    def _placed(self, name: str) -> list[str]:
        """What each row of the month has in the end: a label, or a proposed category for which it waits."""

        def read(tx: Transaction) -> list[str]:
            tx.execute(_PLACED, {"execution_id": self._id(name)})
            return [row["label"] for row in tx.fetchall()]

        return self._database.transact(read)

    def _found(self, labels: Sequence[str]) -> list[tuple[str, list[int]]]:
        """The categories that discovery has found, with the positions of these rows that have them."""
        known = self._database.transact(lambda tx: category_store.categories(tx, self._profile))
        found = [each.name for each in known if each.origin is CategoryOrigin.DISCOVERED]
        rows = {name: [at for at, label in enumerate(labels) if label == name] for name in found}
        return [(name, members) for name, members in rows.items() if members]

    def _themes(
        self, draw: Hiding, first: Sequence[NamedTheme], good: Mapping[str, Sequence[str]]
    ) -> tuple[list[StayedTheme], list[NamedTheme]]:
        """What became of each theme in the second month, and what that month has found."""
        rows, labels = self._months[1], self._placed("second")
        own = {theme.name: theme.gold for theme in first}
        new = name_themes(rows, draw, [each for each in self._found(labels) if each[0] not in own])
        found = own.keys() | {theme.name for theme in new}
        themes = []
        for gold, names in good.items():
            mine = [label for row, label in zip(rows, labels, strict=True) if row.label == gold]
            stayed = sum(own.get(label) == gold for label in mine)
            twins = [theme.name for theme in new if theme.gold == gold and theme.purity >= PURITY]
            placed = sum(label in found for label in mine)
            themes.append(StayedTheme(gold, tuple(names), len(mine), stayed, placed, tuple(twins)))
        return themes, new

    def _usage(self, name: str) -> Usage:
        execution = self._database.transact(lambda tx: execution_store.find(tx, self._id(name)))
        return execution.usage if execution else Usage()


def _good(named: Sequence[NamedTheme], totals: Mapping[str | None, int]) -> dict[str, list[str]]:
    """The hidden categories that were found, each with the names of its themes, the best first."""
    right: dict[str, list[NamedTheme]] = {}
    for theme in sorted(named, key=lambda each: -each.rows * each.purity):
        if theme.hidden and theme.gold and theme.purity >= PURITY:
            right.setdefault(theme.gold, []).append(theme)
    return {
        gold: [theme.name for theme in themes]
        for gold, themes in right.items()
        if sum(theme.purity * theme.rows for theme in themes) >= RECALL * totals[gold]
    }


def _as_a_language_model(
    gold: str | None,
    hidden: frozenset[str],
    known: Mapping[str, str],
    names: Sequence[str],
    chance: random.Random,
) -> str | None:
    if gold is not None and (gold in known or gold not in hidden):
        return None if chance.random() < hiding.FALSE_UNKNOWN else known.get(gold, gold)
    return None if chance.random() < hiding.HIDDEN_FOUND_UNKNOWN else chance.choice(names)
