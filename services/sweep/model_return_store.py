"""SQL of sweep's own table `model_return`: when each model was last announced to be available again."""

from datetime import datetime

from shared.platform.database import Transaction
from shared.stores.reading import value

_SET = """
    INSERT INTO model_return (model_id, available_at) VALUES (%(model_id)s, NOW(3))
    ON DUPLICATE KEY UPDATE available_at = NOW(3)
"""
_GET = "SELECT available_at FROM model_return WHERE model_id = %(model_id)s"


def write(tx: Transaction, model_id: str) -> None:
    """Records that the model is available again as of now."""
    tx.execute(_SET, {"model_id": model_id})


def find(tx: Transaction, model_id: str) -> datetime | None:
    """When the model was last announced to be available again (UTC, without a zone); None if never."""
    available_at: datetime | None = value(tx, _GET, {"model_id": model_id})
    return available_at
