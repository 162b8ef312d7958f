"""`python -m evaluation.page_facts FILE`: what is found in product pages without a model, against the truth.

FILE is a CSV with the columns url, html_gz (a path beside the file) and, as far as they are known, price,
currency, availability, brand, sku and gtin. A bar stands between values that are both right; an empty one is
"not on the page".
"""

import argparse
import csv
import gzip
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from evaluation.table import TableRow, row, show
from services.ingest.pages.facts import Facts
from services.ingest.pages.money import codes_of
from services.ingest.pages.page import read_page

_BARS = {"price": 0.85, "currency": 0.90, "availability": 0.80}
FIELDS = (*_BARS, "brand", "sku", "gtin")


@dataclass
class Figures:
    """What was counted."""

    pages: int = 0
    without_model: int = 0
    seconds: float = 0.0
    there: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)


def measure(path: Path) -> Figures:
    """Reads every page of the file."""
    figures = Figures()
    with path.open(encoding="utf-8", newline="") as file:
        for true in csv.DictReader(file):
            begun = time.perf_counter()
            page = read_page(gzip.decompress((path.parent / true["html_gz"]).read_bytes()), true["url"])
            figures.seconds += time.perf_counter() - begun
            _count(figures, true, page.facts if page else {})
    return figures


def is_right(name: str, found: str, true: str) -> bool:
    """Whether the value is one of the right ones."""
    return any(_equal(name, found, each.strip()) for each in true.split("|"))


def table(figures: Figures) -> list[TableRow]:
    """The figures, with the bars of those that have one."""
    rows = []
    for name in FIELDS:
        there, right = figures.there[name], figures.right[name]
        share = right / there if there else 0.0
        bar = _BARS.get(name)
        test = (f">= {bar:.2f}", lambda value, bar=bar: value >= bar) if bar else None
        rows.append(row(f"{name}: exact match", share, test, ours=f"{share:.3f} ({right} of {there})"))
    share = figures.without_model / max(1, figures.pages)
    shown = f"{figures.without_model} of {figures.pages}"
    rows.append(row("pages with title, price, currency, availability: no model", share, ours=shown))
    rows.append(row("seconds a page", figures.seconds / max(1, figures.pages)))
    return rows


def _count(figures: Figures, true: Mapping[str, str], facts: Facts) -> None:
    figures.pages += 1
    figures.without_model += {"title", "price", "currency", "availability"} <= facts.keys()
    figures.sources.update(f"{name} {each.source}" for name, each in facts.items())
    for name in FIELDS:
        if not true.get(name):
            continue
        found = facts[name].value if name in facts else ""
        figures.there[name] += 1
        figures.right[name] += is_right(name, found, true[name])
        if not is_right(name, found, true[name]):
            figures.misses.append(f"{true['url'][:60]}: {name} is {true[name]!r}, found {found!r}")


def _equal(name: str, found: str, true: str) -> bool:
    if name == "price":
        try:
            return Decimal(found) == Decimal(true)
        except InvalidOperation:
            return False
    if name == "currency":
        return bool(found) and (found == true.upper() or found in codes_of(true) or found == true)
    return found.casefold() == true.casefold()


def main() -> int:
    """Prints the table; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--misses", action="store_true", help="name each value that is not right")
    options = parser.parse_args()
    figures = measure(options.file)
    rows = table(figures)
    print(show(rows))
    print("by source:", ", ".join(f"{name} {count}" for name, count in sorted(figures.sources.items())))
    if options.misses:
        print("\n".join(figures.misses))
    return int(any(each.passed is False for each in rows))


if __name__ == "__main__":
    sys.exit(main())
