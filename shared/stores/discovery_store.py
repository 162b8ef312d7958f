"""Tables `discovery` and `discovery_theme`: the progress of a discovery, from which it is resumed.

Table `judged_theme` outlives it: what was judged, so that it is not asked about at each discovery.
"""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import Field

from shared.contracts.base import Contract, FromJson, Tolerant
from shared.contracts.execution import Execution
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores import feedback_store
from shared.stores.inserting import insert
from shared.stores.reading import column, many, one, value


class VerdictKind(StrEnum):
    """The kinds of verdicts."""

    NEW = "NEW"
    CHILD = "CHILD"
    """Something new within an existing category."""
    SAME_AS = "SAME_AS"
    MIXED = "MIXED"


class Verdict(Tolerant):
    """The model's answer about one group of rows."""

    kind: VerdictKind
    category_id: int | None = None
    """The existing category that the group is, or a part of; for SAME_AS and CHILD only."""
    name: str = ""
    description: str = ""
    examples: tuple[int, ...] = ()
    """Positions, among the shown texts, of those that stand for the theme."""
    failed: bool = False
    """Whether the model could not answer about this group, so that it was not judged."""

    @property
    def is_new(self) -> bool:
        """Whether it is something new, within an existing category or not."""
        return self.kind in (VerdictKind.NEW, VerdictKind.CHILD)

    @property
    def is_mixed(self) -> bool:
        """Whether its rows speak of no one thing, or nobody could say of what."""
        return self.kind is VerdictKind.MIXED


class Theme(Tolerant):
    """A row of table `discovery_theme`: a group of rows that is large enough to be judged."""

    number: int
    row_ids: FromJson[tuple[int, ...]]
    shown_ids: FromJson[tuple[int, ...]]
    """The rows that the model reads, the most central first."""
    category_ids: FromJson[tuple[int, ...]]
    """The existing categories nearest to the group."""
    unlike_ids: FromJson[tuple[int, ...]] = ()
    """Existing categories whose rows are clearly about something else."""
    alike_ids: FromJson[tuple[int, ...]] = ()
    """Rows of groups too small to be judged that lie where this one lies: its verdict is one on them, too."""
    assigned_ids: FromJson[tuple[int, ...]] = ()
    """Rows beyond the sample that lie nearest to it: its verdict is one on them, too."""
    verdict: FromJson[Verdict | None] = None
    divided: bool = False
    """Whether it was mixed, and its rows are in smaller themes now."""


class DiscoveryState(Contract):
    """A discovery as far as it got: what it found to judge, and what was said of it."""

    pool: int = Field(ge=0)
    left_out: int = Field(ge=0)
    taxonomy_version: int = Field(ge=0)
    """Under which the themes are judged, at the earliest."""
    themes: tuple[Theme, ...]
    merges: FromJson[tuple[str, ...] | None] = None
    """The lines that merge the new names; None until they were asked for."""


class Searched(Tolerant):
    """How many unknown rows, of this and of earlier executions, discovery looked at for new categories.

    Attributes:
        pool: those that were looked at.
        left_out: those that were too many to be grouped; they go by the nearest group of those that were, and
            unknown ones are in the pool of later discoveries.
    """

    pool: int = 0
    left_out: int = 0


_LISTS = ("row_ids", "shown_ids", "category_ids", "unlike_ids", "alike_ids")
_FIND = "SELECT pool, left_out, taxonomy_version, merges FROM discovery WHERE execution_id = %(execution_id)s"
_THEMES = "SELECT * FROM discovery_theme WHERE execution_id = %(execution_id)s ORDER BY number"
_SET_VERDICT = """
    UPDATE discovery_theme SET verdict = %(verdict)s
    WHERE execution_id = %(execution_id)s AND number = %(number)s AND verdict IS NULL
"""
_SET_DIVIDED = """
    UPDATE discovery_theme SET divided = 1
    WHERE execution_id = %(execution_id)s AND number = %(number)s AND divided = 0
"""
_COUNT_APPROVAL = """
    UPDATE discovery SET taxonomy_version = taxonomy_version + 1 WHERE execution_id = %(execution_id)s
"""
_FORGET_OF_OTHER_MODEL = """
    DELETE d, t FROM discovery d LEFT JOIN discovery_theme t ON t.execution_id = d.execution_id
    WHERE d.execution_id = %(execution_id)s AND d.other_groups IS NOT NULL
        AND NOT d.embedding_model_id <=> %(embedding_model_id)s
"""
_OTHER_GROUPS = "SELECT other_groups FROM discovery WHERE execution_id = %(execution_id)s"
_ALL_ASSIGNED = "UPDATE discovery SET other_groups = NULL WHERE execution_id = %(execution_id)s"
_SET_ASSIGNED = """
    UPDATE discovery_theme SET assigned_ids = %(assigned_ids)s
    WHERE execution_id = %(execution_id)s AND number = %(number)s
"""
_SET_MERGES = "UPDATE discovery SET merges = %(merges)s WHERE execution_id = %(execution_id)s"
_MOST_FORGOTTEN = 20
"""Discoveries whose themes are deleted in one transaction: each may have hundreds, and long ones."""
_OLD_DISCOVERIES = """
    SELECT d.execution_id FROM discovery d
    WHERE d.created_time < NOW(3) - INTERVAL %(days)s DAY
        AND EXISTS (SELECT 1 FROM discovery_theme t WHERE t.execution_id = d.execution_id)
    LIMIT %(limit)s
"""
_FORGET_THEMES = "DELETE FROM discovery_theme WHERE execution_id IN %(executions)s"


