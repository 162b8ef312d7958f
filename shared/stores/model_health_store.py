"""Table `model_health`: the state of each model that people were last notified of."""

from typing import Literal

from shared.platform.database import Transaction
from shared.stores.reading import value

ModelHealth = Literal["available", "unavailable", "needs_person"]
_HEALTH = "SELECT health FROM model_health WHERE model_id = %(model_id)s"
_SET_HEALTH = """
    INSERT INTO model_health (model_id, health) VALUES (%(model_id)s, %(health)s)
    ON DUPLICATE KEY UPDATE health = %(health)s
"""


def find(tx: Transaction, model_id: str) -> ModelHealth:
    """The state that people were last notified of; `available` if they never were."""
    health: ModelHealth = value(tx, _HEALTH, {"model_id": model_id}) or "available"
    return health


def write(tx: Transaction, model_id: str, health: ModelHealth) -> None:
    """Records the state that people were notified of."""
    tx.execute(_SET_HEALTH, {"model_id": model_id, "health": health})
