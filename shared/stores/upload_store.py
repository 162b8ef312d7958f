"""Table `curated_upload`: idempotency keys of the uploads that curate has processed."""

from shared.platform.database import Transaction
from shared.stores.inserting import insert

_FORGET = "DELETE FROM curated_upload WHERE curated_time < NOW(3) - INTERVAL %(days)s DAY LIMIT 10000"


def claim(tx: Transaction, upload_hash: bytes) -> bool:
    """Marks the upload as processed in the caller's transaction; False if it was before."""
    return insert(tx, "curated_upload", [{"upload_hash": upload_hash}], once=True) > 0


def forget(tx: Transaction, days: int) -> int:
    """Deletes marks older than any queue keeps messages; returns how many (at most 10,000 a call)."""
    return tx.execute(_FORGET, {"days": days})
