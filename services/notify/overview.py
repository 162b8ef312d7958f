"""The report's first screen: what this is, what it says in a few sentences, where every row went."""

from services.notify import charts, words
from services.notify.figures import CategoryFigures, Figures
from services.notify.markup import Markup, element, join

_SORE = 0.5
"""From this share of negative rows on, a category is called sore."""
_AS_LARGE = 0.9
"""From this share of the largest category's rows on, another one leads with it."""
_LEADING = 4
_HARDLY = 0.02
"""A category with a smaller share of the rows is not singled out."""


def header(figures: Figures, threshold: float) -> Markup:
    """The title, when and how large, and whether it went well."""
    execution = figures.execution
    facts = [words.plural(execution.rows_read, "row")]
    if figures.span.first and figures.span.last:
        facts.append(words.day_range(figures.span.first, figures.span.last))
    if execution.profile != "feedback":
        facts.append(f"profile {execution.profile}")
    if execution.revision:
        facts.append(f"revision {execution.revision}")
    return element(
        "header",
        element("p", "Customer feedback report", class_="eyebrow"),
        element("h1", element("bdi", words.title(execution))),
        element("p", " · ".join(facts), class_="sub"),
        _status(figures, threshold),
        _lead(figures),
        _disagreement(figures),
    )


def account(figures: Figures) -> Markup:
    """Where every row of the file went, as one bar and as numbers."""
    counts = figures.execution.counts
    parts = [
        ("labelled", counts.labelled),
        ("unknown", counts.unknown),
        ("failed", counts.failed),
        ("rejected", counts.rejected),
    ]
    if counts.parked:
        parts.append(("waiting", counts.parked))
    label = ", ".join(f"{words.number(rows)} {name}" for name, rows in parts)
    tiles = [_tile("rows read", counts.rows_read, None)]
    tiles += [_tile(name, rows, counts.rows_read) for name, rows in parts]
    return element(
        "section",
        charts.bar(parts, sum(rows for _, rows in parts), label),
        element("ul", *tiles, class_="tiles"),
        element("p", _sum(figures), class_="note"),
        class_="account",
        aria_label="Where every row went",
    )


def lead_sentences(figures: Figures) -> list[Markup]:
    """What the figures say, in words: nothing that they do not show."""
    if not figures.answered:
        return [Markup("No row could be labelled.")]
    sentences = []
    if figures.categories:
        sentences += [_most(figures), *_sorest(figures)]
    sentences += [_new(figures)]
    if sampled := words.sampled(figures.searched):
        sentences.append(join([sampled]))
    if figures.unknown.rows >= 0.1 * figures.answered:
        share = words.percent(figures.unknown.rows, figures.answered)
        sentences.append(join([f"{share} of the rows fit no category."]))
    return sentences


def _lead(figures: Figures) -> Markup:
    return element("p", *[join([sentence, " "]) for sentence in lead_sentences(figures)], class_="lead")


def _most(figures: Figures) -> Markup:
    """The largest category, or the few that are about as large."""
    first = figures.categories[0]
    leading = [c for c in figures.categories[:_LEADING] if c.rows >= _AS_LARGE * first.rows]
    share = words.percent(first.rows, figures.answered)
    if len(leading) == 1:
        return join(["Customers speak most of ", _name(first), f": {share} of the rows."])
    return join(
        ["Customers speak most of ", *words.listed([_name(c) for c in leading]), f", about {share} each."]
    )


def _sorest(figures: Figures) -> list[Markup]:
    least = max(5, _HARDLY * figures.answered)
    large = [category for category in figures.categories if category.rows >= least]
    sore = max(large, key=lambda c: c.sentiment("negative") / c.rows, default=None)
    if sore is None or sore.sentiment("negative") < _SORE * sore.rows:
        return []
    share = words.percent(sore.sentiment("negative"), sore.rows)
    return [join(["The sorest point is ", _name(sore), f": {share} of its rows are negative."])]


def _new(figures: Figures) -> Markup:
    names = [element("strong", element("bdi", found.name)) for found in figures.found]
    if not names:
        failed = figures.execution.discovery == "failed"
        return join(["The search for new themes failed." if failed else "No new theme was found."])
    listed = words.listed(names)
    if len(names) == 1:
        return join(["One theme is new: ", *listed, "."])
    return join([f"{words.spelled(len(names)).capitalize()} themes are new: ", *listed, "."])


def _name(category: CategoryFigures) -> Markup:
    return element("strong", element("bdi", category.name))


def _status(figures: Figures, threshold: float) -> Markup:
    counts = figures.execution.counts
    if figures.unusable_share > threshold:
        share = words.percent(counts.failed + counts.rejected, counts.rows_read)
        return element("p", f"Needs attention: {share} of the rows could not be used", class_="status bad")
    if counts.parked:
        return element(
            "p", f"{words.plural(counts.parked, 'row')} still waiting for the model", class_="status bad"
        )
    return element("p", "Complete", class_="status")


def _sum(figures: Figures) -> str:
    counts = figures.execution.counts
    waiting = f" + {words.number(counts.parked)} waiting" if counts.parked else ""
    return (
        f"{words.number(counts.rows_read)} read = {words.number(counts.labelled)} labelled"
        f" + {words.number(counts.unknown)} unknown + {words.number(counts.failed)} failed"
        f" + {words.number(counts.rejected)} rejected{waiting}"
        + (", counted from the rows themselves." if figures.agrees else ".")
    )


def _disagreement(figures: Figures) -> Markup | None:
    if figures.agrees:
        return None
    rows = ", ".join(f"{words.number(n)} {status}" for status, n in sorted(figures.rows_by_status.items()))
    text = (
        "The counters of this execution do not agree with its rows. The rows themselves say: "
        f"{rows or 'none'}. Charts and tables below are counted from the rows."
    )
    return element("p", text, class_="warning")


def _tile(name: str, rows: int, whole: int | None) -> Markup:
    share = f" · {words.percent(rows, whole)}" if whole and rows else ""
    key = "" if name == "rows read" else f"key k-{name}"
    caption = element("span", element("span", name, class_=key or None), share)
    return element("li", element("b", words.number(rows)), caption)
