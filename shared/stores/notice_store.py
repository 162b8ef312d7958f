"""Table `sent_notice`: idempotency keys of the notices that were sent."""

from shared.platform.database import Transaction

_WAS_SENT = "SELECT message_id FROM sent_notice WHERE message_id = %(key)s"
_SET_SENT = """
    INSERT INTO sent_notice (message_id) VALUES (%(key)s)
    ON DUPLICATE KEY UPDATE message_id = sent_notice.message_id
"""
_FORGET = "DELETE FROM sent_notice WHERE sent_time < NOW(3) - INTERVAL %(days)s DAY LIMIT 10000"


def was_sent(tx: Transaction, key: str) -> bool:
    """Whether the notice with this key was sent (column `message_id` has its old name)."""
    return tx.execute(_WAS_SENT, {"key": key}) > 0


def set_sent(tx: Transaction, key: str) -> None:
    """Records that the notice with this key was sent."""
    tx.execute(_SET_SENT, {"key": key})


def forget(tx: Transaction, days: int) -> int:
    """Deletes keys older than a queue keeps messages; returns how many (at most 10,000)."""
    return tx.execute(_FORGET, {"days": days})
