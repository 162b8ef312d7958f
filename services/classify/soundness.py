"""Whether a harmless record gets its row: tells a record that is poison from a world that is at fault."""

from datetime import date
from functools import partial
from uuid import uuid4

from services.classify import writing
from services.classify.dependencies import Dependencies
from services.classify.groups import group
from services.classify.incoming import Delivery
from services.classify.prompt_library import Library
from services.classify.snapshot import look
from shared.contracts.records import DEFAULT_PROFILE, Feedback, Record
from shared.model.model_table import AnswerForm
from shared.platform.database import Transaction
from shared.platform.received import Received
from shared.stores.feedback_store import Outcome, RowStatus


class _Written(Exception):
    """Rolls the harmless record back."""


def is_sound(deps: Dependencies) -> bool:
    """Whether a record that nothing is wrong with can be written; nothing of it is kept."""
    try:
        deps.database.transact(partial(_write, today=deps.today()))
    except _Written:
        return True
    except Exception:  # noqa: BLE001  # whatever goes wrong with it goes wrong with every record
        return False
    raise AssertionError("the transaction always ends in an exception")


def _write(tx: Transaction, today: date) -> None:
    said = Feedback(feedback="All is well.")
    record = Record(record_id=f"canary~{uuid4()}", profile=DEFAULT_PROFILE, feedback=said)
    delivery = Delivery(Received("canary", "", ""), record, None)
    view = look(tx, [delivery], "", Library(AnswerForm.TEXT), month=False)
    (canary,) = group([delivery], view, "")
    canary.outcomes[record.record_id] = Outcome(record=record, status=RowStatus.FAILED)
    writing.write_group(tx, canary, today)
    raise _Written
