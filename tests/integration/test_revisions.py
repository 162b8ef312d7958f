"""One change that revises many reports: each is drawn, and people have one mail."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from moto import mock_aws

from services.notify import completion
from services.notify.mail.mailer import Mail
from shared.changes import lifecycle, revisions
from shared.contracts import keys
from shared.contracts.events import Counts
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.records import ExecutionId, Feedback, Profile, Record
from shared.platform.database import Database, Transaction
from shared.stores import execution_store, feedback_store
from shared.stores.feedback_store import Outcome, ParkedCause, RowStatus
from tests.builders import a_source
from tests.integration.notify_case import Office, an_office
from tests.mails import mail_of

REASON = "category 'Delivery' was retired"
ONE, TWO, THREE = (f"{name}-0123456789abcdef" for name in ("one", "two", "three"))


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    with mock_aws():
        yield an_office(database)


def completed(office: Office, *executions: ExecutionId, profile: Profile = "feedback") -> None:
    """Files with a row each, of whose reports people had their mails."""
    for execution_id in executions:
        office.deps.database.transact(
            partial(_categorized, execution_id=execution_id, profile=profile, name=execution_id)
        )
        completion.report_ready(office.deps, execution_id)
    office.topic.calls.clear()


def _categorized(tx: Transaction, execution_id: ExecutionId, profile: Profile, name: str) -> None:
    source = a_source(key=f"incoming/{name.partition('-')[0]}.csv")
    lifecycle.start_file(tx, execution_id, profile, source)
    execution_store.save_slice(tx, execution_id, 0, {}, Counts(rows_read=1, accepted=1))
    record = Record(
        record_id=f"{execution_id}:1",
        profile=profile,
        execution_id=execution_id,
        row_number=1,
        feedback=Feedback(feedback="late"),
    )
    lifecycle.close_receiving(tx, execution_id)
    answer(tx, execution_id, Outcome(record=record, status=RowStatus.LABELLED, label="Delivery"))
    lifecycle.categorized(tx, execution_id, failed=False)


def answer(tx: Transaction, execution_id: ExecutionId, outcome: Outcome) -> Counts:
    execution_store.lock(tx, execution_id)
    counts = feedback_store.write_outcomes(tx, execution_id, [outcome])
    lifecycle.count_written(tx, execution_id, counts)
    return counts


def revise(office: Office, *executions: ExecutionId, **how: Any) -> list[Mail]:
    """Revises all, lets notify hear of each, and returns the notices that were written."""
    work = partial(revisions.revise_all, executions=executions, reason=REASON, **how)
    office.deps.database.transact(work)
    hear(office, executions)
    return notices(office)


def hear(office: Office, executions: Sequence[ExecutionId]) -> None:
    for execution_id in executions:
        completion.report_ready(office.deps, execution_id, REASON)


def notices(office: Office) -> list[Mail]:
    def work(tx: Transaction) -> list[Mail]:
        tx.execute("SELECT payload FROM outbox WHERE destination = 'notify' ORDER BY id")
        return [mail_of(row["payload"]) for row in tx.fetchall()]

    return office.deps.database.transact(work)


def find(office: Office, execution_id: ExecutionId) -> Execution:
    found = office.deps.database.transact(lambda tx: execution_store.find(tx, execution_id))
    assert found is not None
    return found


def test_many_reports_are_drawn_anew_and_told_of_in_one_mail(office: Office) -> None:
    completed(office, ONE, TWO, THREE)
    for execution_id in (ONE, TWO, THREE):
        office.s3.delete_object(Bucket="data", Key=keys.report(execution_id))

    [notice] = revise(office, ONE, TWO, THREE)

    assert office.mails == []
    for execution_id in (ONE, TWO, THREE):
        assert office.object(keys.report(execution_id))
        assert keys.report(execution_id) in notice.text
        execution = find(office, execution_id)
        assert (execution.revision, execution.notified_revision) == (1, 1)
    assert notice.subject == "3 feedback reports revised: profile feedback"
    assert REASON in notice.text
    assert "one.csv" in notice.text


def test_a_report_that_is_revised_alone_has_its_own_mail_with_its_link(office: Office) -> None:
    completed(office, ONE)

    assert revise(office, ONE) == []

    [mail] = office.mails
    assert mail["Subject"] == "Feedback report revised: one.csv"
    assert "https://" in mail["Message"]


def test_there_is_one_mail_a_profile(office: Office) -> None:
    completed(office, ONE)
    completed(office, TWO, THREE, profile="returns")

    [notice] = revise(office, ONE, TWO, THREE)

    assert notice.subject == "2 feedback reports revised: profile returns"
    assert [mail["Subject"] for mail in office.mails] == ["Feedback report revised: one.csv"]


def test_people_who_have_a_mail_of_the_change_need_no_other(office: Office) -> None:
    completed(office, ONE, TWO)

    assert revise(office, ONE, TWO, told=True) == []

    assert office.mails == []
    assert find(office, ONE).notified_revision == 1


def test_a_mail_of_its_own_is_not_lost_to_a_quiet_revision_that_is_heard_of_first(office: Office) -> None:
    completed(office, ONE, TWO)
    office.deps.database.transact(partial(lifecycle.revise, execution_id=ONE, reason="a correction"))

    revise(office, ONE, TWO)

    assert [mail["Subject"] for mail in office.mails] == ["Feedback report revised: one.csv"]


def test_the_first_report_of_an_execution_has_its_mail_whatever_was_revised(office: Office) -> None:
    completed(office, ONE, TWO)
    office.deps.database.transact(partial(_categorized, execution_id=THREE, profile="feedback", name=THREE))

    revise(office, ONE, TWO, THREE)

    assert [mail["Subject"] for mail in office.mails] == ["Feedback report: 1 row - three.csv"]
    assert find(office, THREE).status is ExecutionStatus.COMPLETED


def ask_again(tx: Transaction, execution_id: ExecutionId) -> None:
    """The execution's row is under way once more."""
    tx.execute(
        "UPDATE customer_feedback SET status = 'parked', parked_cause = %s WHERE execution_id = %s",
        (ParkedCause.REPLAY, execution_id),
    )
    execution_store.add_counts(tx, execution_id, Counts(labelled=-1, parked=1))


