"""The table that a person reads and the JSON that a program does."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class TableRow:
    """One figure.

    Attributes:
        figure: what was measured.
        baseline: the same for the baseline, as people read it; empty if there is none.
        ours: as people read it.
        bar: what it is measured against, in words; empty: it is only stated.
        value: the figure itself.
        passed: whether it stands the bar; None where there is no bar.
    """

    figure: str
    baseline: str
    ours: str
    bar: str
    value: float
    passed: bool | None


def row(
    figure: str,
    value: float,
    bar: tuple[str, Callable[[float], bool]] | None = None,
    *,
    ours: str = "",
    baseline: str = "",
) -> TableRow:
    """A row; `bar` is its words and its test."""
    words, test = bar or ("", None)
    return TableRow(figure, baseline, ours or f"{value:.2f}", words, value, test(value) if test else None)


def show(rows: Sequence[TableRow]) -> str:
    """The table, as Markdown."""
    lines = [("figure", "baseline", "ours", "bar", "")]
    lines += [(each.figure, each.baseline, each.ours, each.bar, _verdict(each)) for each in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(5)]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    ruler = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([drawn[0], ruler, *drawn[1:]])


def save(rows: Sequence[TableRow], notes: Sequence[str], path: Path) -> None:
    """Writes the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {"rows": [asdict(each) for each in rows], "notes": list(notes)}
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _verdict(each: TableRow) -> str:
    return {True: "ok", False: "MISSED", None: ""}[each.passed]
