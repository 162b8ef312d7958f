"""Executions and their rows in a real database: counted once, announced once, in one transaction."""

from datetime import date
from decimal import Decimal

import pytest

from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Database, Transaction
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
