"""Table `customer_feedback`: what became of each record.

The execution's row is locked (`shared.stores.execution_store.lock`) before rows are written, so that what is
counted is what was really written.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict

from shared.contracts.base import Contract
from shared.contracts.errors import DatabaseConflict
from shared.contracts.events import Counts
from shared.contracts.records import ExecutionId, Profile, Record, RecordId
from shared.platform.database import Transaction

_REASON_LENGTH = 1000


class RowStatus(StrEnum):
    """What became of a record. `parked`: not asked yet, waiting for a budget, a model or a replay."""

    LABELLED = "labelled"
    UNKNOWN = "unknown"
    FAILED = "failed"
    PARKED = "parked"


class ParkedCause(StrEnum):
    """What a parked record waits for: a higher budget, a model that answers, or its replay."""

    BUDGET = "budget"
    MODEL = "model"
    REPLAY = "replay"


class Outcome(Contract):
    """What became of one record, ready to be written."""

    record: Record
    status: RowStatus
    label: str | None = None
    """A category's name or `unknown`; None if failed or parked."""
    sentiment: str | None = None
    failure_reason: str | None = None
    parked_cause: ParkedCause | None = None
    model_id: str | None = None
    prompt_version: str | None = None
    taxonomy_version: int | None = None
    corrections_version: int | None = None


class FeedbackRow(Contract):
    """A row of table `customer_feedback`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    record_id: RecordId
    execution_id: ExecutionId
    row_number: int | None
    profile: Profile
    product_name: str | None
    store: str | None
    ref_id: str | None
    stars: Decimal | None
    title: str | None
    feedback: str
    create_date: datetime | None
    label_llm: str | None
    label_post_processing: str | None
    label_correction: str | None
    label_final: str | None
    status: RowStatus
    failure_reason: str | None
    parked_cause: ParkedCause | None
    sentiment: str | None
    text_key: bytes
    model_id: str | None
    prompt_version: str | None
    taxonomy_version: int | None
    corrections_version: int | None
    last_updated_time: datetime


_INSERT = """
    INSERT INTO customer_feedback (record_id, execution_id, `row_number`, profile, product_name, store,
        ref_id, stars, title, feedback, create_date, label_llm, status, failure_reason, parked_cause,
        sentiment, text_key, model_id, prompt_version, taxonomy_version, corrections_version)
    VALUES (%(record_id)s, %(execution_id)s, %(row_number)s, %(profile)s, %(product_name)s, %(store)s,
        %(ref_id)s, %(stars)s, %(title)s, %(feedback)s, %(date)s, %(label)s, %(status)s,
        %(failure_reason)s, %(parked_cause)s, %(sentiment)s, %(text_key)s, %(model_id)s,
        %(prompt_version)s, %(taxonomy_version)s, %(corrections_version)s)
    ON DUPLICATE KEY UPDATE id = customer_feedback.id
"""
_KNOWN = "SELECT record_id, execution_id, status FROM customer_feedback WHERE record_id IN %(record_ids)s"
_SETTLE_PARKED = """
    UPDATE customer_feedback SET label_llm = %(label)s, status = %(status)s,
        failure_reason = %(failure_reason)s, parked_cause = %(parked_cause)s, sentiment = %(sentiment)s,
        model_id = %(model_id)s, prompt_version = %(prompt_version)s,
        taxonomy_version = %(taxonomy_version)s, corrections_version = %(corrections_version)s
    WHERE record_id = %(record_id)s AND status = 'parked'
"""
_PAGE = """
    SELECT * FROM customer_feedback WHERE execution_id = %(execution_id)s AND id > %(after)s
    ORDER BY id LIMIT %(limit)s
"""
_COUNT_BY_STATUS = """
    SELECT status, COUNT(*) AS `rows` FROM customer_feedback
    WHERE execution_id = %(execution_id)s GROUP BY status
"""
# One row answers for all that say the same: a text that everybody sends has very many.
_ANSWERED = """
    (SELECT text_key, label_llm, sentiment FROM customer_feedback
    WHERE text_key = %({key})s AND profile = %(profile)s AND status IN ('labelled', 'unknown')
        AND model_id = %(model_id)s AND prompt_version = %(prompt_version)s
        AND taxonomy_version = %(taxonomy_version)s AND corrections_version = %(corrections_version)s
        AND sentiment IS NOT NULL LIMIT 1)
