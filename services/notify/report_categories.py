"""The report's categories: those it names first, the table, the groups, and what discovery found."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.notify import charts, words
from services.notify.category_figures import CategoryFigures
from services.notify.charts import Bar, SmallColumns
from services.notify.report_charts import Trends
from services.notify.report_figures import LISTED, ReportFigures
from shared.stores.category_store import FoundCategory
from shared.stores.feedback_store.quotes import Quote

_MOSTLY_NEGATIVE = 0.5
"""From this share of negative rows on, a category is named as the most negative one."""
_AS_LARGE = 0.9
"""From this share of the largest category's rows on, another one leads with it."""
_LEADING = 4
_LEAST_SHARE = 0.02
"""A category with a smaller share of the rows is not singled out."""


class CategoryLine(NamedTuple):
    """One category in the table."""

    category: CategoryFigures
    is_new: bool
    description: str
    bar: Bar
    trend: SmallColumns | None


class CategoryTable(NamedTuple):
    """The largest categories, those that are too many to be listed, and unknown if rows have that label."""

    lines: list[CategoryLine]
    mentions: bool
    """Whether any row speaks of more than one topic."""
    more: Sequence[CategoryFigures]
    unknown: CategoryLine | None


class GroupLine(NamedTuple):
    """A category together with those whose parent it is."""

    name: str
    children: list[str]
    rows: int
    negative: int
    description: str
    bar: Bar


class DiscoveredCategory(NamedTuple):
    """A category that discovery found, rows of this execution that have it or speak of it, and examples."""

    found: FoundCategory
    rows: int
    further: int
    quotes: list[Quote]


def leading(figures: ReportFigures) -> Sequence[CategoryFigures]:
    """The largest category, or the few that are about as large."""
    categories = figures.categories[:_LEADING]
    return [c for c in categories if c.rows >= _AS_LARGE * categories[0].rows]


def most_negative(figures: ReportFigures) -> CategoryFigures | None:
    """The category with the largest share of negative rows, if that is large and so is the category."""
    if not figures.wording.felt:
        return None
    least = max(5, _LEAST_SHARE * figures.answered)
    large = [category for category in figures.categories if category.rows >= least]
    worst = max(large, key=lambda c: c.sentiment("negative") / c.rows, default=None)
    enough = worst is not None and worst.sentiment("negative") >= _MOSTLY_NEGATIVE * worst.rows
    return worst if enough else None


def category_table(figures: ReportFigures, trends: Trends) -> CategoryTable | None:
    """The table of categories, its bars on one scale; None if no row has a label."""
    if not figures.answered:
        return None
    listed, unknown = figures.categories[:LISTED], figures.unknown
    listed += figures.mentioned[: LISTED - len(listed)]
    widest = max(category.rows for category in [*listed, unknown])
    found = {each.name.casefold() for each in figures.found}

    def line(category: CategoryFigures) -> CategoryLine:
        return CategoryLine(
            category=category,
            is_new=category.name.casefold() in found,
            description=_described(figures, category.by_sentiment),
            bar=_bar(figures, category.by_sentiment, widest),
            trend=trends.small_chart(category.name),
        )

    return CategoryTable(
        lines=[line(category) for category in listed],
        mentions=any(category.further for category in [*listed, unknown]),
        more=figures.categories[LISTED:],
        unknown=line(unknown) if unknown.rows else None,
    )


def groups(figures: ReportFigures) -> list[GroupLine]:
    """The categories rolled up to their parents, most rows first; none if no category has a parent."""
    grouped: dict[str, list[CategoryFigures]] = {}
    for category in figures.categories:
        grouped.setdefault(category.parent or category.name, []).append(category)
    if not any(category.parent for category in figures.categories):
        return []
    widest = max(sum(each.rows for each in members) for members in grouped.values())
    lines = [_group(figures, name, members, widest) for name, members in grouped.items()]
    return sorted(lines, key=lambda line: (-line.rows, line.name))


def _group(figures: ReportFigures, name: str, members: Sequence[CategoryFigures], widest: int) -> GroupLine:
    by_sentiment: Counter[str] = Counter()
    for each in members:
        by_sentiment.update(each.by_sentiment)
    return GroupLine(
        name=name,
        children=[each.name for each in members if each.name != name],
        rows=sum(each.rows for each in members),
        negative=by_sentiment["negative"],
        description=_described(figures, by_sentiment),
        bar=_bar(figures, by_sentiment, widest),
    )


def _bar(figures: ReportFigures, by_sentiment: Mapping[str, int], widest: int) -> Bar:
    """Rows by sentiment; in one colour where nobody feels anything."""
    rows = sum(by_sentiment.values())
    return (
        charts.sentiment_bar(by_sentiment, widest)
        if figures.wording.felt
        else charts.bar([("accent", rows)], widest)
    )


def _described(figures: ReportFigures, by_sentiment: Mapping[str, int]) -> str:
    rows = words.plural(sum(by_sentiment.values()), figures.wording.one, figures.wording.many)
    return charts.description(by_sentiment) if figures.wording.felt else rows


def new_categories(figures: ReportFigures) -> list[DiscoveredCategory]:
    """What this execution's discovery found."""
    quotes = {quote.record_id: quote for quote in figures.found_quotes}
    named = {each.name.casefold(): each for each in (*figures.categories, *figures.mentioned)}

    def shown(found: FoundCategory) -> DiscoveredCategory:
        own = named.get(found.name.casefold())
        rows, mentions = (own.rows, own.mentions) if own else (0, 0)
        examples = [quotes[record_id] for record_id in found.examples if record_id in quotes]
        return DiscoveredCategory(found, rows, mentions - rows, examples)

    return [shown(found) for found in figures.found]
