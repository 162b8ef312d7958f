"""Which groups were judged before: a verdict stands until the theme grows by half or the taxonomy changes.

A row knows the theme in which it was judged last. The groups of two discoveries are never quite the same, so
a group is the same theme if it lies where the theme lies, as two categories are compared, or if it holds
half of its rows, as a cluster survives in MONIC (Spiliopoulou et al., KDD 2006).
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np

from services.categorize import clusters, planning
from services.categorize.clusters import Cluster
from services.categorize.grouping import Floats
from shared.stores.discovery_store import Theme
from shared.stores.feedback_store.discover import PoolRow


@dataclass(frozen=True)
class _Judged:
    """A theme that was judged before: how many rows it had then, and where those lie that are here."""

    size: int
    cluster: Cluster | None


@dataclass(frozen=True)
class _Group:
    """A group of this discovery.

    Attributes:
        cluster: None of fewer than a few.
        held: how many rows of each theme that was judged before are in it.
    """

    theme: Theme
    rows: Sequence[PoolRow]
    centre: Floats
    cluster: Cluster | None
    held: Mapping[int, int]

    @property
    def new(self) -> int:
        return len(self.rows) - sum(self.held.values())

    def is_kin(self, number: int, theme: _Judged) -> bool:
        """Whether this is the theme once more, or a part of it."""
        if 2 * self.held.get(number, 0) >= theme.size:
            return True
        if theme.cluster is None:
            return number in self.held
        return self.closeness(theme.cluster) >= clusters.UNLIKE

    def closeness(self, cluster: Cluster) -> float:
        """How near it lies; of one or two rows it is not known how far they reach within: as far as those."""
        return (self.cluster or Cluster(self.centre, cluster.cohesion)).closeness(cluster)


def may_hold_new(rows: Sequence[PoolRow], taxonomy_version: int, at_least: int) -> bool:
    """Whether any group of at least so many of these rows can be one to ask about: a third of it is new."""
    new = len(rows) - sum(_is_judged(row, taxonomy_version) for row in rows)
    return len(rows) >= at_least and 3 * new >= at_least


def to_ask(
    groups: Sequence[Theme],
    rows: Sequence[PoolRow],
    vectors: Mapping[bytes, Floats],
    taxonomy_version: int,
    at_least: int,
) -> list[Theme]:
    """The groups of at least so many rows on which no verdict stands, the largest first.

    Of one on which a verdict stands, the parts that are something new.

    Args:
        groups: all of them.
        rows: the pool.
        vectors: of their texts.
    """
    memory = _Memory(rows, vectors, taxonomy_version)
    found = [memory.group(theme) for theme in groups]
    open_to = memory.open_to(found, at_least)
    asked: list[Theme] = []
    for at, group in enumerate(found):
        if at in open_to:
            asked.append(group.theme)
        elif len(group.rows) >= at_least:
            asked += memory.new_parts(group, at_least, memory.known_by(group))
    asked.sort(key=lambda theme: (-len(theme.row_ids), theme.row_ids))
    alike = memory.alike([group for group in found if len(group.rows) < at_least], asked)
    return [
        theme.model_copy(update={"number": number, "alike_ids": tuple(alike[number])})
        for number, theme in enumerate(asked, 1)
    ]


class _Memory:
    """What was judged under this version of the taxonomy, as far as its rows are in the pool."""

    def __init__(
        self, rows: Sequence[PoolRow], vectors: Mapping[bytes, Floats], taxonomy_version: int
    ) -> None:
        self._vectors = vectors
        self._rows = {row.id: row for row in rows}
        members: dict[int, list[PoolRow]] = {}
        for row in rows:
            if row.theme is not None and _is_judged(row, taxonomy_version):
                members.setdefault(row.theme, []).append(row)
        self._themes = {
            number: _Judged(max(row.theme_rows or 0 for row in own), clusters.cluster(self._texts(own)))
            for number, own in members.items()
        }

    def group(self, theme: Theme) -> _Group:
        rows = [self._rows[row_id] for row_id in theme.row_ids]
        held = Counter(row.theme for row in rows if row.theme in self._themes)
        vectors = self._texts(rows)
        return _Group(theme, rows, np.mean(vectors, axis=0), clusters.cluster(vectors), held)

    def kin_of(self, group: _Group) -> set[int]:
        return {number for number, theme in self._themes.items() if group.is_kin(number, theme)}

    def open_to(self, groups: Sequence[_Group], at_least: int) -> set[int]:
        """Positions of the groups on which no verdict stands.

        Groups and themes that are kin are one family, which must have grown by half. Of its groups those are
        asked about that did: a third of the rows is new then, or as many as in any.
        """
        ties: nx.Graph[tuple[str, int]] = nx.Graph()
        for at, group in enumerate(groups):
            ties.add_node(("group", at))
            ties.add_edges_from((("group", at), ("theme", number)) for number in self.kin_of(group))
        found: set[int] = set()
        for family in nx.connected_components(ties):
            here = {at: groups[at] for kind, at in family if kind == "group"}
            then = sum(self._themes[number].size for kind, number in family if kind == "theme")
            if 2 * sum(len(group.rows) for group in here.values()) < 3 * then:
                continue
            shares = {
                at: group.new / len(group.rows) for at, group in here.items() if len(group.rows) >= at_least
            }
            least = min(1 / 3, max(shares.values(), default=0.0)) if then else 1 / 3
            found.update(at for at, share in shares.items() if share >= least)
        return found

    def known_by(self, group: _Group) -> list[Cluster]:
        """Where the themes lie that are in the group or kin to it, and where its own judged rows do."""
        own = clusters.cluster(self._texts([row for row in group.rows if row.theme in self._themes]))
        themes = [self._themes[number].cluster for number in self.kin_of(group) | group.held.keys()]
        return [cluster for cluster in (own, *themes) if cluster is not None]

    def new_parts(self, group: _Group, at_least: int, known: Sequence[Cluster]) -> list[Theme]:
        """Parts mostly of rows that were never judged, enough for a theme, and unlike all that is known.

        A large mixed group would else keep what is new to itself until it has grown by half.
        """
        if len(group.rows) < 2 * at_least or group.new < at_least:
            return []
        found: list[Theme] = []
        for theme in planning.divide(group.theme, group.rows, self._vectors, {}, at_least, 1):
            part = self.group(theme)
            mostly_new = part.new >= at_least and 2 * part.new > len(part.rows)
            if mostly_new and all(part.closeness(cluster) < clusters.UNLIKE for cluster in known):
                found.append(theme)
            else:
                found += self.new_parts(part, at_least, known)
        return found

    def alike(self, small: Sequence[_Group], asked: Sequence[Theme]) -> dict[int, list[int]]:
        """By the number of an asked group: rows, not judged yet, of small groups that lie where it lies."""
        lie = {number: self.group(theme).cluster for number, theme in enumerate(asked, 1)}
        found: dict[int, list[int]] = {number: [] for number in lie}
        for group in small:
            near = {n: group.closeness(cluster) for n, cluster in lie.items() if cluster is not None}
            number = max(near, key=lambda each: near[each], default=None)
            if number is not None and near[number] >= clusters.UNLIKE:
                found[number] += [row.id for row in group.rows if row.theme not in self._themes]
        return found

    def _texts(self, rows: Sequence[PoolRow]) -> list[Floats]:
        return [self._vectors[key] for key in dict.fromkeys(row.text_key for row in rows)]


def turned_down(rows: Sequence[PoolRow]) -> int | None:
    """The category that the group is again, although people turned it down; None if it is none.

    This holds under every taxonomy, until the theme has grown by half.
    """
    before = [row for row in rows if row.turned_down is not None]
    if not before or 2 * len(before) < len(rows):
        return None
    (theme, _), *_ = Counter(row.theme for row in before).most_common(1)
    size = max(row.theme_rows or 0 for row in before if row.theme == theme)
    if 3 * len(before) <= 2 * len(rows) and 2 * len(rows) >= 3 * size:
        return None
    return next(row.turned_down for row in before if row.theme == theme)


def left_over(themes: Sequence[Theme], placed: Collection[int]) -> Iterator[list[int]]:
    """The rows of each judged theme that found no place, each row once: with the theme, not with its parts.

    Args:
        placed: the rows that became a category's, and those that are alike.
    """
    taken = set(placed)
    for theme in sorted(themes, key=lambda each: each.number):
        if theme.verdict and not theme.verdict.failed:
            judged = theme.row_ids + theme.alike_ids
            rows = [row_id for row_id in judged if row_id not in taken]
            taken.update(rows)
            if rows:
                yield rows


def not_mixed(themes: Sequence[Theme]) -> set[int]:
    """The rows of themes that were judged to be something."""
    return {
        row_id
        for theme in themes
        if theme.verdict and not theme.verdict.is_mixed
        for row_id in theme.row_ids + theme.alike_ids
    }


def _is_judged(row: PoolRow, taxonomy_version: int) -> bool:
    return row.theme is not None and row.taxonomy_version == taxonomy_version
