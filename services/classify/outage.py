"""Telling the circuit breaker, and through it people, that the model does not answer."""

from collections.abc import Sequence
from functools import partial

from services.classify import outage_store
from services.classify.health import FAILURES, UNUSABLE, Health
from services.classify.model_calls import UNUSABLE_ANSWERS
from shared.contracts.errors import DatabaseConflict, DatabaseUnavailable
from shared.contracts.events import BusEvent, EventType, ModelEvent
from shared.model.bedrock import ModelRefused
from shared.platform.database import Database, Transaction

THROTTLES = 20
"""Of throttled calls it takes more: a throttled model still answers some."""
REPEAT_SECONDS = 300
"""An outage is announced once by all workers together, and again only after so long."""


def announce_outage(
    database: Database, model_id: str, health: Health, refusals: Sequence[ModelRefused]
) -> None:
    """Announces what a batch showed, if it showed an outage.

    Args:
        database: where workers agree on who announces.
        health: of the worker; its failures count anew once they were announced.
        refusals: of the batch, that a person must heal.
    """
    if refusals:
        _announce(database, ModelEvent(model_id=model_id, cause=refusals[0].code, needs_person=True))
    if health.unusable >= max(UNUSABLE, health.told + 1):
        # Not counted anew: the next batch asks the harmless request after its first such answer.
        health.told = health.unusable
        unreadable = ModelEvent(
            model_id=model_id, cause=UNUSABLE_ANSWERS, needs_person=True, shape=health.shape
        )
        _announce(database, unreadable)
    enough = THROTTLES if health.code.startswith("Throttling") else FAILURES
    if health.failures >= enough:
        health.answered()
        _announce(database, ModelEvent(model_id=model_id, cause=health.code))


def _announce(database: Database, event: ModelEvent) -> None:
    try:
        database.transact(partial(_claim, event=event))
    except (DatabaseUnavailable, DatabaseConflict):
        # The next failures will be counted, and announced, again.
        return


def _claim(tx: Transaction, event: ModelEvent) -> None:
    if outage_store.claim_outage(tx, event.model_id, REPEAT_SECONDS, needs_person=event.needs_person):
        tx.announce(BusEvent(type=EventType.MODEL_UNAVAILABLE, detail=event))
