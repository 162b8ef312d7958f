"""Whether a theme that was found in one month is the same category in the next one's file.

A file's rows are two months'. Both are discovered by production's own function on a database of their own,
the second with what the first has found.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from benchmarks.database import running
from evaluation import hiding
from evaluation.dataset import Dataset, LabelledRow
from evaluation.discovery_figures import PURITY, RECALL, NamedTheme, name_themes
from evaluation.hiding import Hiding
from evaluation.label_report import means, ranges, spread_table
from evaluation.labelling import Way
from evaluation.labelling import run as label_rows
from evaluation.model import Models
from evaluation.page import Table
from services.categorize.dependencies import Dependencies
from services.categorize.discovery import discover
from services.categorize.settings import CategorizeSettings
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Source, Usage
from shared.contracts.records import ExecutionId, Feedback, Profile, Record
from shared.contracts.taxonomy import UNKNOWN, Category, CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.consumer import Attempt
from shared.platform.database import Database, Transaction
from shared.platform.received import Received
from shared.platform.telemetry import Telemetry
from shared.stores import category_store, execution_store, feedback_store
from shared.stores.feedback_store import Outcome, RowStatus
from tests.conftest import open_login

STAYS = 0.9
"""Share of the second month's rows of a found theme that have the first month's category, at least."""
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
class Stayed:
    """What became of the first month's themes in the second.

    Attributes:
        found: themes of hidden categories that the first month has found.
        stayed: share of their rows in the second month that have the first month's category.
        of_found: the same of those rows that have a category which either month has found.
        twins: categories that the second month has found for one of these themes once more.
        new: categories that it has found in all.
        duplicates: those of them, and of the first month's, whose rows are mostly of a category that
            everybody could see.
        calls: of the model, by both discoveries.
    """

    found: int
    stayed: float
    of_found: float
    twins: int
    new: int
    duplicates: int
    calls: int


def evaluate(
    models: Models, dataset: Dataset, categories: Sequence[Category], setting: Setting
) -> dict[str, Any]:
    """Figures of each draw, their means, and what each theme became."""
    draws, themes = [], []
    with running() as login:
        for seed in setting.seeds:
            database = open_login(login)
            draw = _Draw(models, database, f"draw-{seed}", dataset.rows, setting, seed)
            stayed, named = draw.run(categories)
            draws.append(asdict(stayed))
            themes.append(named)
            database.close()
    return {"figures": means(draws), "ranges": ranges(draws), "draws": draws, "themes": themes}


def tables(found: Mapping[str, Any]) -> list[Table]:
    """The result as tables to read."""
    lines = [
        (draw, gold, names, rows, stayed, twins)
        for draw, themes in enumerate(found["themes"], 1)
        for gold, names, rows, stayed, twins in themes
    ]
    columns = list(found["draws"][0])
    heading = ("draw", "theme", "the first month's category", "rows next month", "stayed", "twins")
    return [
        spread_table(found),
        ("Draws", columns, [list(draw.values()) for draw in found["draws"]]),
        ("Themes of the first month in the second", heading, lines),
    ]


class _Draw:
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

    def run(self, categories: Sequence[Category]) -> tuple[Stayed, list[tuple[Any, ...]]]:
        hidden, visible = hiding.draw(self._rows, categories, self._setting.hide, self._seed)
        self._database.transact(partial(_add, profile=self._profile, categories=visible))
        first, second = self._months
        before = self._labels(first, hidden, {})
        self._discover("first", first, before)
        labels = self._final("first")
        proposals = self._proposals(labels, set())
        draw = Hiding(hidden, visible, tuple(before))
        named = name_themes(first, draw, proposals)
        totals = Counter(row.label for row in first)
        good: dict[str, list[str]] = {}
        for theme in sorted(named, key=lambda each: -each.rows * each.purity):
            if theme.hidden and theme.gold and theme.purity >= PURITY:
                good.setdefault(theme.gold, []).append(theme.name)
        share = {g: sum(t.purity * t.rows for t in named if t.name in n) / totals[g] for g, n in good.items()}
        good = {gold: names for gold, names in good.items() if share[gold] >= RECALL}
        known = {} if self._setting.before else {gold: names[0] for gold, names in good.items()}
        self._discover("second", second, self._labels(second, hidden, known))
        return self._stayed(draw, named, good)

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
        chance = random.Random(f"{self._seed} {len(known)}")  # noqa: S311
        names = sorted({row.label for row in self._rows if row.label} - hidden)
        return [_as_a_language_model(row.label, hidden, known, names, chance) for row in rows]

    def _discover(self, name: str, rows: Sequence[LabelledRow], labels: Sequence[str | None]) -> None:
        execution_id = self._id(name)
        self._database.transact(
            partial(_classified, execution_id=execution_id, profile=self._profile, rows=rows, labels=labels)
        )
        settings = CategorizeSettings(
            model_id=self._models.label.model_id, embedding_model_id=self._models.embed.model_id
        )
        deps = Dependencies(
            settings, self._database, self._models.label, self._models.embed, Telemetry("evaluation")
        )
        discover(deps, Attempt(lambda: _SECONDS, Received("evaluation", "")), execution_id)

    def _id(self, name: str) -> ExecutionId:
        return f"{self._profile}-{name}"

    def _final(self, name: str) -> list[str]:
        """The rows' final labels, in their order."""
        query = (
            "SELECT label_final AS label FROM customer_feedback WHERE execution_id = %s ORDER BY `row_number`"
        )

        def read(tx: Transaction) -> list[str]:
            tx.execute(query, (self._id(name),))
            return [row["label"] for row in tx.fetchall()]

        return self._database.transact(read)

    def _proposals(self, labels: Sequence[str], but: set[str]) -> list[tuple[str, list[int]]]:
        """The categories that discovery has found, with the positions of their rows."""
        known = self._database.transact(lambda tx: category_store.categories(tx, self._profile))
        found = [each.name for each in known if each.origin is CategoryOrigin.DISCOVERED]
        rows = {name: [at for at, label in enumerate(labels) if label == name] for name in found}
        return [(name, members) for name, members in rows.items() if members and name not in but]

    def _stayed(
        self, draw: Hiding, first: Sequence[NamedTheme], good: Mapping[str, Sequence[str]]
    ) -> tuple[Stayed, list[tuple[Any, ...]]]:
        rows, labels = self._months[1], self._final("second")
        earlier = {theme.name for theme in first}
        new = name_themes(rows, draw, self._proposals(labels, earlier))
        found = earlier | {theme.name for theme in new}
        own = {theme.name: theme.gold for theme in first}
        twins = [theme for theme in new if theme.gold in good]
        lines, stayed, placed, total = [], 0, 0, 0
        for gold, names in good.items():
            mine = [label for row, label in zip(rows, labels, strict=True) if row.label == gold]
            here = sum(own.get(label) == gold for label in mine)
            stayed, placed, total = (
                stayed + here,
                placed + sum(each in found for each in mine),
                total + len(mine),
            )
            again = ", ".join(theme.name for theme in twins if theme.gold == gold)
            lines.append((gold, ", ".join(names), len(mine), here / max(1, len(mine)), again))
        used = sum((self._usage(name) for name in ("first", "second")), Usage())
        duplicates = sum(theme.is_duplicate for theme in (*first, *new))
        return (
            Stayed(
                found=len(good),
                stayed=stayed / max(1, total),
                of_found=stayed / max(1, placed),
                twins=len(twins),
                new=len(new),
                duplicates=duplicates,
                calls=used.calls,
            ),
            lines,
        )

    def _usage(self, name: str) -> Usage:
        execution = self._database.transact(lambda tx: execution_store.find(tx, self._id(name)))
        return execution.usage if execution else Usage()


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


