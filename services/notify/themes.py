"""The report's heart: the categories, the new ones, and what customers say in each."""

from collections.abc import Sequence
from datetime import date

from services.notify import charts, words
from services.notify.figures import LISTED, QUOTED, CategoryFigures, Figures, steps
from services.notify.markup import Markup, element
from shared.contracts.report_rows import FoundCategory, Quote
from shared.contracts.taxonomy import UNKNOWN, CategoryStatus


def categories(figures: Figures) -> Markup:
    """Rows by category, each split by sentiment."""
    if not figures.answered:
        return Markup("")
    listed, rest = figures.categories[:LISTED], figures.categories[LISTED:]
    widest = max([c.rows for c in figures.categories] + [figures.unknown.rows])
    lines = [_line(figures, category, widest) for category in listed]
    if rest:
        name = f"{words.plural(len(rest), 'more category', 'more categories')}"
        lines.append(_quiet(name, "All are in results.csv.", sum(c.rows for c in rest), figures.answered))
    if figures.unknown.rows:
        lines.append(_line(figures, figures.unknown, widest))
    return element(
        "section",
        element("h2", "What customers speak of"),
        legend(),
        element("table", element("thead", _head()), element("tbody", *lines)),
    )


def new_categories(figures: Figures) -> Markup:
    """The categories that this time's unknown rows brought up."""
    if not figures.found:
        return Markup("")
    quotes = {quote.record_id: quote for quote in figures.found_quotes}
    rows = {category.name.casefold(): category.rows for category in figures.categories}
    articles = [_found(f, [quotes[r] for r in f.examples if r in quotes], rows) for f in figures.found]
    intro = "Themes that no category covered, found among the rows that were unknown until now."
    return element(
        "section",
        element("h2", "New this time"),
        element("p", intro, class_="note"),
        element("div", *articles, class_="found"),
    )


def examples(figures: Figures) -> Markup:
    """A few rows of each of the largest categories, in the customers' words."""
    themes = [
        element("div", element("h3", element("bdi", category.name)), quotes(found), class_="theme")
        for category in figures.categories[:QUOTED]
        if (found := figures.examples_of(category.name))
    ]
    if not themes:
        return Markup("")
    more = len(figures.categories) - QUOTED
    note = "Picked for a length that reads well, not for what they say."
    if more > 0:
        note += f" The {QUOTED} largest of {len(figures.categories)} categories."
    return element("section", element("h2", "In their words"), element("p", note, class_="note"), *themes)


def quotes(found: Sequence[Quote]) -> Markup:
    """Rows as customers wrote them, side by side."""
    return element("div", *[_quote(quote) for quote in found], class_="quotes")


def legend() -> Markup:
    """What the colours of sentiments mean."""
    names = ("positive", "neutral", "mixed", "negative")
    return element("ul", *[element("li", name, class_=f"key k-{name}") for name in names], class_="legend")


def _head() -> Markup:
    return element(
        "tr",
        element("th", "Category"),
        element("th", "Rows by sentiment"),
        element("th", "Rows", class_="n"),
        element("th", "Share", class_="n"),
        element("th", "Negative", class_="n"),
        element("th", "Stars", class_="n"),
        element("th", "Over time", class_="wide"),
    )


def _line(figures: Figures, category: CategoryFigures, widest: int) -> Markup:
    is_new = category.name.casefold() in {found.name.casefold() for found in figures.found}
    unknown = category.name == UNKNOWN
    about = "No category covers these; once enough of them are alike, they become one." if unknown else None
    parts = [(charts.sentiment_class(s), category.sentiment(s)) for s in charts.SENTIMENTS]
    told = ", ".join(
        f"{rows} {name}" for name in charts.SENTIMENTS if (rows := category.sentiment(name)) and name
    )
    stars = category.average_stars
    return element(
        "tr",
        element(
            "td",
            element("bdi", category.name),
            element("span", "new", class_="chip") if is_new else None,
            element("span", about or category.description, class_="about"),
        ),
        element("td", charts.bar(parts, widest, told), class_="bars"),
        element("td", words.number(category.rows), class_="n"),
        element("td", words.percent(category.rows, figures.answered), class_="n"),
        element("td", words.percent(category.sentiment("negative"), category.rows), class_="n"),
        element("td", f"{stars:.1f}" if stars is not None else "–", class_="n"),
        element("td", _trend(figures, category), class_="wide"),
        class_="quiet" if unknown else None,
    )


def _quiet(name: str, about: str, rows: int, whole: int) -> Markup:
    return element(
        "tr",
        element("td", name, element("span", about, class_="about")),
        element("td"),
        element("td", words.number(rows), class_="n"),
        element("td", words.percent(rows, whole), class_="n"),
        element("td", class_="n"),
        element("td", class_="n"),
        element("td", class_="wide"),
        class_="quiet",
    )


def trend(figures: Figures, label: str) -> list[int]:
    """Rows of this label in each step of the time that the rows span."""
    span = figures.span
    if span.first is None or span.last is None:
        return []
    by_start: dict[date, int] = {
        count.start: count.rows
        for count in figures.trends
        if (count.key or "").casefold() == label.casefold()
    }
    return [by_start.get(start, 0) for start in steps(span.first, span.last, figures.period)]


def _trend(figures: Figures, category: CategoryFigures) -> Markup:
    values = trend(figures, category.name)
    if len(values) < 2 or not any(values):
        return Markup("")
    label = f"Rows by {figures.period}, at most {max(values)}"
    return charts.small_columns(values, max(values), label)


def _found(found: FoundCategory, examples: Sequence[Quote], rows: dict[str, int]) -> Markup:
    proposed = found.status is CategoryStatus.PROPOSED
    here = rows.get(found.name.casefold(), 0)
    state = "proposed, waits for approval" if proposed else f"{words.plural(here, 'row')} here"
    return element(
        "article",
        element("h3", element("bdi", found.name), element("span", state, class_="chip")),
        element("p", found.description) if found.description else None,
        quotes(examples) if examples else None,
    )


def _quote(quote: Quote) -> Markup:
    text = quote.text + (" …" if quote.cut else "")
    said = element("blockquote", element("b", quote.title) if quote.title else None, text, dir="auto")
    return element("figure", said, _by(quote), class_=f"q-{quote.sentiment or 'none'}")


def _by(quote: Quote) -> Markup:
    facts: list[Markup | str] = []
    if quote.sentiment:
        facts.append(quote.sentiment)
    if quote.stars is not None:
        facts.append(f"{quote.stars.normalize():f} ★")
    if quote.product_name:
        facts.append(element("bdi", quote.product_name))
    if quote.create_date:
        facts.append(words.day(quote.create_date).replace(" ", "\N{NO-BREAK SPACE}"))
    facts.append(
        f"row\N{NO-BREAK SPACE}{words.number(quote.row_number)}"
        if quote.row_number
        else element("bdi", quote.record_id)
    )
    return element("p", *words.separated(facts), class_="by")
