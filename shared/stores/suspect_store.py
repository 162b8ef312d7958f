"""Table `suspect_record`: records that were being handled alone when the function crashed."""

from collections.abc import Collection

from shared.contracts.records import RecordId
from shared.platform.database import Transaction

_SUSPECTS = "SELECT record_id FROM suspect_record WHERE record_id IN %(record_ids)s"
_SUSPECT = """
    INSERT INTO suspect_record (record_id) VALUES (%(record_id)s)
    ON DUPLICATE KEY UPDATE record_id = suspect_record.record_id
"""
_CLEAR = "DELETE FROM suspect_record WHERE record_id IN %(record_ids)s"
_FORGET_SUSPECTS = """
    DELETE FROM suspect_record WHERE created_time < NOW(3) - INTERVAL %(days)s DAY LIMIT 10000
"""


def among(tx: Transaction, record_ids: Collection[RecordId]) -> set[RecordId]:
    """Those of these records that were being handled alone when the function crashed."""
    if not record_ids:
        return set()
    tx.execute(_SUSPECTS, {"record_ids": list(record_ids)})
    return {row["record_id"] for row in tx.fetchall()}


def mark(tx: Transaction, record_id: RecordId) -> None:
    """Marks a record that is about to be handled alone."""
    tx.execute(_SUSPECT, {"record_id": record_id})


def clear(tx: Transaction, record_ids: Collection[RecordId]) -> None:
    """Takes the marks away: the records were handled."""
    if record_ids:
        tx.execute(_CLEAR, {"record_ids": list(record_ids)})


def forget(tx: Transaction, days: int) -> int:
    """Deletes marks older than any message of the records can be; returns how many (at most 10,000)."""
    return tx.execute(_FORGET_SUSPECTS, {"days": days})
