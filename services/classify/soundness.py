"""Tests with a harmless record whether model and database work. If not, no record counts as a poison pill."""

from datetime import date
from uuid import uuid4

from services.classify import writing
from services.classify.dependencies import Dependencies
from services.classify.groups import Group, group
from services.classify.incoming import Delivery
from services.classify.snapshot import look
from shared.contracts.records import DEFAULT_PROFILE, Feedback, Record
from shared.platform.database import Transaction
from shared.platform.received import Received


class _Written(Exception):
    """Raised to roll the harmless record's transaction back."""


def is_sound(deps: Dependencies, deadline: float) -> bool:
    """Whether a harmless record is labelled and can be written; the transaction is rolled back."""
    try:
        canary = deps.database.transact(_canary, deps=deps)
        deps.worker.label([canary], deadline)
        if canary.usage.calls:
            deps.database.transact(writing.write_usage, group=canary, today=deps.today())
        if canary.outcomes:
            deps.database.transact(_write, canary=canary, today=deps.today())
    except _Written:
        return True
    except Exception:  # noqa: BLE001  # whatever goes wrong with it goes wrong with every record
        return False
    return False


def _canary(tx: Transaction, deps: Dependencies) -> Group:
    said = Feedback(feedback="All is well.")
    record = Record(record_id=f"canary~{uuid4()}", profile=DEFAULT_PROFILE, feedback=said)
    delivery = Delivery(Received("canary", ""), record, None)
    model_id = deps.worker.model.model_id
    view = look(tx, [delivery], model_id, deps.library, month=False)
    (canary,) = group([delivery], view, model_id)
    canary.settle_known(view)
    return canary


def _write(tx: Transaction, canary: Group, today: date) -> None:
    writing.write_group(tx, canary, today)
    raise _Written
