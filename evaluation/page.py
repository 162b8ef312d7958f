"""Figures as tables, on an HTML page that loads nothing else, or for a terminal."""

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
  color: #222 }
table { border-collapse: collapse; margin: .5rem 0 2rem }
td, th { border-bottom: 1px solid #ddd; padding: .25rem .8rem; text-align: left; vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums }
"""

Table = tuple[str, Sequence[str], Sequence[Sequence[object]]]
"""A heading, the columns' names, the rows."""


def render_page(title: str, paragraphs: Iterable[str], tables: Iterable[Table]) -> str:
    """The page as HTML; every text in it is escaped."""
    body = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(each)}</p>" for each in paragraphs)]
    body += [_table(*table) for table in tables]
    head = f"<meta charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(body)}</body></html>\n"


def render_text(tables: Iterable[Table]) -> str:
    """The tables for a terminal."""
    return "\n\n".join(_text(*table) for table in tables)


def show(value: object) -> str:
    """A figure as people read it."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    lines = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<h2>{escape(heading)}</h2><table><tr>{head}</tr>{lines}</table>"


def _cell(value: object) -> str:
    number = " class=n" if isinstance(value, int | float) else ""
    return f"<td{number}>{escape(show(value))}</td>"


def _text(heading: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    cells = [list(columns), *([show(value) for value in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join([heading, "-" * len(heading), *(line.rstrip() for line in lines)])