def settle(office: Office, execution_id: ExecutionId) -> None:
    def work(tx: Transaction) -> None:
        [row] = feedback_store.page(tx, execution_id)
        record = Record(
            record_id=row.record_id,
            profile=row.profile,
            execution_id=execution_id,
            row_number=1,
            feedback=Feedback(feedback=row.feedback),
        )
        counts = answer(tx, execution_id, Outcome(record=record, status=RowStatus.LABELLED, label="Price"))
        revisions.revise_when_answered(tx, execution_id, counts)

    office.deps.database.transact(work)
    hear(office, [execution_id])


def test_rows_of_many_executions_that_are_asked_again_end_in_one_mail(office: Office) -> None:
    completed(office, ONE, TWO, THREE)
    for execution_id in (ONE, TWO, THREE):
        office.deps.database.transact(partial(ask_again, execution_id=execution_id))

    settle(office, TWO)
    settle(office, ONE)
    assert office.mails == []
    assert find(office, ONE).notified_revision == 1

    office.deps.database.transact(lambda tx: tx.execute("DELETE FROM outbox"))
    settle(office, THREE)
    [mail] = office.mails
    assert mail["Subject"] == "Feedback report revised: three.csv"


def test_the_last_answer_names_the_reports_that_were_drawn_without_a_mail(office: Office) -> None:
    completed(office, ONE, TWO)
    for execution_id in (ONE, TWO):
        office.deps.database.transact(partial(ask_again, execution_id=execution_id))

    settle(office, ONE)
    settle(office, TWO)

    def reasons(tx: Transaction) -> list[str]:
        tx.execute("SELECT payload FROM outbox WHERE event_type = 'ExecutionRevised' ORDER BY id")
        return [json.loads(row["payload"])["reason"] for row in tx.fetchall()]

    assert office.deps.database.transact(reasons) == [
        "rows that had waited were labelled",
        "rows that had waited were labelled, also those of one.csv",
    ]
