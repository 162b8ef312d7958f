"""SQL of table `model_outage`: the claim by which one worker announces an outage."""

from shared.platform.database import Transaction

_CLAIM_NEW = """
    INSERT INTO model_outage (model_id, needs_person, announced_at)
    VALUES (%(model_id)s, %(needs_person)s, NOW(3))
    ON DUPLICATE KEY UPDATE model_id = model_outage.model_id
"""
_CLAIM_OLD = """
    UPDATE model_outage SET announced_at = NOW(3)
    WHERE model_id = %(model_id)s AND needs_person = %(needs_person)s
        AND announced_at < NOW(3) - INTERVAL %(seconds)s SECOND
"""


def claim_outage(tx: Transaction, model_id: str, seconds: int, *, needs_person: bool) -> bool:
    """Claims the announcement of this outage; False if another worker did in the last `seconds`."""
    row = {"model_id": model_id, "needs_person": needs_person, "seconds": seconds}
    return tx.execute(_CLAIM_NEW, row) > 0 or tx.execute(_CLAIM_OLD, row) > 0
