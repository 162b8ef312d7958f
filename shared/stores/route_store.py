"""Table `record_route`: what was told of where each record goes, and whether its row has changed since."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from shared.contracts.base import Contract, FromJson
from shared.contracts.records import ExecutionId, Profile, RecordId
from shared.platform.database import Transaction
from shared.stores.feedback_store import RowStatus
from shared.stores.reading import chunks, column, many


class DueRow(Contract):
    """A row that has changed, and what was told of it last.

    Attributes:
        revision: of what was told; None: nothing was.
        told: category, team, sentiment and attributes.
    """

    id: int
    record_id: RecordId
    execution_id: ExecutionId
    profile: Profile
    ref_id: str | None
    status: RowStatus
    label_final: str | None
    sentiment: str | None
    attributes: FromJson[dict[str, Any] | None] = None
    revision: int | None
    told: FromJson[dict[str, Any] | None] = None


_MARK = """
    INSERT INTO record_route (feedback_id, due) SELECT id, 1 FROM customer_feedback WHERE id IN %(ids)s
    ON DUPLICATE KEY UPDATE due = 1
"""
# Those that another transaction is changing are its own to tell, or the next sweep's.
_DUE = """
    SELECT feedback_id FROM record_route WHERE due = 1 ORDER BY feedback_id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
"""
_ROWS = """
    SELECT f.id, f.record_id, f.execution_id, f.profile, f.ref_id, f.status, f.label_final, f.sentiment,
        f.attributes, r.revision, r.told
    FROM record_route r JOIN customer_feedback f ON f.id = r.feedback_id
    WHERE r.feedback_id IN %(ids)s ORDER BY f.id
"""
_TOLD = """
    INSERT INTO record_route (feedback_id, revision, told) VALUES (%(id)s, %(revision)s, %(told)s)
    ON DUPLICATE KEY UPDATE revision = VALUES(revision), told = VALUES(told)
"""
_DONE = "UPDATE record_route SET due = 0 WHERE feedback_id IN %(ids)s"


def mark(tx: Transaction, ids: Collection[int]) -> None:
    """Notes that these rows have changed; they are locked until the transaction ends."""
    for chunk in chunks(sorted(ids)):
        tx.execute(_MARK, {"ids": chunk})


def lock_due(tx: Transaction, limit: int) -> list[int]:
    """The ids of rows that have changed, at most `limit`, locked until the transaction ends."""
    return column(tx, _DUE, {"limit": limit})


def due_rows(tx: Transaction, ids: Collection[int]) -> list[DueRow]:
    """These rows, which the caller has marked or locked, as they are now."""
    return many(tx, DueRow, _ROWS, {"ids": list(ids)}) if ids else []


def settle(tx: Transaction, ids: Collection[int], told: Mapping[int, tuple[int, Mapping[str, Any]]]) -> None:
    """Notes what was told of these rows, with its revision, by row id; of the others there was no news."""
    if told:
        news = [{"id": row, "revision": n, "told": json.dumps(said)} for row, (n, said) in told.items()]
        tx.executemany(_TOLD, news)
    if ids:
        tx.execute(_DONE, {"ids": list(ids)})
