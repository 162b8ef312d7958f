"""Decides what becomes of each theme after all are judged and their names are merged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.categorize.merging import MOST_CATEGORIES, destinations
from shared.contracts.taxonomy import Category, CategoryStatus, NewCategory
from shared.stores.discovery_store import Kind, Theme


@dataclass(frozen=True)
class Decision:
    """Rows that belong to one category, existing or new.

    Attributes:
        row_ids: the rows, of one or more themes.
        category_id: the existing category, or None.
        new: the new category, or None.
        example_ids: rows that carry the theme.
        alike_ids: rows that are like these, in groups too small to be judged; they stay as they are.
        status: what the new category becomes, active or proposed.
    """

    row_ids: tuple[int, ...]
    category_id: int | None = None
    new: NewCategory | None = None
    example_ids: tuple[int, ...] = ()
    alike_ids: tuple[int, ...] = ()
    status: CategoryStatus = CategoryStatus.PROPOSED


def new_themes(themes: Sequence[Theme]) -> list[Theme]:
    """Those judged NEW, the largest first."""
    return [theme for theme in themes if theme.verdict and theme.verdict.kind is Kind.NEW]


def proposals(themes: Sequence[Theme]) -> list[NewCategory]:
    """The new categories that the themes judged NEW would make, in their order."""
    verdicts = [theme.verdict for theme in new_themes(themes)]
    return [NewCategory(name=v.name, description=v.description) for v in verdicts if v is not None]


def merge_candidates(themes: Sequence[Theme], categories: Mapping[int, Category]) -> list[Category]:
    """The existing categories that new names are compared to: those nearest to any new theme.

    The nearest come first, and are no more than one call shows, however many there are.
    """
    ranks: dict[int, int] = {}
    for theme in new_themes(themes):
        for rank, category_id in enumerate(theme.category_ids):
            ranks[category_id] = min(rank, ranks.get(category_id, rank))
    nearest = sorted(ranks.keys() & categories.keys(), key=lambda key: (ranks[key], key))
    return [categories[key] for key in nearest[:MOST_CATEGORIES]]


def decide(
    themes: Sequence[Theme], merges: Sequence[str], categories: Mapping[int, Category]
) -> list[Decision]:
    """Where the rows of each theme go; a theme that is MIXED goes nowhere.

    Args:
        merges: the lines that merge the new names.
        categories: every existing one by its id, whatever its status.
    """
    decisions = [
        Decision(theme.row_ids, theme.verdict.category_id, alike_ids=theme.alike_ids)
        for theme in themes
        if theme.verdict and theme.verdict.kind is Kind.SAME_AS
    ]
    new, names = new_themes(themes), proposals(themes)
    unlike = [theme.unlike_ids for theme in new]
    ends = destinations(merges, names, merge_candidates(themes, categories), unlike)
    for root in sorted(set(ends.proposal.values())):
        members = [new[at] for at in range(len(new)) if ends.proposal[at] == root]
        row_ids = tuple(row_id for theme in members for row_id in theme.row_ids)
        alike_ids = tuple(row_id for theme in members for row_id in theme.alike_ids)
        if root in ends.category:
            decisions.append(Decision(row_ids, ends.category[root].id, alike_ids=alike_ids))
        else:
            examples = _examples(new[root])
            decisions.append(Decision(row_ids, new=names[root], example_ids=examples, alike_ids=alike_ids))
    return decisions


def _examples(theme: Theme) -> tuple[int, ...]:
    places = theme.verdict.examples if theme.verdict else ()
    return tuple(theme.shown_ids[place] for place in places if place < len(theme.shown_ids))
