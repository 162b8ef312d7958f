"""Decides what becomes of each theme after all are judged and their names are merged."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.categorize.merging import MOST_CATEGORIES, destinations
from shared.contracts.records import ExecutionId
from shared.contracts.taxonomy import Category, CategoryStatus, NewCategory
from shared.stores.discovery_store import Theme, VerdictKind
from shared.stores.feedback_store.discover import PoolRow

CountRows = Callable[[Collection[int]], int]

TYPICAL_ROWS = 5
"""Of a new category, shown as examples of it when other rows are asked again."""


@dataclass(frozen=True)
class Decision:
    """Rows that belong to one category, existing or new.

    Attributes:
        row_ids: the rows, of one or more themes; after `parted`, those of them that are unknown.
        labelled_ids: those that have a label already: each is asked again before it gets a new category.
        seen_ids: labelled rows of earlier executions, which stay as they are.
        moved_ids: of `labelled_ids` those that got the new category when they were asked again.
        category_id: the existing category, or None.
        new: the new category, or None.
        parent_id: the category within which the new one was found, or None.
        example_ids: rows that carry the theme.
        assigned_ids: rows beyond the sample that lie nearest to these; after `parted`, none.
        alike_ids: rows that are like these, in groups too small to be judged; they stay as they are.
        status: what the new category becomes, active or proposed.
    """

    row_ids: tuple[int, ...]
    labelled_ids: tuple[int, ...] = ()
    seen_ids: tuple[int, ...] = ()
    moved_ids: tuple[int, ...] = ()
    category_id: int | None = None
    new: NewCategory | None = None
    parent_id: int | None = None
    example_ids: tuple[int, ...] = ()
    assigned_ids: tuple[int, ...] = ()
    alike_ids: tuple[int, ...] = ()
    status: CategoryStatus = CategoryStatus.PROPOSED

    @property
    def carrier_ids(self) -> tuple[int, ...]:
        """The rows that the category would have."""
        return self.row_ids + self.labelled_ids

    @property
    def typical_ids(self) -> tuple[int, ...]:
        """A few rows that say what the category is, those that the model named first."""
        return tuple(dict.fromkeys(self.example_ids + self.carrier_ids))[:TYPICAL_ROWS]

    @property
    def judged_ids(self) -> tuple[int, ...]:
        """All that were in its groups."""
        return self.carrier_ids + self.seen_ids

    @property
    def is_asked(self) -> bool:
        """Whether labelled rows are asked again: about a new category that is used at once."""
        return self.new is not None and self.status is CategoryStatus.ACTIVE


def new_themes(themes: Sequence[Theme]) -> list[Theme]:
    """Those judged to be something new, within an existing category or not, the largest first."""
    return [theme for theme in themes if theme.verdict and theme.verdict.is_new]


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
        Decision(category_id=theme.verdict.category_id, **_rows([theme]))
        for theme in themes
        if theme.verdict and theme.verdict.kind is VerdictKind.SAME_AS
    ]
    new, names = new_themes(themes), proposals(themes)
    unlike = [theme.unlike_ids + _parents(theme) for theme in new]
    ends = destinations(merges, names, merge_candidates(themes, categories), unlike)
    for root in sorted(set(ends.proposal.values())):
        members = [new[at] for at in range(len(new)) if ends.proposal[at] == root]
        if root in ends.category:
            decisions.append(Decision(category_id=ends.category[root].id, **_rows(members)))
        else:
            examples = _examples(new[root])
            decisions.append(
                Decision(new=names[root], parent_id=_parent(members), example_ids=examples, **_rows(members))
            )
    return decisions


def _rows(themes: Sequence[Theme]) -> dict[str, Any]:
    """The rows of these themes, as a decision has them."""
    return {
        name: tuple(row_id for theme in themes for row_id in getattr(theme, name))
        for name in ("row_ids", "assigned_ids", "alike_ids")
    }


def parted(
    decisions: Sequence[Decision], rows: Mapping[int, PoolRow], execution_id: ExecutionId
) -> list[Decision]:
    """The decisions, their rows told apart by what they have: nothing, a label, a label elsewhere."""
    return [_parted(each, rows, execution_id) for each in decisions]


def _parted(decision: Decision, rows: Mapping[int, PoolRow], execution_id: ExecutionId) -> Decision:
    row_ids = dict.fromkeys(decision.row_ids + decision.assigned_ids)
    known = [rows[row_id] for row_id in row_ids if row_id in rows]
    return replace(
        decision,
        row_ids=tuple(row.id for row in known if row.label is None),
        assigned_ids=(),
        labelled_ids=tuple(row.id for row in known if row.label and row.execution_id == execution_id),
        seen_ids=tuple(row.id for row in known if row.label and row.execution_id != execution_id),
    )


def feedbacks(
    row_ids: Iterable[int], rows: Mapping[int, PoolRow], direct: Collection[ExecutionId] = ()
) -> int:
    """How many feedbacks these rows and topics are.

    A row and its topic are one. The same text in several files is one that was exported again; what is sent
    directly is said anew.

    Args:
        rows: those that are known, by id.
        direct: the executions of direct feedback.
    """
    # The ids of topics come first, and give way to those of their rows.
    own = {abs(row_id): rows[row_id] for row_id in sorted(row_ids) if row_id in rows}
    said = Counter((row.text_key, row.execution_id) for row in own.values())
    most = Counter[tuple[bytes, ExecutionId]]()
    for (text, execution_id), count in said.items():
        where = (text, execution_id if execution_id in direct else "")
        most[where] = max(count, most[where])
    return most.total()


def with_moved(
    decisions: Sequence[Decision],
    moved: Mapping[int, str],
    at_least: int,
    count: CountRows = len,
    *,
    all_asked: bool = True,
) -> list[Decision]:
    """The decisions after labelled rows were asked again; a new category with too few rows is none.

    Args:
        moved: by row, the new category that it got.
        at_least: rows from which there is a new category.
        count: of row ids, how many feedbacks they are.
        all_asked: whether a budget allowed it; else such a category is proposed, for people to decide.
    """
    found = []
    for each in decisions:
        if each.new is None:
            found.append(each)
        elif not each.is_asked:
            found += [each] if count(each.carrier_ids) >= at_least else []
        else:
            name = each.new.name
            mine = tuple(row_id for row_id, given in moved.items() if given == name)
            if count(each.row_ids + mine) >= at_least:
                found.append(replace(each, moved_ids=mine))
            elif not all_asked:
                found.append(replace(each, status=CategoryStatus.PROPOSED))
    return found


def _parents(theme: Theme) -> tuple[int, ...]:
    """The category of which it is a part, and so not the same."""
    parent = theme.verdict.category_id if theme.verdict else None
    return () if parent is None else (parent,)


def _parent(themes: Sequence[Theme]) -> int | None:
    """The category within which these lie: of several, the one that most of their rows say."""
    rows = Counter[int]()
    for theme in themes:
        rows.update(dict.fromkeys(_parents(theme), len(theme.row_ids)))
    return rows.most_common(1)[0][0] if rows else None


def _examples(theme: Theme) -> tuple[int, ...]:
    places = theme.verdict.examples if theme.verdict else ()
    return tuple(theme.shown_ids[place] for place in places if place < len(theme.shown_ids))