def find(tx: Transaction, execution_id: ExecutionId) -> DiscoveryState | None:
    """The execution's discovery as far as it got; None if nothing was grouped yet."""
    tx.execute(_FIND, {"execution_id": execution_id})
    row = tx.fetchone()
    if row is None:
        return None
    return DiscoveryState(themes=tuple(many(tx, Theme, _THEMES, {"execution_id": execution_id})), **row)


def add(
    tx: Transaction,
    execution_id: ExecutionId,
    state: DiscoveryState,
    embedding_model_id: str,
    other_groups: bytes | None = None,
) -> bool:
    """Keeps what was grouped; False if another attempt had kept its own.

    Args:
        embedding_model_id: whose vectors were grouped.
        other_groups: where the groups lie that are no themes, for rows that are still to be assigned.
    """
    row = {
        "execution_id": execution_id,
        "embedding_model_id": embedding_model_id,
        "other_groups": other_groups,
    }
    row |= state.model_dump(exclude={"themes", "merges"})
    if not insert(tx, "discovery", [row], once=True):
        return False
    _add_themes(tx, execution_id, state.themes)
    return True


def forget_of_other_model(tx: Transaction, execution_id: ExecutionId, embedding_model_id: str) -> None:
    """Deletes what was grouped by the vectors of another model, if rows are still to be assigned to it."""
    which = {"execution_id": execution_id, "embedding_model_id": embedding_model_id}
    tx.execute(_FORGET_OF_OTHER_MODEL, which)


def divide(tx: Transaction, execution_id: ExecutionId, number: int, parts: Sequence[Theme]) -> bool:
    """Adds the parts of a mixed theme; False if another attempt did so first."""
    if tx.execute(_SET_DIVIDED, {"execution_id": execution_id, "number": number}) == 0:
        return False
    _add_themes(tx, execution_id, parts)
    return True


def set_verdict(tx: Transaction, execution_id: ExecutionId, number: int, verdict: Verdict) -> bool:
    """Stores the verdict on a theme; False if it has one."""
    row = {"execution_id": execution_id, "number": number, "verdict": verdict.model_dump_json()}
    return tx.execute(_SET_VERDICT, row) > 0


def count_approval(tx: Transaction, execution_id: ExecutionId) -> None:
    """Notes that the discovery itself raised the taxonomy's version: its verdicts hold under the new one."""
    tx.execute(_COUNT_APPROVAL, {"execution_id": execution_id})


def other_groups(tx: Transaction, execution_id: ExecutionId) -> bytes | None:
    """Where the groups lie that are no themes; None if no row is to be assigned."""
    found: bytes | None = value(tx, _OTHER_GROUPS, {"execution_id": execution_id})
    return found


def set_assigned(tx: Transaction, execution_id: ExecutionId, assigned: Mapping[int, Sequence[int]]) -> None:
    """Stores the rows that are assigned to themes, by the theme's number; with that all are."""
    for number, row_ids in assigned.items():
        row = {"execution_id": execution_id, "number": number, "assigned_ids": json.dumps(list(row_ids))}
        tx.execute(_SET_ASSIGNED, row)
    tx.execute(_ALL_ASSIGNED, {"execution_id": execution_id})


def set_merges(tx: Transaction, execution_id: ExecutionId, merges: Sequence[str]) -> None:
    """Stores how the new names are merged."""
    tx.execute(_SET_MERGES, {"execution_id": execution_id, "merges": json.dumps(list(merges))})


def remember(
    tx: Transaction,
    execution: Execution,
    row_ids: Sequence[int],
    taxonomy_version: int,
    category_id: int | None = None,
) -> None:
    """Notes on these rows that they were judged together, and what for: None is nothing."""
    theme = {"profile": execution.profile, "execution_id": execution.execution_id, "rows": len(row_ids)}
    insert(tx, "judged_theme", [theme | {"taxonomy_version": taxonomy_version, "category_id": category_id}])
    feedback_store.discovered.set_judged(tx, row_ids, tx.lastrowid)


def searched(tx: Transaction, execution_id: ExecutionId) -> Searched:
    """How many unknown rows the execution's discovery looked at, and how many it left out."""
    return one(tx, Searched, _FIND, {"execution_id": execution_id}) or Searched()


def forget_themes(tx: Transaction, days: int) -> int:
    """Deletes the themes of old discoveries (at most 20 of them); returns how many themes."""
    executions = column(tx, _OLD_DISCOVERIES, {"days": days, "limit": _MOST_FORGOTTEN})
    return tx.execute(_FORGET_THEMES, {"executions": executions}) if executions else 0


def _add_themes(tx: Transaction, execution_id: ExecutionId, themes: Sequence[Theme]) -> None:
    for theme in themes:
        lists = {name: json.dumps(getattr(theme, name)) for name in _LISTS}
        insert(tx, "discovery_theme", [{"execution_id": execution_id, "number": theme.number} | lists])
