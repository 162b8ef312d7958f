"""Announces that the model is unavailable, to the circuit breaker and to people."""

from collections.abc import Sequence

from services.classify.health import FAILURES, UNUSABLE, Health
from services.classify.model_calls import UNUSABLE_ANSWERS
from shared.contracts.errors import DatabaseConflict, DatabaseUnavailable
from shared.contracts.events import BusEvent, EventType, ModelEvent
from shared.model.bedrock_client import ModelRefused
from shared.platform.database import Database, Transaction

REPEAT_SECONDS = 300
"""Seconds until an outage is announced again, by any of the workers."""
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


def announce_outage(
    database: Database, model_id: str, health: Health, refusals: Sequence[ModelRefused]
) -> None:
    """Announces an outage if the worker's counters show one.

    Args:
        database: holds the claim by which only one worker announces it.
        health: the worker's counters; the failures are reset once they were announced.
        refusals: the batch's errors that need a person.
    """
    if refusals:
        _announce(database, ModelEvent(model_id=model_id, cause=refusals[0].code, needs_person=True))
    if health.unusable >= max(UNUSABLE, health.told + 1):
        # Not reset: so the next batch calls the canary after its first unusable answer.
        health.told = health.unusable
        unreadable = ModelEvent(
            model_id=model_id, cause=UNUSABLE_ANSWERS, needs_person=True, shape=health.shape
        )
        _announce(database, unreadable)
    if health.failures >= FAILURES or health.is_starved:
        cause = health.code if health.failures >= FAILURES else health.throttle_code
        health.answered()
        _announce(database, ModelEvent(model_id=model_id, cause=cause))


def _announce(database: Database, event: ModelEvent) -> None:
    try:
        database.transact(_claim, event=event)
    except (DatabaseUnavailable, DatabaseConflict):
        # Reset: further failures are counted, and announced, again.
        return


def _claim(tx: Transaction, event: ModelEvent) -> None:
    """Announces the event, unless another worker did so lately: table `model_outage` has a row for each."""
    row = {"model_id": event.model_id, "needs_person": event.needs_person, "seconds": REPEAT_SECONDS}
    if tx.execute(_CLAIM_NEW, row) > 0 or tx.execute(_CLAIM_OLD, row) > 0:
        tx.announce(BusEvent(type=EventType.MODEL_UNAVAILABLE, detail=event))
