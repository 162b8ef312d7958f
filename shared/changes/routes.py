"""Tells help desks where each record goes (RecordRouted), and again when that changes.

What was told is kept with each row. A change marks its rows in its own transaction; a row is told of if it
differs from that then, so that nothing is told twice and a row that is changed and changed back is not told
of at all. The first rows are told of in the transaction itself, those of a large change by the sweeper.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Self

from shared.contracts.attributes import Attribute, AttributeType
from shared.contracts.events import BusEvent, EventType, PreviousRoute, RecordEvent
from shared.contracts.records import Profile
from shared.platform.database import Transaction
from shared.stores import category_store, profile_store, route_store
from shared.stores.feedback_store import RowStatus
from shared.stores.route_store import DueRow

AT_ONCE = 200
"""Rows that the transaction which changes them tells of itself."""
_SAID = ("category", "team", "sentiment", "attributes")
"""What is told of a record that may change."""
_CHOSEN = (AttributeType.ENUMERATION, AttributeType.BOOLEAN, AttributeType.NUMBER)
"""Types whose values are no text of the customer's."""


def tell(tx: Transaction, profile: Profile, ids: Collection[int]) -> None:
    """Tells of these rows of the profile, which the transaction has written or changed."""
    if ids and profile_store.current(tx, profile).document.has_routes:
        route_store.mark(tx, ids)
        _tell(tx, sorted(ids)[:AT_ONCE])


def tell_due(tx: Transaction, limit: int) -> int:
    """Tells of rows that were changed and are still to be told of; returns how many were looked at."""
    ids = route_store.lock_due(tx, limit)
    _tell(tx, ids)
    return len(ids)


class _Routes(NamedTuple):
    """What a profile says now of where its records go.

    Attributes:
        teams: by category; None if the profile has no routes any more.
    """

    teams: Mapping[str, str] | None
    attributes: Sequence[Attribute]

    @classmethod
    def of(cls, tx: Transaction, profile: Profile) -> Self:
        document = profile_store.current(tx, profile).document
        teams = category_store.teams(tx, profile) if document.has_routes else None
        return cls(teams, [each for each in document.attributes if each.type in _CHOSEN])

    def news(self, row: DueRow) -> RecordEvent | None:
        """What is to be told of the row; None if that was told already, or it has no label."""
        labelled = row.status in (RowStatus.LABELLED, RowStatus.UNKNOWN)
        if self.teams is None or not labelled or row.label_final is None:
            return None
        event = RecordEvent(
            record_id=row.record_id,
            execution_id=row.execution_id,
            profile=row.profile,
            ref_id=row.ref_id or "",
            category=row.label_final,
            team=self.teams.get(row.label_final),
            sentiment=row.sentiment,
            attributes=self._choices(row.attributes or {}),
        )
        return event if row.told is None else _revised(event, row.revision or 0, row.told)

    def _choices(self, values: Mapping[str, Any]) -> dict[str, str | int | float | bool]:
        """Numbers, yes or no, and texts that the profile lists: what a page says may be any."""
        said = {each.name: values.get(each.name) for each in self.attributes}
        listed = {each.name: each.values for each in self.attributes}
        return {
            name: value
            for name, value in said.items()
            if isinstance(value, int | float) or (isinstance(value, str) and value in listed[name])
        }


def _tell(tx: Transaction, ids: Sequence[int]) -> None:
    rows = route_store.due_rows(tx, ids)
    routes = {profile: _Routes.of(tx, profile) for profile in {row.profile for row in rows}}
    told = {}
    for row in rows:
        if event := routes[row.profile].news(row):
            told[row.id] = event.revision, event.model_dump(include=set(_SAID))
            tx.announce(BusEvent(type=EventType.RECORD_ROUTED, detail=event), row.execution_id)
    route_store.settle(tx, ids, told)


def _revised(event: RecordEvent, revision: int, told: Mapping[str, Any]) -> RecordEvent | None:
    """The event with what is different from what was told before; None if nothing is."""
    now = event.model_dump(include=set(_SAID))
    changed = tuple(name for name in _SAID if now[name] != told[name])
    if not changed:
        return None
    previous = PreviousRoute(category=told["category"], team=told["team"])
    return event.model_copy(update={"revision": revision + 1, "changed": changed, "previous": previous})
