"""Whether a theme that was found in one month is the same category in the next one's file: the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evaluation.database import running
from evaluation.dataset import Dataset
from evaluation.label_report import means, ranges, spread_table
from evaluation.model import Models
from evaluation.months import Months, Outcomes, Setting
from evaluation.page import Table
from shared.contracts.taxonomy import Category
from tests.conftest import open_login


def evaluate(
    models: Models, dataset: Dataset, categories: Sequence[Category], setting: Setting
) -> dict[str, Any]:
    """Figures of each draw, their means, and what each theme became."""
    draws, themes = [], []
    with running() as login:
        for seed in setting.seeds:
            database = open_login(login)
            months = Months(models, database, f"draw-{seed}", dataset.rows, setting, seed)
            found = months.run(categories)
            draws.append(_figures(found))
            themes.append([asdict(theme) for theme in found.themes])
            database.close()
    return {"figures": means(draws), "ranges": ranges(draws), "draws": draws, "themes": themes}


def tables(found: Mapping[str, Any]) -> list[Table]:
    """The result as tables to read."""
    lines = [
        (draw, t["gold"], ", ".join(t["names"]), t["rows"], t["stayed"], ", ".join(t["twins"]))
        for draw, themes in enumerate(found["themes"], 1)
        for t in themes
    ]
    columns = list(found["draws"][0])
    heading = ("draw", "theme", "the first month's category", "rows next month", "stayed", "twins")
    return [
        spread_table(found),
        ("Draws", columns, [list(draw.values()) for draw in found["draws"]]),
        ("Themes of the first month in the second", heading, lines),
    ]


def _figures(found: Outcomes) -> dict[str, float]:
    rows, stayed, placed = (
        sum(getattr(theme, name) for theme in found.themes) for name in ("rows", "stayed", "placed")
    )
    return {
        "found": len(found.themes),
        "stayed": stayed / max(1, rows),
        "of_found": stayed / max(1, placed),
        "twins": sum(len(theme.twins) for theme in found.themes),
        "new": found.new,
        "duplicates": sum(theme.is_duplicate for theme in found.proposals),
        "calls": found.calls,
    }
