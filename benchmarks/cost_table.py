"""Bills as Markdown."""

import textwrap
from collections.abc import Iterable, Sequence
from decimal import Decimal

from benchmarks.cost_month import Line, total


def table(lines: Sequence[Line]) -> str:
    """The bill as Markdown: what stands idle, what the rows use, the sums."""
    rows: list[tuple[str, ...]] = [("", "quantity", "unit", "price", "$ a month", "free of it")]
    for idle, name in ((True, "what stands idle"), (False, "what the rows use")):
        part = [each for each in lines if each.idle is idle]
        rows += [_row(each) for each in part if each.quantity]
        rows.append((f"**{name}**", "", "", "", f"**{total(part):.2f}**", f"{free_of(part):.2f}"))
    rows.append(("**together**", "", "", "", f"**{total(lines):.2f}**", f"{free_of(lines):.2f}"))
    return drawn(rows)


def dollars_of(lines: Iterable[Line], names: Sequence[str]) -> Decimal:
    """The dollars of the lines that begin so."""
    return total([each for each in lines if each.what.startswith(tuple(names))])


def _row(line: Line) -> tuple[str, ...]:
    exact = line.quantity == line.quantity.to_integral_value() or line.quantity > 1_000
    quantity = f"{line.quantity:,.0f}" if exact else f"{line.quantity:,.2f}"
    free = f"{line.free:.2f}" if line.free else ""
    return line.what, quantity, line.price.unit, f"{line.price.dollars:f}", f"{line.dollars:.2f}", free


def free_of(lines: Iterable[Line]) -> Decimal:
    """What an account has free of them."""
    return sum((each.free for each in lines), Decimal(0))


def paragraph(*sentences: str) -> str:
    """A paragraph or an item of a list, wrapped."""
    text = " ".join(sentences)
    indent = "  " if text.startswith("- ") else ""
    return textwrap.fill(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def drawn(rows: Sequence[Sequence[str]]) -> str:
    """A table; the first row is its head."""
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])
