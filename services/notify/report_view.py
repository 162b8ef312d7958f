"""The variables of the report's template, worked out of the figures; the sentences are in the template."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from services.notify import charts, report_categories, report_charts, words
from services.notify.file_facts import file_facts
from services.notify.repeats import repeats
from services.notify.report_attributes import attribute_tables, team_table
from services.notify.report_charts import Trends
from services.notify.report_figures import QUOTED, ReportFigures
from shared.contracts import keys
from shared.contracts.execution import Execution
from shared.contracts.taxonomy import UNKNOWN
from shared.stores.feedback_store import NEIGHBOURS
from shared.stores.feedback_store.quotes import Quote


class Tile(NamedTuple):
    """How many rows have this status."""

    name: str
    rows: int


class CategoryExamples(NamedTuple):
    """A category with examples of its rows."""

    category: str
    quotes: list[Quote]


def report_view(
    figures: ReportFigures, threshold: float, bucket: str, model_note: str, now: datetime
) -> dict[str, Any]:
    """The template's variables.

    Args:
        threshold: the share of failed and rejected rows above which the report says that it needs attention.
        bucket: where the other files lie.
        model_note: what people should know of the model; may be empty.
        now: UTC, without a zone.
    """
    execution, trends = figures.execution, Trends(figures)
    where_rows_went = tiles(execution)
    return {
        "figures": figures,
        "execution": execution,
        "wording": figures.wording,
        "counts": execution.counts,
        "title": words.title(execution),
        "needs_attention": figures.unusable_share > threshold,
        "leading": report_categories.leading(figures),
        "most_negative": report_categories.most_negative(figures),
        "tiles": where_rows_went,
        "tiles_bar": charts.bar(where_rows_went, sum(tile.rows for tile in where_rows_went)),
        "table": report_categories.category_table(figures, trends),
        "groups": report_categories.groups(figures),
        "attributes": [*team_table(figures), *attribute_tables(figures)],
        "new_categories": report_categories.new_categories(figures),
        "over_time": report_charts.over_time(figures, trends) if figures.wording.felt else None,
        "stars": report_charts.stars(figures),
        # Each page is about a product of its own, and says nothing of a time.
        "products": report_charts.products(figures) if figures.wording.felt else [],
        "examples": examples(figures),
        "most_examples": QUOTED,
        "unknown_quotes": figures.examples_of(UNKNOWN),
        **_how_it_was_made(figures, model_note, now),
        "file": file_facts(execution.checkpoint),
        "repeats": repeats(execution, figures.known),
        "bucket": bucket,
        "results_key": keys.results(execution.execution_id),
        "rejected_key": keys.rejected(execution.execution_id),
    }


def _how_it_was_made(figures: ReportFigures, model_note: str, now: datetime) -> dict[str, Any]:
    execution = figures.execution
    return {
        "models": [name for name in versions(figures, "model_id") if name != NEIGHBOURS],
        "by_neighbours": sum(each.rows for each in figures.answering if each.model_id == NEIGHBOURS),
        "version_lines": version_lines(figures),
        "model_note": model_note,
        "cost_per_thousand": cost_per_thousand(figures),
        "stages": stages(execution),
        "duration": (execution.completed_at or execution.categorized_at or now) - execution.started_at,
        "now": now,
    }


def tiles(execution: Execution) -> list[Tile]:
    """How many rows have each status; all of them are the rows read."""
    counts = execution.counts
    names = ("labelled", "unknown", "failed", "rejected")
    more = [Tile("skipped", counts.skipped), Tile("waiting", counts.parked)]
    return [*(Tile(name, getattr(counts, name)) for name in names), *(tile for tile in more if tile.rows)]


def examples(figures: ReportFigures) -> list[CategoryExamples]:
    """A few rows of each of the largest categories."""
    named = [(c.name, figures.examples_of(c.name)) for c in figures.categories[:QUOTED]]
    return [CategoryExamples(name, quotes) for name, quotes in named if quotes]


def versions(figures: ReportFigures, name: str) -> list[str]:
    """All values of this field among the models that answered."""
    return sorted({str(value) for each in figures.answering if (value := getattr(each, name)) is not None})


def version_lines(figures: ReportFigures) -> dict[str, list[str]]:
    """The versions with which the rows were labelled, by their name in the report."""
    profile = figures.execution.profile
    of_profile = [f"{profile}, version {version}" for version in versions(figures, "profile_version")]
    return {
        "Profile": of_profile or [profile],
        "Prompt": versions(figures, "prompt_version"),
        "Taxonomy version": versions(figures, "taxonomy_version"),
        "Corrections version": versions(figures, "corrections_version"),
    }


def cost_per_thousand(figures: ReportFigures) -> Decimal | None:
    """The estimated cost of 1,000 labelled rows; None if nothing was paid or labelled."""
    cost = figures.execution.estimated_cost
    return cost / figures.answered * 1000 if figures.answered and cost else None


def stages(execution: Execution) -> dict[str, timedelta]:
    """How long after the arrival each stage ended."""
    ends = {
        "read": execution.ingested_at,
        "labelled": execution.classified_at,
        "searched for new themes": execution.categorized_at,
    }
    return {name: end - execution.started_at for name, end in ends.items() if end is not None}
