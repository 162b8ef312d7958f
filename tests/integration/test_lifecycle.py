"""Executions and their rows in a real database: counted once, announced once, in one transaction."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pymysql
import pytest
from botocore.exceptions import ClientError
from typing_extensions import override

from shared.changes import lifecycle
from shared.contracts.errors import DatabaseUnavailable
from shared.contracts.events import BusEvent, Counts, EventType, ModelEvent
from shared.contracts.execution import ExecutionStatus
from shared.contracts.messages import Destination
from shared.contracts.notices import WrittenNotice
from shared.platform.database import Database, Transaction
from shared.platform.publisher import Publisher
from shared.stores import execution_store, feedback_store, rejected_store
from shared.stores.feedback_store import RowStatus
from shared.stores.rejected_store import RejectedRow
from tests.integration.lifecycle_world import ID, SOURCE, close, events, find, outcome, start, write
from tests.integration.reading import count_by_status, feedback_rows, rejected_rows


def test_the_same_s3_event_starts_one_execution(database: Database) -> None:
    first = database.transact(lambda tx: lifecycle.start_file(tx, ID, "feedback", SOURCE))
    again = database.transact(lambda tx: lifecycle.start_file(tx, ID, "feedback", SOURCE))
    assert (first, again) == (True, False)
    assert events(database) == ["ExecutionStarted"]


def test_a_slice_that_runs_twice_counts_once(database: Database) -> None:
    start(database, rows=2)
    counts = Counts(rows_read=9, accepted=9)
    assert not database.transact(lambda tx: execution_store.save_slice(tx, ID, 0, {}, counts))
    assert find(database).accepted == 2


@pytest.mark.parametrize("last", ["classify", "ingest"])
def test_whoever_makes_it_complete_announces_it_once(database: Database, last: str) -> None:
    start(database, rows=2)
    outcomes = [outcome(1), outcome(2, RowStatus.UNKNOWN)]
    if last == "classify":
        close(database)
        write(database, outcomes)
    else:
        write(database, outcomes)
        close(database)
    write(database, outcomes)
    close(database)
    assert events(database) == ["ExecutionStarted", "ExecutionIngested", "ExecutionClassified"]
    assert find(database).status is ExecutionStatus.CLASSIFIED


def test_a_file_without_a_good_row_is_complete_when_it_is_read(database: Database) -> None:
    start(database, rows=0)
    close(database)
    assert find(database).status is ExecutionStatus.CLASSIFIED


def test_one_row_more_than_was_accepted_keeps_no_execution_open(database: Database) -> None:
    """Of a slice that ran twice, before and after a deployment that reads one row otherwise."""
    start(database, 2)
    database.transact(lambda tx: lifecycle.close_receiving(tx, ID))
    write(database, [outcome(1)])
    assert write(database, [outcome(2), outcome(3)])


def test_a_record_delivered_twice_is_one_row_and_one_count(database: Database) -> None:
    start(database, rows=3)
    write(database, [outcome(1), outcome(2)])
    write(database, [outcome(2, RowStatus.FAILED), outcome(3, RowStatus.FAILED)])
    assert find(database).counts == Counts(rows_read=3, accepted=3, labelled=2, failed=1)
    rows = database.transact(lambda tx: count_by_status(tx, ID))
    assert rows == {RowStatus.LABELLED: 2, RowStatus.FAILED: 1}


def test_a_row_holds_what_its_record_says_and_nothing_for_what_it_leaves_out(database: Database) -> None:
    start(database, rows=2)
    said, silent = outcome(1), outcome(2)
    changes = {"store": "Leeds", "stars": Decimal("4.5")}
    record = said.record.model_copy(
        update={
            "feedback": said.record.feedback.model_copy(update=changes),
            "raw_values": {"date": "größtenteils \U0001f4a7"},
        }
    )

    write(database, [said.model_copy(update={"record": record}), silent])

    full, bare = database.transact(lambda tx: feedback_rows(tx, ID))
    assert (full.to_feedback(), full.raw_values) == (record.feedback, record.raw_values)
    assert (full.store, full.stars, full.title) == ("Leeds", Decimal("4.5"), None)
    assert (bare.store, bare.stars, bare.ref_id) == (None, None, None)

    def raw_values(tx: Transaction) -> list[str | None]:
        tx.execute("SELECT raw_values FROM customer_feedback ORDER BY `row_number`")
        return [row["raw_values"] for row in tx.fetchall()]

    assert database.transact(raw_values) == ['{"date": "größtenteils \U0001f4a7"}', None]


def test_parked_rows_hold_an_execution_open_until_they_are_answered(database: Database) -> None:
    start(database, rows=2)
    close(database)
    write(database, [outcome(1), outcome(2, RowStatus.PARKED)])
    assert find(database).status is ExecutionStatus.CLASSIFYING
    write(database, [outcome(2)])
    after = find(database)
    assert after.status is ExecutionStatus.CLASSIFIED
    assert after.counts == Counts(rows_read=2, accepted=2, labelled=2)


def test_nothing_is_kept_of_a_transaction_that_fails(database: Database) -> None:
    start(database, rows=1)

    def work(tx: Transaction) -> None:
        execution_store.lock(tx, ID)
        lifecycle.count_written(tx, ID, feedback_store.write_outcomes(tx, ID, [outcome(1)]))
        raise RuntimeError("the process dies here")

    with pytest.raises(RuntimeError):
        database.transact(work)
    assert find(database).labelled == 0
    assert database.transact(lambda tx: count_by_status(tx, ID)) == {}


def test_a_connection_that_died_while_idle_is_replaced(database: Database) -> None:
    start(database, rows=1)
    database.connection()._force_close()  # type: ignore[attr-defined]
    assert find(database).accepted == 1


def test_a_connection_killed_by_the_server_is_replaced(database: Database) -> None:
    start(database, rows=1)
    victim = database.connection().thread_id()  # type: ignore[no-untyped-call]
    connection = database._connect(fresh=False)
    with connection.cursor() as cursor:
        cursor.execute(f"KILL {victim}")
    connection.close()
    assert find(database).accepted == 1


def test_a_deadlock_is_tried_once_more(database: Database) -> None:
    start(database, rows=1)
    attempts = []

    def work(tx: Transaction) -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise pymysql.OperationalError(1213, "Deadlock found when trying to get lock")
        return tx.execute("SELECT 1")

    database.transact(work)
    assert len(attempts) == 2


def test_a_server_that_became_read_only_is_a_database_that_is_away(database: Database) -> None:
    def work(tx: Transaction) -> int:
        raise pymysql.OperationalError(1290, "The MySQL server is running with the --read-only option")

    with pytest.raises(DatabaseUnavailable):
        database.transact(work)


def test_feedback_that_comes_after_the_day_was_closed_opens_another_day(database: Database) -> None:
    today = date(2026, 1, 31)
    first = database.transact(lambda tx: lifecycle.open_direct(tx, "feedback", today))
    same = database.transact(lambda tx: lifecycle.open_direct(tx, "feedback", today))
    database.transact(lambda tx: lifecycle.close_receiving(tx, first.execution_id))
    other = database.transact(lambda tx: lifecycle.open_direct(tx, "feedback", today))
    assert first.execution_id == same.execution_id == "direct-feedback-2026-01-31"
    assert other.execution_id == "direct-feedback-2026-01-31-2"


def test_each_profile_has_a_day_of_its_own(database: Database) -> None:
    today = date(2026, 1, 31)
    for profile in ("feedback", "returns"):
        execution = database.transact(lambda tx, p=profile: lifecycle.open_direct(tx, p, today))  # type: ignore[misc]
        assert execution.profile == profile


def test_a_completed_execution_is_revised_and_one_under_way_is_not(database: Database) -> None:
    start(database, rows=0)
    assert database.transact(lambda tx: lifecycle.revise(tx, ID, "corrections")) is False
    close(database)
    database.transact(lambda tx: lifecycle.categorized(tx, ID, failed=False, discovered=1))
    database.transact(lambda tx: lifecycle.completed(tx, ID))
    assert database.transact(lambda tx: lifecycle.revise(tx, ID, "corrections"))
    assert (find(database).revision, find(database).discovered) == (1, 1)


def test_a_rejected_row_is_recorded_once(database: Database) -> None:
    row = RejectedRow(execution_id=ID, position="7", reason="no feedback", raw="a,b,")
    assert database.transact(lambda tx: rejected_store.reject(tx, [row, row])) == 1
    assert database.transact(lambda tx: rejected_rows(tx, ID)) == [row]


def test_rejected_rows_come_in_the_order_of_the_file(database: Database) -> None:
    rows = [RejectedRow(execution_id=ID, position=str(n), reason="r", raw="") for n in (10, 9, 100)]
    database.transact(lambda tx: rejected_store.reject(tx, rows))
    read = database.transact(lambda tx: rejected_rows(tx, ID, size=2))
    assert [row.position for row in read] == ["9", "10", "100"]


class FakeBus:
    def __init__(self, refuse: set[str]) -> None:
        self.refuse = refuse
        self.entries: list[dict[str, str]] = []

    def put_events(self, *, Entries: Sequence[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
        self.entries += Entries
        return {"Entries": [{"ErrorCode": "x"} if e["DetailType"] in self.refuse else {} for e in Entries]}


class FakeQueue:
    def __init__(self, refuse: str = "nothing", status: int = 400) -> None:
        self.bodies: list[str] = []
        self.refuse = refuse
        self.status = status

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> dict[str, str]:
        # By its subject: a notice's id is drawn at random, and may spell a word.
        if json.loads(MessageBody).get("subject") == self.refuse:
            raise refusal("SendMessage", self.status)
        self.bodies.append(MessageBody)
        return {}


def refusal(operation: str, status: int) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": "Invalid"}, "ResponseMetadata": metadata}, operation)


def publishing(database: Database, bus: Any, queue: Any) -> Database:
    """The same database with somewhere to publish to."""
    urls = {Destination.NOTIFY: "notify", Destination.INGEST: "ingest"}
    return Database(database._settings, database._secret, publisher=Publisher(bus, "insights", queue, urls))


def announce(database: Database, *messages: BusEvent | WrittenNotice) -> None:
    def work(tx: Transaction) -> None:
        for message in messages:
            tx.announce(message)

    database.transact(work)


def notices(*subjects: str) -> list[WrittenNotice]:
    return [WrittenNotice(subject=subject, message="-") for subject in subjects]


def test_what_the_bus_refused_is_published_by_the_sweeper(database: Database) -> None:
    bus = FakeBus(refuse={"ExecutionStarted"})
    database = publishing(database, bus, FakeQueue())
    start(database, 1)
    bus.refuse = set()
    assert database.publish_left_over(timedelta(0)) == 1
    assert database.publish_left_over(timedelta(0)) == 0
    assert json.loads(bus.entries[-1]["Detail"])["execution_id"] == ID


def test_what_is_announced_goes_out_after_the_commit_and_is_marked(database: Database) -> None:
    bus = FakeBus(refuse=set())
    announcing = publishing(database, bus, FakeQueue())

    def work(tx: Transaction) -> None:
        lifecycle.start_file(tx, ID, "feedback", SOURCE)
        assert bus.entries == []

    announcing.transact(work)

    assert [entry["DetailType"] for entry in bus.entries] == ["ExecutionStarted"]
    assert announcing.publish_left_over(timedelta(0)) == 0


def test_a_transaction_that_is_rolled_back_announces_nothing(database: Database) -> None:
    bus = FakeBus(refuse=set())

    def work(tx: Transaction) -> None:
        lifecycle.start_file(tx, ID, "feedback", SOURCE)
        raise LookupError

    with pytest.raises(LookupError):
        publishing(database, bus, FakeQueue()).transact(work)
    assert (events(database), bus.entries) == ([], [])


def test_events_that_arrived_are_marked_although_a_queue_refuses_what_comes_after_them(
    database: Database,
) -> None:
    bus, queue = FakeBus(refuse=set()), FakeQueue(refuse="bad", status=503)
    database = publishing(database, bus, queue)

    def work(tx: Transaction) -> None:
        lifecycle.start_file(tx, ID, "feedback", SOURCE)
        tx.announce(WrittenNotice(subject="bad", message="-"))

    database.transact(work)

    queue.refuse = "nothing"
    assert database.publish_left_over(timedelta(0)) == 1
    assert [entry["DetailType"] for entry in bus.entries] == ["ExecutionStarted"]


def test_a_message_that_a_queue_will_never_take_keeps_no_other(database: Database) -> None:
    queue = FakeQueue(refuse="bad")
    announce(database, *notices("one", "bad", "two"))
    with pytest.raises(ClientError):
        publishing(database, FakeBus(refuse=set()), queue).publish_left_over(timedelta(0))
    assert [json.loads(body)["subject"] for body in queue.bodies] == ["one", "two"]


def test_a_queue_that_is_away_is_not_asked_for_each_message(database: Database) -> None:
    queue = FakeQueue(refuse="one", status=503)
    announce(database, *notices("one", "two"))
    with pytest.raises(ClientError):
        publishing(database, FakeBus(refuse=set()), queue).publish_left_over(timedelta(0))
    assert queue.bodies == []


def test_an_event_that_the_bus_will_never_take_keeps_no_other(database: Database) -> None:
    class Bus(FakeBus):
        @override
        def put_events(self, *, Entries: Sequence[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
            if any(entry["DetailType"] == "ModelAvailable" for entry in Entries):
                raise refusal("PutEvents", 400)
            return super().put_events(Entries=Entries)

    bus = Bus(refuse=set())
    start(database, 1)
    too_large = BusEvent(type=EventType.MODEL_AVAILABLE, detail=ModelEvent(model_id="m", cause="c"))
    announce(database, too_large)
    with pytest.raises(ClientError):
        publishing(database, bus, FakeQueue()).publish_left_over(timedelta(0))
    assert [entry["DetailType"] for entry in bus.entries] == ["ExecutionStarted"]


def test_a_message_holds_no_character_that_sqs_refuses(database: Database) -> None:
    queue = FakeQueue()
    announce(publishing(database, FakeBus(refuse=set()), queue), *notices("a\uffff"))
    assert "\uffff" not in queue.bodies[0]
    assert json.loads(queue.bodies[0])["subject"] == "a\uffff"
