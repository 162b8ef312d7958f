"""Runs discovery over several draws of hidden categories, and puts the figures side by side."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evaluation import baseline, hiding
from evaluation.dataset import Dataset, LabelledRow
from evaluation.discovering import Discoverer, embed, pool_of
from evaluation.discovery_figures import found_share, measure, name_themes
from evaluation.group_numbers import labels_of
from evaluation.hiding import Hiding
from evaluation.label_report import means, ranges, spread_table
from evaluation.labelling import Way, corrected_rows
from evaluation.labelling import run as label_rows
from evaluation.metrics import adjusted_rand_index
from evaluation.model import Models
from evaluation.page import Table
from services.categorize import planning
from services.categorize.grouping import Floats
from services.categorize.theme_search import groups_of
from shared.contracts.taxonomy import Category
from shared.model.examples import Corrected

_OTHER_SEED = 1000


@dataclass(frozen=True)
class Setting:
    """How the draws are made.

    Attributes:
        hide: categories hidden at a time.
        seeds: of the draws.
        end_to_end: unknowns by the configured model's own labels, instead of as a language model's.
        way: of labelling, for end to end; examples are of the visible categories.
        bertopic: an interpreter with BERTopic, to run beside, or None.
    """

    hide: int
    seeds: Sequence[int]
    end_to_end: bool
    way: Way
    bertopic: Path | None


def evaluate(
    models: Models, dataset: Dataset, categories: Sequence[Category], setting: Setting
) -> dict[str, Any]:
    """Figures of each draw, their means, and the names of each beside the gold ones."""
    rows = dataset.rows
    vectors = embed(models, [row.text for row in rows])
    discoverer = Discoverer(models, rows, vectors, setting.way)
    draws, names = [], []
    for seed in setting.seeds:
        corrected = corrected_rows(dataset, setting.way.examples, seed)
        hidden, examples = _hiding(models, dataset, categories, setting, seed, corrected)
        discovered = discoverer.run(hidden, examples)
        figures = asdict(measure(rows, hidden, discovered))
        figures |= {"unknown": len(hidden.unknown), "judged": discovered.groups}
        figures |= {"calls": discovered.usage.calls, "dollars": float(discovered.usage.estimated_cost)}
        figures["agreement"] = _agreement(vectors, rows, hidden)
        if setting.bertopic:
            figures["found_by_bertopic"] = _bertopic(setting.bertopic, rows, vectors, hidden, seed)
        draws.append(figures)
        names.append([asdict(theme) for theme in name_themes(rows, hidden, discovered.new)])
        missed = sorted(hidden.hidden - {theme["gold"] for theme in names[-1]})
        names[-1] += [{"name": "", "gold": gold, "rows": 0, "purity": 0.0, "hidden": True} for gold in missed]
    figures = means(draws)
    return {"figures": figures, "ranges": ranges(draws), "draws": draws, "names": names}


def tables(found: dict[str, Any]) -> list[Table]:
    """The result as tables to read."""
    columns = list(found["draws"][0])
    return [
        spread_table(found),
        ("Draws", columns, [list(draw.values()) for draw in found["draws"]]),
        (
            "Names of each draw, beside the gold ones",
            ("draw", "proposed", "most of its rows are", "rows", "purity", "hidden"),
            [
                (
                    draw,
                    n["name"] or "(not found)",
                    n["gold"] or "(of no category)",
                    n["rows"],
                    n["purity"],
                    "yes" if n["hidden"] else "no",
                )
                for draw, names in enumerate(found["names"], 1)
                for n in sorted(names, key=lambda each: (not each["hidden"], each["gold"] or ""))
            ],
        ),
    ]


def _hiding(
    models: Models,
    dataset: Dataset,
    categories: Sequence[Category],
    setting: Setting,
    seed: int,
    corrected: Sequence[Corrected],
) -> tuple[Hiding, list[Corrected]]:
    """The draw, and the corrected rows of the categories that it leaves."""
    hidden, visible = hiding.draw(dataset.rows, categories, setting.hide, seed)
    examples = [each for each in corrected if each.category not in hidden]
    if not setting.end_to_end:
        return hiding.as_a_language_model(dataset.rows, categories, setting.hide, seed), examples
    run = label_rows(models.label, dataset.rows, visible, examples, setting.way, seed, models.embed)
    return Hiding(hidden, visible, run.predicted), examples


def _agreement(vectors: Floats, rows: Sequence[LabelledRow], hidden: Hiding) -> float:
    """Adjusted Rand index of two groupings with different seeds; the rows' order is no part."""
    pool = pool_of(rows, vectors, hidden)
    grouped = planning.without_products(pool.rows, pool.vectors)
    one, other = (groups_of(pool, pool.rows, grouped, seed) for seed in (1, _OTHER_SEED))
    return adjusted_rand_index(*labels_of(one, other))


def _bertopic(python: Path, rows: Sequence[LabelledRow], vectors: Floats, hidden: Hiding, seed: int) -> float:
    topics = baseline.bertopic(python, [row.text for row in rows], vectors, seed)
    return found_share(rows, hidden, baseline.proposals(topics, range(len(rows))))
