"""Table `suspect_record`: marks of records that are handled alone; a mark that stays shows a crash."""

from collections.abc import Collection

from shared.contracts.records import RecordId
from shared.platform.database import Transaction
from shared.stores.inserting import insert
from shared.stores.reading import column

_SUSPECTS = "SELECT record_id FROM suspect_record WHERE record_id IN %(record_ids)s"
_CLEAR = "DELETE FROM suspect_record WHERE record_id IN %(record_ids)s"


def among(tx: Transaction, record_ids: Collection[RecordId]) -> set[RecordId]:
    """The marked ones among these records: the function crashed while it handled them."""
    return set(column(tx, _SUSPECTS, {"record_ids": list(record_ids)})) if record_ids else set()


def mark(tx: Transaction, record_id: RecordId) -> None:
    """Marks a record that is about to be handled alone."""
    insert(tx, "suspect_record", [{"record_id": record_id}], once=True)


def clear(tx: Transaction, record_ids: Collection[RecordId]) -> None:
    """Deletes the marks of records that were handled."""
    if record_ids:
        tx.execute(_CLEAR, {"record_ids": list(record_ids)})