def _add(tx: Transaction, profile: Profile, categories: Sequence[Category]) -> None:
    for each in categories:
        new = NewCategory(name=each.name, description=each.description)
        category_store.add(tx, profile, new, CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT)


def _classified(
    tx: Transaction,
    execution_id: ExecutionId,
    profile: Profile,
    rows: Sequence[LabelledRow],
    labels: Sequence[str | None],
) -> None:
    """An execution whose rows are all labelled, ready for discovery."""
    outcomes = [
        Outcome(
            record=Record(
                record_id=f"{execution_id}:{number}",
                profile=profile,
                execution_id=execution_id,
                row_number=number,
                feedback=Feedback(feedback=row.text, product_name=row.product),
            ),
            status=RowStatus.LABELLED if label else RowStatus.UNKNOWN,
            label=label or UNKNOWN,
            sentiment="neutral",
        )
        for number, (row, label) in enumerate(zip(rows, labels, strict=True), 1)
    ]
    lifecycle.start_file(tx, execution_id, profile, Source(bucket="evaluation", key=execution_id))
    execution_store.save_slice(tx, execution_id, 0, {}, Counts(rows_read=len(rows), accepted=len(rows)))
    execution_store.lock(tx, execution_id)
    lifecycle.count_written(tx, execution_id, feedback_store.write_outcomes(tx, execution_id, outcomes))
    lifecycle.close_receiving(tx, execution_id)
