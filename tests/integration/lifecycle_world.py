"""One execution of a file, and what became of its rows, in a real database."""

from collections.abc import Sequence

from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Execution, Source, Usage
from shared.contracts.records import Feedback, Record
from shared.platform.database import Database, Transaction
from shared.stores import execution_store, feedback_store
from shared.stores.feedback_store import Outcome, ParkedCause, RowStatus

ID = "reviews-0123456789abcdef"
SOURCE = Source(bucket="data", key="incoming/reviews.csv")


def outcome(row: int, status: RowStatus = RowStatus.LABELLED, execution_id: str = ID) -> Outcome:
    record = Record(
        record_id=f"{execution_id}:{row}",
        profile="feedback",
        execution_id=execution_id,
        row_number=row,
        feedback=Feedback(feedback=f"text {row}"),
    )
    label = {RowStatus.LABELLED: "Delivery", RowStatus.UNKNOWN: "unknown"}.get(status)
    cause = ParkedCause.MODEL if status is RowStatus.PARKED else None
    return Outcome(record=record, status=status, label=label, sentiment="neutral", parked_cause=cause)


def start(database: Database, rows: int) -> None:
    database.transact(lambda tx: lifecycle.start_file(tx, ID, "feedback", SOURCE))
    counts = Counts(rows_read=rows, accepted=rows)
    assert database.transact(lambda tx: execution_store.save_slice(tx, ID, 0, {"offset": 1}, counts))


def write(database: Database, outcomes: Sequence[Outcome]) -> bool:
    def work(tx: Transaction) -> bool:
        execution_store.lock(tx, ID)
        return lifecycle.count_written(
            tx, ID, feedback_store.write_outcomes(tx, ID, outcomes), Usage(calls=1)
        )

    return database.transact(work)


def close(database: Database) -> bool:
    return database.transact(lambda tx: lifecycle.close_receiving(tx, ID))


def find(database: Database) -> Execution:
    execution = database.transact(lambda tx: execution_store.find(tx, ID))
    assert execution is not None
    return execution


def events(database: Database) -> list[str]:
    def work(tx: Transaction) -> list[str]:
        tx.execute("SELECT event_type FROM outbox ORDER BY id")
        return [row["event_type"] for row in tx.fetchall()]

    return database.transact(work)
