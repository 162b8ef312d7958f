"""GET /feedback/{id}: one row with everything that was answered about it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from services.api.dependencies import Dependencies
from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId, Profile, RecordId
from shared.platform.database import Transaction
from shared.stores import category_store, feedback_store
from shared.stores.feedback_store import FeedbackRow, RowAspect, RowStatus

MOST_ID = 2**63


class TopicShown(Contract):
    """A topic of a row; the main one has the row's final label."""

    category: str
    sentiment: str
    evidence: str | None


class RowShown(Contract):
    """A row as the API shows it."""

    id: int
    record_id: RecordId
    execution_id: ExecutionId
    row_number: int | None
    profile: Profile
    status: RowStatus
    reason: str | None
    """Why it failed."""
    product_name: str | None
    store: str | None
    ref_id: str | None
    stars: Decimal | None
    title: str | None
    feedback: str
    date: datetime | None
    label: str | None
    sentiment: str | None
    team: str | None
    topics: tuple[TopicShown, ...]
    attributes: dict[str, Any]
    attribute_sources: dict[str, str]
    segments: dict[str, str]
    raw_values: dict[str, str]
    model_id: str | None
    profile_version: int | None


def find_row(deps: Dependencies, row_id: str) -> RowShown | None:
    """The row of this id, as in results.csv; None if there is none."""
    if not (row_id.isascii() and row_id.isdigit()) or int(row_id[:20]) >= MOST_ID:
        return None
    return deps.database.transact(lambda tx: _read(tx, int(row_id)))


def _read(tx: Transaction, row_id: int) -> RowShown | None:
    row = feedback_store.find.by_id(tx, row_id)
    if row is None:
        return None
    fields = row.model_dump(include=set(RowShown.model_fields))
    label = row.label_final
    return RowShown.model_validate(
        fields
        | {
            "reason": row.failure_reason,
            "date": row.create_date,
            "label": label,
            "team": category_store.teams(tx, row.profile).get(label) if label else None,
            "topics": _topics(tx, row),
        }
    )


def _topics(tx: Transaction, row: FeedbackRow) -> list[dict[str, Any]]:
    if row.label_final is None or row.sentiment is None:
        return []
    first = feedback_store.aspects.of_rows(tx, [row.id]).get(row.id, ())[:1]
    main = RowAspect(
        category=row.label_final,
        category_id=None,
        sentiment=row.sentiment,
        evidence=first[0].evidence if first else None,
    )
    further = feedback_store.aspects.further(tx, [row.id]).get(row.id, ())
    topics = [main, *(each for each in further if each.category != row.label_final)]
    return [each.model_dump(exclude={"category_id"}) for each in topics]