"""


def known(tx: Transaction, record_ids: Collection[RecordId]) -> dict[RecordId, RowStatus]:
    """Which of these records have a row, and its status."""
    if not record_ids:
        return {}
    tx.execute(_KNOWN, {"record_ids": list(record_ids)})
    return {row["record_id"]: RowStatus(row["status"]) for row in tx.fetchall()}


def whereabouts(
    tx: Transaction, record_ids: Collection[RecordId]
) -> dict[RecordId, tuple[ExecutionId, RowStatus]]:
    """Which of these records have a row, of which execution, and its status."""
    if not record_ids:
        return {}
    tx.execute(_KNOWN, {"record_ids": list(record_ids)})
    return {row["record_id"]: (row["execution_id"], RowStatus(row["status"])) for row in tx.fetchall()}


def write(
    tx: Transaction,
    execution_id: ExecutionId,
    outcomes: Sequence[Outcome],
    rows: Mapping[RecordId, RowStatus] | None = None,
) -> Counts:
    """Writes outcomes of one execution, whose row the caller has locked; returns what to count.

    A record with a row keeps it (it was delivered twice), unless that row is parked: then it gets its
    outcome now, and the count moves from `parked`.

    Args:
        rows: which of the records have a row, if the caller has looked under the lock; else it is looked up.

    Raises:
        DatabaseConflict: another execution wrote one of these records since `rows` were looked up.
    """
    by_id = {outcome.record.record_id: outcome for outcome in outcomes}
    rows = known(tx, by_id) if rows is None else {key: rows[key] for key in by_id if key in rows}
    new = [by_id[record_id] for record_id in by_id if record_id not in rows]
    parked = [by_id[record_id] for record_id, status in rows.items() if status is RowStatus.PARKED]
    inserted = tx.executemany(_INSERT, [_columns(execution_id, outcome) for outcome in new]) if new else 0
    if inserted != len(new):
        # The execution's lock does not cover this: a producer sent one id for two profiles at once.
        raise DatabaseConflict("a record was written by another execution meanwhile")
    for outcome in parked:
        tx.execute(_SETTLE_PARKED, _columns(execution_id, outcome))
    change = {status.value: 0 for status in RowStatus}
    for outcome in [*new, *parked]:
        change[outcome.status] += 1
    change[RowStatus.PARKED] -= len(parked)
    return Counts(**change)


def new_among(tx: Transaction, record_ids: Collection[RecordId]) -> set[RecordId]:
    """Those of these records that have no row yet."""
    return set(record_ids) - known(tx, record_ids).keys()


def pages(tx: Transaction, execution_id: ExecutionId, size: int = 1000) -> Iterator[list[FeedbackRow]]:
    """The execution's rows in the order of their ids, page by page: memory does not grow with them."""
    after = 0
    while rows := page(tx, execution_id, after, size):
        yield rows
        after = rows[-1].id


def page(tx: Transaction, execution_id: ExecutionId, after: int, size: int = 1000) -> list[FeedbackRow]:
    """The execution's rows behind the one with the id `after`: a page that needs no open transaction."""
    tx.execute(_PAGE, {"execution_id": execution_id, "after": after, "limit": size})
    return [FeedbackRow.model_validate(row) for row in tx.fetchall()]


def count_by_status(tx: Transaction, execution_id: ExecutionId) -> dict[RowStatus, int]:
    """The execution's rows counted from the rows themselves, not from its counters."""
    tx.execute(_COUNT_BY_STATUS, {"execution_id": execution_id})
    return {RowStatus(row["status"]): row["rows"] for row in tx.fetchall()}


def answered(
    tx: Transaction,
    text_keys: Collection[bytes],
    profile: Profile,
    versions: Mapping[str, Any],
) -> dict[bytes, tuple[str, str]]:
    """Labels and sentiments already given to these texts under exactly these versions.

    Args:
        versions: model_id, prompt_version, taxonomy_version and corrections_version.
    """
    if not text_keys:
        return {}
    keys = {f"key_{number}": key for number, key in enumerate(text_keys)}
    query = " UNION ALL ".join(_ANSWERED.format(key=name) for name in keys)
    tx.execute(query, {"profile": profile, **keys, **versions})
    return {bytes(row["text_key"]): (row["label_llm"], row["sentiment"]) for row in tx.fetchall()}


def _columns(execution_id: ExecutionId, outcome: Outcome) -> dict[str, Any]:
    record, said = outcome.record, outcome.record.feedback
    reason = outcome.failure_reason
    return {
        "record_id": record.record_id,
        "execution_id": execution_id,
        "row_number": record.row_number,
        "profile": record.profile,
        "product_name": said.product_name or None,
        "store": said.store or None,
        "ref_id": said.ref_id or None,
        "stars": said.stars,
        "title": said.title or None,
        "feedback": said.feedback,
        "date": said.date,
        "label": outcome.label,
        "status": outcome.status,
        "failure_reason": reason[:_REASON_LENGTH] if reason else None,
        "parked_cause": outcome.parked_cause,
        "sentiment": outcome.sentiment,
        "text_key": record.text_key,
        "model_id": outcome.model_id,
        "prompt_version": outcome.prompt_version,
        "taxonomy_version": outcome.taxonomy_version,
        "corrections_version": outcome.corrections_version,
    }
