"""Announces which team each record goes to, for profiles whose categories have routes."""

from collections.abc import Iterable, Sequence

from services.classify.groups import Group
from shared.contracts.attributes import AttributeType
from shared.contracts.events import BusEvent, EventType, RecordEvent
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores.feedback_store import Outcome

_CHOSEN = (AttributeType.ENUMERATION, AttributeType.BOOLEAN, AttributeType.NUMBER)
"""Types whose values are no text of the customer's."""


def announce_routes(
    tx: Transaction, group: Group, execution_id: ExecutionId, outcomes: Iterable[Outcome]
) -> None:
    """Announces the teams of the records that have their label now."""
    document = group.topic.document
    if not document.has_routes:
        return
    for outcome in outcomes:
        if outcome.label is not None:
            event = _event(document, execution_id, outcome, outcome.label)
            tx.announce(BusEvent(type=EventType.RECORD_ROUTED, detail=event), execution_id)


def _event(document: ProfileDocument, execution_id: ExecutionId, outcome: Outcome, label: str) -> RecordEvent:
    chosen = {each.name: each.values for each in document.attributes if each.type in _CHOSEN}
    values = outcome.attributes | {name: each.value for name, each in outcome.record.found.items()}
    return RecordEvent(
        record_id=outcome.record.record_id,
        execution_id=execution_id,
        profile=document.name,
        ref_id=outcome.record.feedback.ref_id,
        category=label,
        team=document.route_of(label),
        sentiment=outcome.sentiment,
        attributes={
            name: value
            for name, value in values.items()
            if name in chosen
            and isinstance(value, int | float | bool | str)
            and _is_choice(value, chosen[name])
        },
    )


def _is_choice(value: object, values: Sequence[str] | None) -> bool:
    """Whether it is no text, or one that the profile lists: what a page says may be any."""
    return values is not None and (not isinstance(value, str) or value in values)
