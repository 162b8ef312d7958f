"""Table `model_health`: what people were told last of each model."""

from typing import Literal, cast

from shared.platform.database import Transaction

ModelHealth = Literal["available", "unavailable", "needs_person"]
_HEALTH = "SELECT health FROM model_health WHERE model_id = %(model_id)s"
_SET_HEALTH = """
    INSERT INTO model_health (model_id, health) VALUES (%(model_id)s, %(health)s)
    ON DUPLICATE KEY UPDATE health = %(health)s
"""


def find(tx: Transaction, model_id: str) -> ModelHealth:
    """What people were told last of this model; a model that nobody was told of is available."""
    tx.execute(_HEALTH, {"model_id": model_id})
    row = tx.fetchone()
    return cast(ModelHealth, row["health"]) if row else "available"


def write(tx: Transaction, model_id: str, health: ModelHealth) -> None:
    """Records what people were told of this model."""
    tx.execute(_SET_HEALTH, {"model_id": model_id, "health": health})
