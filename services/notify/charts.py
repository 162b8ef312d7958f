"""The report's pictures: plain SVG without a script, each readable as text too."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.notify.markup import Markup, element, join
from services.notify.words import number

SENTIMENTS = ("positive", "neutral", "mixed", "negative", "")
"""In the order of the stacks; the last are rows whose sentiment is not known."""
_BAR_HEIGHT = 14
_WIDTH, _HEIGHT = 960, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 6, 14, 30
_MAX_TICKS = 13


class Step(NamedTuple):
    """One column over time."""

    name: str
    """In full, for who points at it."""
    tick: str | None
    """Below the axis; None says nothing there."""
    parts: Mapping[str, int]

    @property
    def rows(self) -> int:
        return sum(self.parts.values())


def sentiment_class(sentiment: str) -> str:
    """The style of a sentiment; what is none of ours is drawn as not known."""
    return f"s-{sentiment}" if sentiment in SENTIMENTS and sentiment else "s-none"


def bar(parts: Sequence[tuple[str, int]], whole: int, label: str) -> Markup:
    """One horizontal bar of parts (style, rows), as long as their share of `whole`."""
    at, pieces = 0.0, []
    for style, rows in parts:
        width = 100 * rows / whole if whole else 0
        if rows:
            # A hair's breadth of paper between two parts.
            pieces.append(
                element("rect", x=f"{at:.3f}%", y=0, width=f"{width:.3f}%", height=_BAR_HEIGHT, class_=style)
            )
        at += width
    return element(
        "svg", *pieces, class_="bar", width="100%", height=_BAR_HEIGHT, role="img", aria_label=label
    )


def columns(steps: Sequence[Step]) -> Markup:
    """Columns over time, each stacked by sentiment, with a scale and dates."""
    top = nice_ceiling(max((step.rows for step in steps), default=0))
    width = (_WIDTH - _LEFT - _RIGHT) / max(1, len(steps))
    drawn = [_scale(top), *(_column(step, _LEFT + i * width, width, top) for i, step in enumerate(steps))]
    return element(
        "svg",
        *drawn,
        class_="columns",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=f"Rows over time, at most {max((s.rows for s in steps), default=0)} in one step",
    )


def small_columns(values: Sequence[int], top: int, label: str, style: str = "accent") -> Markup:
    """A small picture of a course over time, on the scale of its neighbours."""
    step = 100 / max(1, len(values))
    gap = min(0.8, step * 0.25)
    rects = [
        element(
            "rect",
            x=f"{i * step + gap / 2:.3f}",
            y=f"{40 - 40 * value / top:.3f}",
            width=f"{step - gap:.3f}",
            height=f"{40 * value / top:.3f}",
            class_=style,
        )
        for i, value in enumerate(values)
        if value and top
    ]
    base = element("line", x1=0, x2=100, y1=40, y2=40, class_="axis")
    return element(
        "svg",
        *rects,
        base,
        class_="small",
        viewBox="0 0 100 40.5",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )


def nice_ceiling(value: int) -> int:
    """The next number that people like on a scale: 4, 10, 20, 40, 60, 80, 100, 200 …"""
    if value <= 4:
        return 4
    size = 1
    while True:
        for factor in (6, 8, 10, 12, 16, 20, 30, 40):
            if factor * size >= value:
                return factor * size
        size *= 10


def ticks(names: Sequence[str]) -> list[str | None]:
    """Which of the names stand below the axis: as many as fit, evenly."""
    every = -(-len(names) // _MAX_TICKS) or 1
    return [name if i % every == 0 else None for i, name in enumerate(names)]


def _scale(top: int) -> Markup:
    lines = []
    for part in (0, 0.5, 1):
        y = _y(top * part, top)
        text = element("text", number(round(top * part)), x=_LEFT - 8, y=y + 4, class_="tick end")
        line = element(
            "line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="axis" if part == 0 else "grid"
        )
        lines += [line, text]
    return join(lines)


def _column(step: Step, x: float, width: float, top: int) -> Markup:
    gap = min(8.0, width * 0.2)
    pieces, below = [element("title", _told(step))], 0
    for sentiment in SENTIMENTS:
        rows = step.parts.get(sentiment, 0)
        if rows:
            y = _y(below + rows, top)
            pieces.append(
                element(
                    "rect",
                    x=f"{x + gap / 2:.2f}",
                    y=f"{y:.2f}",
                    width=f"{width - gap:.2f}",
                    height=f"{_y(below, top) - y:.2f}",
                    class_=sentiment_class(sentiment),
                )
            )
            below += rows
    if step.tick is not None:
        middle = f"{x + width / 2:.2f}"
        pieces.append(element("text", step.tick, x=middle, y=_HEIGHT - 10, class_="tick middle"))
    return element("g", *pieces)


def _told(step: Step) -> str:
    parts = [
        f"{number(rows)} {name or 'not known'}" for name in SENTIMENTS if (rows := step.parts.get(name, 0))
    ]
    return f"{step.name}: {', '.join(parts) or 'nothing'}"


def _y(rows: float, top: int) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - rows / top)
