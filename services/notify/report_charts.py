"""The charts of a report, worked out of its figures: rows over time, by stars and by product."""

from collections import Counter, defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from services.notify import charts
from services.notify.category_figures import CategoryFigures
from services.notify.charts import Bar, Columns, SmallColumns, Step
from services.notify.report_figures import ReportFigures
from services.notify.time_scale import steps
from shared.stores.feedback_store.report import ProductCount
from shared.stores.feedback_store.report_times import Period

_MULTIPLES = 6
"""How many categories get a larger chart of their own over time."""


class SmallChart(NamedTuple):
    """One category over time."""

    category: str
    columns: SmallColumns


class OverTime(NamedTuple):
    """All rows over time, and the largest categories each on one common scale from `first` to `last`."""

    columns: Columns
    small_charts: list[SmallChart]
    first: str
    last: str


class StarLine(NamedTuple):
    """Rows with this many stars."""

    star: int
    rows: int
    bar: Bar


class StarsChart(NamedTuple):
    """How many stars customers gave.

    Attributes:
        starred: rows that have stars, and `without` those that have none.
        rounded: whether fractions were rounded for the lines.
    """

    lines: list[StarLine]
    average: Decimal
    starred: int
    without: int
    rounded: bool


class ProductLine(NamedTuple):
    """Rows about one product."""

    product: ProductCount
    bar: Bar
    stars: Decimal | None


class Trends:
    """Rows of each label in each step of the time that the rows span."""

    def __init__(self, figures: ReportFigures) -> None:
        first, last = figures.span.first, figures.span.last
        self.starts = steps(first, last, figures.period) if first and last else []
        self._rows: Counter[tuple[str, date]] = Counter()
        for count in figures.trends:
            self._rows[(count.key or "").casefold(), count.start] = count.rows

    def of(self, label: str) -> list[int]:
        """Rows of this label, step by step."""
        return [self._rows[label.casefold(), start] for start in self.starts]

    def small_chart(self, label: str) -> SmallColumns | None:
        """A chart on a scale of its own; None if there are no rows, or only one step."""
        values = self.of(label)
        if len(values) < 2 or not any(values):
            return None
        return charts.small_columns(values, max(values))


def over_time(figures: ReportFigures, trends: Trends) -> OverTime | None:
    """Rows by week or month, all together and for the largest categories each; None for a single step."""
    starts, period = trends.starts, figures.period
    if len(starts) < 2:
        return None
    parts: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for count in figures.by_time:
        parts[count.start][count.key or ""] = count.rows
    ticks = charts.ticks(tick_names(starts, period))
    drawn = [Step(full_name(s, period), tick, parts[s]) for s, tick in zip(starts, ticks, strict=True)]
    small = _small_charts(figures.categories[:_MULTIPLES], trends)
    return OverTime(
        charts.columns(drawn), small, short_name(starts[0], period), short_name(starts[-1], period)
    )


def stars(figures: ReportFigures) -> StarsChart | None:
    """Rows by stars; None if no row has any."""
    starred = [(count.stars, count) for count in figures.by_stars if count.stars is not None]
    rows = sum(count.rows for _, count in starred)
    if not rows:
        return None
    by_star: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for value, count in starred:
        by_star[_nearest(value)][count.sentiment or ""] += count.rows
    widest = max(parts.total() for parts in by_star.values())
    shown = range(5, -1 if 0 in by_star else 0, -1)
    return StarsChart(
        lines=[StarLine(s, by_star[s].total(), charts.sentiment_bar(by_star[s], widest)) for s in shown],
        average=sum((value * count.rows for value, count in starred), Decimal(0)) / rows,
        starred=rows,
        without=sum(count.rows for count in figures.by_stars if count.stars is None),
        rounded=any(value != _nearest(value) for value, _ in starred),
    )


def products(figures: ReportFigures) -> list[ProductLine]:
    """Products with the most rows, each split into negative and other rows."""
    widest = max((product.rows for product in figures.products), default=0)
    return [_product(product, widest) for product in figures.products]


def tick_names(starts: list[date], period: Period) -> list[str]:
    """What stands below the axis; a year only where it begins."""
    if period is Period.YEAR:
        return [str(start.year) for start in starts]
    names = []
    for i, start in enumerate(starts):
        name = f"{start:%b}" if period is Period.MONTH else f"{start.day} {start:%b}"
        turns = i == 0 or start.year != starts[i - 1].year
        names.append(f"{name} {start:%Y}" if turns else name)
    return names


def full_name(start: date, period: Period) -> str:
    """A step's name: `March 2025`, `week of 3 March 2025`."""
    match period:
        case Period.YEAR:
            return str(start.year)
        case Period.MONTH:
            return f"{start:%B %Y}"
        case Period.WEEK:
            return f"week of {start.day} {start:%B %Y}"
        case Period.DAY:
            return f"{start.day} {start:%B %Y}"


def short_name(start: date, period: Period) -> str:
    """A step's name where there is little room."""
    if period is Period.YEAR:
        return str(start.year)
    return f"{start:%b %Y}" if period is Period.MONTH else f"{start.day} {start:%b %Y}"


def _small_charts(categories: tuple[CategoryFigures, ...], trends: Trends) -> list[SmallChart]:
    series = [(category.name, trends.of(category.name)) for category in categories]
    top = max((max(values) for _, values in series), default=0)
    if len(series) < 2 or not top:
        return []
    return [SmallChart(name, charts.small_columns(values, top)) for name, values in series]


def _product(product: ProductCount, widest: int) -> ProductLine:
    parts = [("s-negative", product.negative), ("s-neutral", product.rows - product.negative)]
    average = product.stars_sum / product.starred if product.starred else None
    return ProductLine(product, charts.bar(parts, widest), average)


def _nearest(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
