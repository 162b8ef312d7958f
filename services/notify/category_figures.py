"""The figures of each category, put together from the counts of rows and of further topics."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from pydantic import Field

from shared.contracts.base import Contract
from shared.contracts.taxonomy import UNKNOWN
from shared.stores.feedback_store.report import LabelCount, MentionCount

_NO_TOPICS: Mapping[str, dict[str, int]] = {}


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


def by_topic(counts: Iterable[MentionCount]) -> dict[str, dict[str, int]]:
    """The counts of further topics by category and sentiment."""
    grouped: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for count in counts:
        grouped[count.label][count.sentiment] = count.rows
    return dict(grouped)


def by_label(
    counts: Iterable[LabelCount],
    descriptions: Mapping[str, str],
    further: Mapping[str, dict[str, int]] = _NO_TOPICS,
) -> dict[str, CategoryFigures]:
    """The counts put together by label; `unknown` is always among them."""
    grouped: defaultdict[str, list[LabelCount]] = defaultdict(list)
    grouped[UNKNOWN] = []
    for count in counts:
        grouped[count.label].append(count)
    return {
        name: _category(name, group, descriptions, further.get(name, {})) for name, group in grouped.items()
    }


def _category(
    name: str, counts: list[LabelCount], descriptions: Mapping[str, str], further: dict[str, int]
) -> CategoryFigures:
    return CategoryFigures(
        name=name,
        description=descriptions.get(name.casefold(), ""),
        rows=sum(count.rows for count in counts),
        by_sentiment={count.sentiment or "": count.rows for count in counts},
        starred=sum(count.starred for count in counts),
        stars_sum=sum((count.stars_sum for count in counts), Decimal(0)),
        further=further,
    )


def only_mentioned(
    further: Mapping[str, dict[str, int]], labels: Collection[str], descriptions: Mapping[str, str]
) -> tuple[CategoryFigures, ...]:
    """Categories that are no row's main topic."""
    return tuple(
        _category(name, [], descriptions, further[name]) for name in sorted(further) if name not in labels
    )


def by_size(categories: Iterable[CategoryFigures]) -> list[str]:
    """Their names, most rows first."""
    return [category.name for category in sorted(categories, key=lambda c: (-c.rows, c.name))]
