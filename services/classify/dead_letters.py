"""Writes dead letters as failed rows with their payload: executions complete, and people can replay them."""

from collections.abc import Collection, Sequence
from datetime import date

from services.classify import writing
from services.classify.groups import Group, group
from services.classify.incoming import read
from services.classify.prompt_library import Library
from services.classify.snapshot import look
from shared.model.model_table import AnswerForm
from shared.platform.database import Database
from shared.platform.received import Received
from shared.stores.feedback_store import Outcome, RowStatus

REASON = "handling it ended in an error each time it was delivered"
# The model is not asked about dead letters, so the prompts that `look` builds are not used.
_FORM, _NO_MODEL = AnswerForm.TEXT, ""


def settle(
    database: Database, messages: Sequence[Received], today: date, api_senders: Collection[str] = ()
) -> int:
    """Writes a row for each message, failed or rejected; returns how many records failed.

    A record that has its row already is skipped: a later copy of it was handled.

    Args:
        api_senders: who may name a source of the API; empty: anybody. SQS keeps a dead letter's sender.
    """
    deliveries, rejections = read(messages, api_senders)
    view = database.transact(
        look, deliveries=deliveries, model_id=_NO_MODEL, library=Library(_FORM), month=False
    )
    open_ones, refused = view.sort(deliveries)
    failed = 0
    for each in group(open_ones, view, _NO_MODEL):
        _fail(each)
        written = database.transact(writing.write_group, group=each, today=today)
        failed += written.counts.failed
    if rejections := [*rejections, *refused]:
        database.transact(writing.write_rejections, rejections=rejections, today=today)
    return failed


def _fail(group: Group) -> None:
    for record in group.open_records():
        group.outcomes[record.record_id] = Outcome(
            record=record, status=RowStatus.FAILED, failure_reason=REASON
        )
