"""Classify's own tables: `model_outage` and `suspect_record`."""

from collections.abc import Collection

from shared.contracts.records import RecordId
from shared.platform.database import Transaction

_CLAIM_NEW = """
    INSERT INTO model_outage (model_id, needs_person, announced_at)
    VALUES (%(model_id)s, %(needs_person)s, NOW(3))
    ON DUPLICATE KEY UPDATE model_id = model_outage.model_id
"""
_CLAIM_OLD = """
    UPDATE model_outage SET announced_at = NOW(3)
    WHERE model_id = %(model_id)s AND needs_person = %(needs_person)s
        AND announced_at < NOW(3) - INTERVAL %(seconds)s SECOND
"""
_SUSPECTS = "SELECT record_id FROM suspect_record WHERE record_id IN %(record_ids)s"
_SUSPECT = """
    INSERT INTO suspect_record (record_id) VALUES (%(record_id)s)
    ON DUPLICATE KEY UPDATE record_id = suspect_record.record_id
"""
_CLEAR = "DELETE FROM suspect_record WHERE record_id IN %(record_ids)s"


def claim_outage(tx: Transaction, model_id: str, seconds: int, *, needs_person: bool) -> bool:
    """Whether this outage is ours to announce: nobody did in the last `seconds`."""
    row = {"model_id": model_id, "needs_person": needs_person, "seconds": seconds}
    return tx.execute(_CLAIM_NEW, row) > 0 or tx.execute(_CLAIM_OLD, row) > 0


def suspects(tx: Transaction, record_ids: Collection[RecordId]) -> set[RecordId]:
    """Those of these records that were being handled alone when the function crashed."""
    if not record_ids:
        return set()
    tx.execute(_SUSPECTS, {"record_ids": list(record_ids)})
    return {row["record_id"] for row in tx.fetchall()}


def suspect(tx: Transaction, record_id: RecordId) -> None:
    """Marks a record that is about to be handled alone."""
    tx.execute(_SUSPECT, {"record_id": record_id})


def clear_suspects(tx: Transaction, record_ids: Collection[RecordId]) -> None:
    """Takes the marks away: the records were handled."""
    if record_ids:
        tx.execute(_CLEAR, {"record_ids": list(record_ids)})
