"""Column `label_correction`: what people say a row's label is."""

from collections.abc import Collection

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId, Profile, RecordId
from shared.contracts.taxonomy import UNKNOWN
from shared.platform.database import Transaction
from shared.stores.feedback_store.rows import ParkedCause, RowStatus
from shared.stores.reading import many


class CorrectableRow(Contract):
    """A row as far as a correction needs it."""

    id: int
    record_id: RecordId
    execution_id: ExecutionId
    profile: Profile
    status: RowStatus
    label_correction: str | None
    label_given: str | None
    """What the model, or discovery after it, says; None if it never said anything."""
    parked_cause: ParkedCause | None

    def status_with(self, correction: str | None) -> RowStatus:
        """The row's status under this correction; None gives back the one it had without any."""
        label = correction or self.label_given
        if label is not None:
            return RowStatus.UNKNOWN if label == UNKNOWN else RowStatus.LABELLED
        return RowStatus.FAILED if self.parked_cause is None else RowStatus.PARKED


_ROW = """
    SELECT id, record_id, execution_id, profile, status, label_correction, parked_cause,
        COALESCE(label_post_processing, label_llm) AS label_given
    FROM customer_feedback
"""
_BY_IDS = f"{_ROW} WHERE id IN %(keys)s"
_BY_RECORD_IDS = f"{_ROW} WHERE record_id IN %(keys)s"
# A row that was sent again while it was parked, and is parked again by taking a correction back, is sent once
# more: its message has found it labelled, and is gone.
_CORRECT = """
    UPDATE customer_feedback SET label_correction = %(label)s, status = %(status)s,
        parked_cause = IF(%(status)s = 'parked' AND parked_cause = 'replay', 'budget', parked_cause)
    WHERE id IN %(ids)s
"""


def find_by_ids(tx: Transaction, ids: Collection[int]) -> dict[int, CorrectableRow]:
    """Those of these rows that there are, by id."""
    return {row.id: row for row in _read(tx, _BY_IDS, ids)}


def find_by_record_ids(tx: Transaction, ids: Collection[RecordId]) -> dict[RecordId, CorrectableRow]:
    """Those of these rows that there are, by record_id."""
    return {row.record_id: row for row in _read(tx, _BY_RECORD_IDS, ids)}


def lock(tx: Transaction, ids: Collection[int]) -> list[CorrectableRow]:
    """These rows, locked, in the order of their ids. Their executions are locked before."""
    return _read(tx, f"{_BY_IDS} ORDER BY id FOR UPDATE", ids)


def write(tx: Transaction, ids: Collection[int], label: str | None, status: RowStatus) -> None:
    """Writes a correction, or takes it back if the label is None, and the status that follows from it."""
    tx.execute(_CORRECT, {"ids": list(ids), "label": label, "status": status})


def _read(tx: Transaction, query: str, keys: Collection[int] | Collection[str]) -> list[CorrectableRow]:
    return many(tx, CorrectableRow, query, {"keys": list(keys)}) if keys else []
