"""The report's middle: when customers spoke, how many stars they gave, about which products."""

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from services.notify import charts, words
from services.notify.charts import Step
from services.notify.figures import Figures, steps
from services.notify.markup import Markup, element
from services.notify.themes import legend, trend
from shared.contracts.report_rows import Period, ProductCount

_MULTIPLES = 6
"""How many categories get a larger chart of their own over time."""


def over_time(figures: Figures) -> Markup:
    """Rows by week or month, all together and for the largest categories each."""
    span, period = figures.span, figures.period
    if span.first is None or span.last is None or len(starts := steps(span.first, span.last, period)) < 2:
        return Markup("")
    parts: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for count in figures.by_time:
        parts[count.start][count.key or ""] = count.rows
    ticks = charts.ticks(tick_names(starts, period))
    drawn = [Step(full_name(s, period), tick, parts[s]) for s, tick in zip(starts, ticks, strict=True)]
    return element(
        "section",
        element("h2", "Over time"),
        element("p", _note(figures), class_="note"),
        legend(),
        element("div", charts.columns(drawn), class_="scroll", tabindex=0),
        _multiples(figures, starts),
    )


def stars_and_products(figures: Figures) -> Markup:
    """How many stars customers gave, and which products they spoke of."""
    stars, products = _stars(figures), _products(figures)
    if stars and products:
        return element("section", element("div", stars, products, class_="columns-2"))
    return element("section", stars or products) if stars or products else Markup("")


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


def _note(figures: Figures) -> str:
    weeks = " (a week begins on Monday)" if figures.period is Period.WEEK else ""
    undated = figures.span.undated
    missing = f" {words.plural(undated, 'row')} without a date left out." if undated else ""
    small = "The small charts share one scale."
    return f"Rows by {figures.period}{weeks}, by the date that the customer gave. {small}{missing}"


def _multiples(figures: Figures, starts: list[date]) -> Markup | None:
    series = [(category, trend(figures, category.name)) for category in figures.categories[:_MULTIPLES]]
    top = max((max(values) for _, values in series), default=0)
    if len(series) < 2 or not top:
        return None
    period = figures.period
    ends = element(
        "p",
        element("span", short_name(starts[0], period)),
        element("span", short_name(starts[-1], period)),
        class_="ends",
    )
    drawn = []
    for category, values in series:
        label = f"{category.name} by {period}, at most {max(values)}"
        most = element("span", f"most {words.number(max(values))}")
        caption = element("figcaption", element("bdi", category.name), most)
        drawn.append(element("figure", caption, charts.small_columns(values, top, label), ends))
    return element("div", *drawn, class_="multiples")


def short_name(start: date, period: Period) -> str:
    """A step's name where there is little room."""
    if period is Period.YEAR:
        return str(start.year)
    return f"{start:%b %Y}" if period is Period.MONTH else f"{start.day} {start:%b %Y}"


def _stars(figures: Figures) -> Markup | None:
    by_star: defaultdict[int, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    without, halves, total, starred = 0, False, Decimal(0), 0
    for count in figures.by_stars:
        if count.stars is None:
            without += count.rows
            continue
        whole = int(count.stars.quantize(Decimal(1), rounding=ROUND_HALF_UP))
        halves = halves or count.stars != whole
        by_star[whole][count.sentiment or ""] += count.rows
        total, starred = total + count.stars * count.rows, starred + count.rows
    if not starred:
        return None
    widest = max(sum(parts.values()) for parts in by_star.values())
    lowest = 0 if 0 in by_star else 1
    lines = [_star_line(star, by_star[star], widest, starred) for star in range(5, lowest - 1, -1)]
    note = f"{total / starred:.1f} on average, over {words.plural(starred, 'row')} with stars."
    note += f" {words.number(without)} without." if without else ""
    note += " Fractions are rounded to the nearest star." if halves else ""
    return element(
        "div",
        element("h2", "By stars"),
        element("p", note, class_="note"),
        element("table", element("tbody", *lines), class_="stars"),
    )


def _star_line(star: int, by_sentiment: dict[str, int], widest: int, whole: int) -> Markup:
    parts = [(charts.sentiment_class(s), by_sentiment.get(s, 0)) for s in charts.SENTIMENTS]
    rows = sum(by_sentiment.values())
    return element(
        "tr",
        element("td", f"{star} ★"),
        element("td", charts.bar(parts, widest, f"{rows} rows with {star} stars"), class_="bars"),
        element("td", words.number(rows), class_="n"),
        element("td", words.percent(rows, whole), class_="n"),
    )


def _products(figures: Figures) -> Markup | None:
    if not figures.products:
        return None
    widest = max(product.rows for product in figures.products)
    head = element(
        "tr",
        element("th", "Product"),
        element("th", "Rows, negative in red"),
        element("th", "Rows", class_="n"),
        element("th", "Negative", class_="n"),
        element("th", "Stars", class_="n"),
    )
    return element(
        "div",
        element("h2", "By product"),
        element("p", "Those with the most rows.", class_="note"),
        element(
            "table",
            element("thead", head),
            element("tbody", *[_product(p, widest) for p in figures.products]),
        ),
    )


def _product(product: ProductCount, widest: int) -> Markup:
    parts = [("s-negative", product.negative), ("s-neutral", product.rows - product.negative)]
    label = f"{product.negative} of {product.rows} rows negative"
    stars = f"{product.stars_sum / product.starred:.1f}" if product.starred else "–"
    return element(
        "tr",
        element("td", element("bdi", product.product_name)),
        element("td", charts.bar(parts, widest, label), class_="bars"),
        element("td", words.number(product.rows), class_="n"),
        element("td", words.percent(product.negative, product.rows), class_="n"),
        element("td", stars, class_="n"),
    )
