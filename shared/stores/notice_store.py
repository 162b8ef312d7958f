"""Tables `sent_notice` and `model_health`: what people were told already, so that they hear it once."""

from typing import Literal, cast

from shared.platform.database import Transaction

ModelHealth = Literal["available", "unavailable", "needs_person"]

_WAS_SENT = "SELECT message_id FROM sent_notice WHERE message_id = %(key)s"
_SET_SENT = """
    INSERT INTO sent_notice (message_id) VALUES (%(key)s)
    ON DUPLICATE KEY UPDATE message_id = sent_notice.message_id
"""
_FORGET = "DELETE FROM sent_notice WHERE sent_time < NOW(3) - INTERVAL %(days)s DAY LIMIT 10000"
_HEALTH = "SELECT health FROM model_health WHERE model_id = %(model_id)s"
_SET_HEALTH = """
    INSERT INTO model_health (model_id, health) VALUES (%(model_id)s, %(health)s)
    ON DUPLICATE KEY UPDATE health = %(health)s
"""


def was_sent(tx: Transaction, key: str) -> bool:
    """Whether people were told what has this key; column `message_id` holds it, by its old name."""
    return tx.execute(_WAS_SENT, {"key": key}) > 0


def set_sent(tx: Transaction, key: str) -> None:
    """Records that people were told what has this key."""
    tx.execute(_SET_SENT, {"key": key})


def forget(tx: Transaction, days: int) -> int:
    """Deletes what was sent longer ago than a queue keeps messages; returns how many (at most 10,000)."""
    return tx.execute(_FORGET, {"days": days})


def model_health(tx: Transaction, model_id: str) -> ModelHealth:
    """What people were told last of this model; a model that nobody was told of is available."""
    tx.execute(_HEALTH, {"model_id": model_id})
    row = tx.fetchone()
    return cast(ModelHealth, row["health"]) if row else "available"


def set_model_health(tx: Transaction, model_id: str, health: ModelHealth) -> None:
    """Records what people were told of this model."""
    tx.execute(_SET_HEALTH, {"model_id": model_id, "health": health})
