"""Table `curated_upload`: idempotency keys of the uploads that curate has processed."""

from shared.platform.database import Transaction
from shared.stores.inserting import insert


def claim(tx: Transaction, upload_hash: bytes) -> bool:
    """Marks the upload as processed in the caller's transaction; False if it was before."""
    return insert(tx, "curated_upload", [{"upload_hash": upload_hash}], once=True) > 0
