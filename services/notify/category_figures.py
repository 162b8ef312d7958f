"""The figures of each category, put together from the counts of rows and of further topics."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from pydantic import Field

from shared.contracts.base import Contract
from shared.contracts.taxonomy import UNKNOWN, Category
from shared.stores.feedback_store.report import LabelCount, MentionCount


class CategoryFigures(Contract):
    """One final label's rows."""

    name: str
    description: str
    rows: int
    by_sentiment: dict[str, int]
    starred: int
    stars_sum: Decimal
    parent: str | None = None
    further: dict[str, int] = Field(default_factory=dict)
    """Rows that speak of it besides their main topic, by the sentiment of what they say of it."""

    @property
    def mentions(self) -> int:
        """Rows that speak of it at all."""
        return self.rows + sum(self.further.values())

    def mentioned(self, sentiment: str) -> int:
        """Those of them that speak of it so."""
        return self.sentiment(sentiment) + self.further.get(sentiment, 0)

    @property
    def average_stars(self) -> Decimal | None:
        return self.stars_sum / self.starred if self.starred else None

    def sentiment(self, name: str) -> int:
        """Rows of this sentiment."""
        return self.by_sentiment.get(name, 0)


class LabelFigures(NamedTuple):
    """The figures of all labels.

    Attributes:
        categories: those that are the label of rows, without unknown, most rows first.
        mentioned: those that rows only speak of besides.
    """

    categories: tuple[CategoryFigures, ...]
    unknown: CategoryFigures
    mentioned: tuple[CategoryFigures, ...]


def label_figures(
    stored: Iterable[Category], counts: Iterable[LabelCount], mentions: Iterable[MentionCount]
) -> LabelFigures:
    """Puts the counts together by label.

    Args:
        stored: the profile's categories, which have descriptions and parents.
        counts: of rows, and `mentions` of further topics.
    """
    known = {category.name.casefold(): category for category in stored}
    rows: defaultdict[str, list[LabelCount]] = defaultdict(list)
    for count in counts:
        rows[count.label].append(count)
    further: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for mention in mentions:
        further[mention.label][mention.sentiment] = mention.rows
    figures = {
        name: _figures(name, rows.get(name, []), known.get(name.casefold()), further.get(name, {}))
        for name in sorted({UNKNOWN, *rows, *further})
    }
    labels = sorted((figures[name] for name in rows if name != UNKNOWN), key=lambda c: (-c.rows, c.name))
    mentioned = tuple(each for name, each in figures.items() if name not in rows and name != UNKNOWN)
    return LabelFigures(tuple(labels), figures[UNKNOWN], mentioned)


def _figures(
    name: str, counts: list[LabelCount], stored: Category | None, further: dict[str, int]
) -> CategoryFigures:
    return CategoryFigures(
        name=name,
        description=stored.description if stored else "",
        rows=sum(count.rows for count in counts),
        by_sentiment={count.sentiment or "": count.rows for count in counts},
        starred=sum(count.starred for count in counts),
        stars_sum=sum((count.stars_sum for count in counts), Decimal(0)),
        parent=stored.parent if stored else None,
        further=further,
    )
