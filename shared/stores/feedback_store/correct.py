"""Column `label_correction`: the label that a person gave a row."""

from collections import Counter
from collections.abc import Collection, Sequence

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId, Profile, RecordId
from shared.contracts.taxonomy import UNKNOWN
from shared.platform.database import Transaction
from shared.stores.feedback_store.rows import ParkedCause, RowStatus
from shared.stores.reading import many


class CorrectableRow(Contract):
    """The columns of a row that a correction needs."""

    id: int
    record_id: RecordId
    execution_id: ExecutionId
    profile: Profile
    status: RowStatus
    label_correction: str | None
    label_given: str | None
    """The label by the model or by discovery; None if there is none."""
    parked_cause: ParkedCause | None
    had_failed: bool

    def status_with(self, correction: str | None) -> RowStatus:
        """The row's status with this correction; with None, the one it had before any."""
        label = correction or self.label_given
        if label is not None:
            return RowStatus.UNKNOWN if label == UNKNOWN else RowStatus.LABELLED
        if self.parked_cause is not None:
            return RowStatus.PARKED
        return RowStatus.FAILED if self.had_failed else RowStatus.SKIPPED


_ROW = """
    SELECT id, record_id, execution_id, profile, status, label_correction, parked_cause,
        COALESCE(label_post_processing, label_llm) AS label_given, failure_reason IS NOT NULL AS had_failed
    FROM customer_feedback
"""
_BY_IDS = f"{_ROW} WHERE id IN %(keys)s"
_LITERAL = str.maketrans({"!": "!!", "%": "!%", "_": "!_"})
_IDENTITIES = 200
"""Producers' ids that one query looks for, each by the beginning of its record_id."""
_BY_RECORD_IDS = f"{_ROW} WHERE record_id IN %(keys)s"
# A row that was sent again and then corrected is sent once more when the correction is taken back: its
# message found it labelled, and was acknowledged.
_CORRECT = """
    UPDATE customer_feedback SET label_correction = %(label)s, status = %(status)s,
        parked_cause = IF(%(status)s = 'parked' AND parked_cause = 'replay', 'budget', parked_cause)
    WHERE id IN %(ids)s
"""


def find_by_ids(tx: Transaction, ids: Collection[int]) -> dict[int, CorrectableRow]:
    """The rows with these ids that exist."""
    return {row.id: row for row in _read(tx, _BY_IDS, ids)}


def find_by_record_ids(tx: Transaction, ids: Collection[RecordId]) -> dict[RecordId, CorrectableRow]:
    """The rows with these record_ids that exist; a direct record's own id stands for its one row."""
    found = {row.record_id: row for row in _read(tx, _BY_RECORD_IDS, ids)}
    missing = [key for key in ids if key not in found and ":" not in key]
    for start in range(0, len(missing), _IDENTITIES):
        found |= _by_direct_ids(tx, missing[start : start + _IDENTITIES])
    return found


def _by_direct_ids(tx: Transaction, ids: Sequence[str]) -> dict[str, CorrectableRow]:
    """Rows of direct feedback by their producers' ids, where no other version or source has the same."""
    prefixes = {f"id{n}": key.translate(_LITERAL) + "~%" for n, key in enumerate(ids)}
    alike = " OR ".join(f"record_id LIKE %({name})s ESCAPE '!'" for name in prefixes)
    rows = many(tx, CorrectableRow, f"{_ROW} WHERE `row_number` IS NULL AND ({alike})", prefixes)
    producers = Counter(row.record_id.rsplit("~", 2)[0] for row in rows)
    known = {row.record_id.rsplit("~", 2)[0]: row for row in rows}
    return {key: known[key] for key in ids if producers[key] == 1}


def lock(tx: Transaction, ids: Collection[int]) -> list[CorrectableRow]:
    """These rows, locked in the order of their ids. The caller has locked their executions."""
    return _read(tx, f"{_BY_IDS} ORDER BY id FOR UPDATE", ids)


def write(tx: Transaction, ids: Collection[int], label: str | None, status: RowStatus) -> None:
    """Sets the correction (None: takes it back) and the status that follows from it."""
    tx.execute(_CORRECT, {"ids": list(ids), "label": label, "status": status})


def _read(tx: Transaction, query: str, keys: Collection[int] | Collection[str]) -> list[CorrectableRow]:
    return many(tx, CorrectableRow, query, {"keys": list(keys)}) if keys else []
