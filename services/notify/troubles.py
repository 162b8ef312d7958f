"""The report's honest part: rows that fit nothing, that failed, and that could not be read."""

from collections.abc import Sequence

from services.notify import summary, words
from services.notify.figures import Figures
from services.notify.markup import Markup, element
from services.notify.themes import quotes
from shared.contracts.report_rows import Quote, ReasonCount, RejectedQuote
from shared.contracts.taxonomy import UNKNOWN


def unknown(figures: Figures) -> Markup:
    """Rows that no category covers, with a few of them."""
    found = figures.examples_of(UNKNOWN)
    if not found:
        return Markup("")
    note = (
        f"{words.plural(figures.unknown.rows, 'row')} that no category covers. They are kept and looked at"
        " again with the next file: a theme too small today may be one then."
    )
    return element("section", element("h2", "Unknown"), element("p", note, class_="note"), quotes(found))


def failed(figures: Figures) -> Markup:
    """Rows that the model gave no usable answer for."""
    rows = figures.execution.counts.failed
    if not rows:
        return Markup("")
    note = (
        f"{words.plural(rows, 'row')} that could not be labelled: kept with the reason, listed in"
        " results.csv, and ready to be replayed."
    )
    head = element("tr", element("th", "Row"), element("th", "What it says"), element("th", "Reason"))
    lines = [_failed_line(quote) for quote in figures.failed]
    return _section("Failed", note, figures.failed_reasons, head, lines, rows)


def rejected(figures: Figures) -> Markup:
    """Rows of the file that are no feedback."""
    rows = figures.execution.counts.rejected
    if not rows:
        return Markup("")
    note = (
        f"{words.plural(rows, 'row')} that could not be read as feedback. All of them, with their numbers and"
        f" reasons, are in {summary.rejected_key(figures.execution)}: correct them and upload them anew."
    )
    head = element("tr", element("th", "Row"), element("th", "As it came"), element("th", "Reason"))
    lines = [_rejected_line(quote) for quote in figures.rejected]
    return _section("Rejected", note, figures.rejected_reasons, head, lines, rows)


def _section(
    title: str, note: str, reasons: Sequence[ReasonCount], head: Markup, lines: Sequence[Markup], rows: int
) -> Markup:
    shown = f"The first {len(lines)} of {words.number(rows)}." if rows > len(lines) else ""
    return element(
        "section",
        element("h2", title),
        element("p", note, class_="note"),
        # Where all rows are listed, each with its reason, there is nothing to add up.
        _reasons(reasons) if rows > len(lines) else None,
        element("table", element("thead", head), element("tbody", *lines)),
        element("p", shown, class_="note") if shown else None,
    )


def _reasons(reasons: Sequence[ReasonCount]) -> Markup:
    items = [
        element("li", f"{words.number(reason.rows)} × ", element("bdi", reason.reason)) for reason in reasons
    ]
    return element("ul", *items, class_="note")


def _failed_line(quote: Quote) -> Markup:
    text = quote.text + (" …" if quote.cut else "")
    where = words.number(quote.row_number) if quote.row_number else element("bdi", quote.record_id)
    return element(
        "tr",
        element("td", where, class_="row"),
        element("td", element("span", text, class_="raw", dir="auto")),
        element("td", element("bdi", quote.reason or "")),
    )


def _rejected_line(quote: RejectedQuote) -> Markup:
    raw = quote.raw + (" …" if quote.cut else "")
    where = quote.position if quote.position.isdecimal() else f"message {quote.position[:12]}…"
    return element(
        "tr",
        element("td", where, class_="row"),
        element("td", element("span", raw, class_="raw", dir="auto")),
        element("td", element("bdi", quote.reason)),
    )
