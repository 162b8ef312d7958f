"""Coordinates of the report's charts: rows in, rectangles out. `templates/charts.html.j2` makes it SVG."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.notify.words import number

SENTIMENTS = ("positive", "neutral", "mixed", "negative", "")
"""In the order in which they are stacked; the last are rows whose sentiment is not known."""
_BAR_HEIGHT = 14
_WIDTH, _HEIGHT = 960, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 6, 14, 30
_SMALL_WIDTH, _SMALL_HEIGHT = 100, 40
_MAX_TICKS = 13


class Rect(NamedTuple):
    """A filled rectangle; `style` is its CSS class."""

    style: str
    x: float
    y: float
    width: float
    height: float


class Bar(NamedTuple):
    """One horizontal bar; x and width of its rectangles are per cent of the space that there is."""

    rects: list[Rect]
    height: int = _BAR_HEIGHT


class Step(NamedTuple):
    """What one column over time shows.

    Attributes:
        name: in full, for who points at it.
        tick: what stands below the axis, if anything.
        parts: rows by sentiment.
    """

    name: str
    tick: str | None
    parts: Mapping[str, int]

    @property
    def rows(self) -> int:
        return sum(self.parts.values())


class Column(NamedTuple):
    """One column over time, stacked by sentiment."""

    description: str
    tick: str | None
    middle: float
    rects: list[Rect]


class GridLine(NamedTuple):
    """A horizontal line of the scale and the number beside it."""

    y: float
    rows: int


class Columns(NamedTuple):
    """The chart of rows over time; `most` is its highest column."""

    columns: list[Column]
    grid: list[GridLine]
    most: int
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    right: int = _WIDTH - _RIGHT


class SmallColumns(NamedTuple):
    """A small chart of rows over time, without a scale; `most` is its highest column."""

    rects: list[Rect]
    most: int
    width: int = _SMALL_WIDTH
    height: int = _SMALL_HEIGHT


def bar(parts: Sequence[tuple[str, int]], whole: int) -> Bar:
    """A bar of parts (style, rows), each as wide as its share of `whole`."""
    rects, before = [], 0
    for style, rows in parts:
        if rows:
            rects.append(_rect(style, 100 * before / whole, 0, 100 * rows / whole, _BAR_HEIGHT))
        before += rows
    return Bar(rects)


def sentiment_bar(by_sentiment: Mapping[str, int], whole: int) -> Bar:
    """A bar of rows by sentiment."""
    return bar([(sentiment_class(s), by_sentiment.get(s, 0)) for s in SENTIMENTS], whole)


def columns(steps: Sequence[Step]) -> Columns:
    """Columns over time, each stacked by sentiment, with a scale and dates."""
    most = max((step.rows for step in steps), default=0)
    top = nice_ceiling(most)
    width = (_WIDTH - _LEFT - _RIGHT) / max(1, len(steps))
    drawn = [_column(step, _LEFT + i * width, width, top) for i, step in enumerate(steps)]
    grid = [GridLine(_y(top * part, top), round(top * part)) for part in (0, 0.5, 1)]
    return Columns(drawn, grid, most)


def small_columns(values: Sequence[int], top: int) -> SmallColumns:
    """A small chart in which a column of `top` rows fills the height."""
    step = _SMALL_WIDTH / max(1, len(values))
    gap = min(0.8, step * 0.25)
    rects = []
    for i, value in enumerate(values):
        if value:
            height = _SMALL_HEIGHT * value / top
            rects.append(_rect("accent", i * step + gap / 2, _SMALL_HEIGHT - height, step - gap, height))
    return SmallColumns(rects, max(values, default=0))


def sentiment_class(sentiment: str) -> str:
    """The CSS class of a sentiment; anything unexpected is drawn as not known."""
    return f"s-{sentiment}" if sentiment in SENTIMENTS and sentiment else "s-none"


def description(by_sentiment: Mapping[str, int]) -> str:
    """`12 positive, 3 negative`: a stack as text."""
    parts = [
        f"{number(rows)} {name or 'not known'}" for name in SENTIMENTS if (rows := by_sentiment.get(name, 0))
    ]
    return ", ".join(parts) or "nothing"


def nice_ceiling(value: int) -> int:
    """The next round number, for the top of a scale: 4, 6, 8, 10, 12, 16, 20, 30, 40, 60 …"""
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


def _column(step: Step, x: float, width: float, top: int) -> Column:
    gap = min(8.0, width * 0.2)
    rects, below = [], 0
    for sentiment in SENTIMENTS:
        rows = step.parts.get(sentiment, 0)
        if rows:
            y = _y(below + rows, top)
            height = _y(below, top) - y
            rects.append(_rect(sentiment_class(sentiment), x + gap / 2, y, width - gap, height))
            below += rows
    return Column(f"{step.name}: {description(step.parts)}", step.tick, round(x + width / 2, 2), rects)


def _rect(style: str, x: float, y: float, width: float, height: float) -> Rect:
    return Rect(style, round(x, 3), round(y, 3), round(width, 3), round(height, 3))


def _y(rows: float, top: int) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - rows / top)
