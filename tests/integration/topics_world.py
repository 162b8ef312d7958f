"""Executions whose rows speak of something besides their category."""

from collections.abc import Sequence

from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Database, Transaction
from shared.stores import category_store
from shared.stores.feedback_store import Outcome, RowAspect, RowStatus
from tests.integration.categorize_world import (
    ID,
    a_record,
    written,
)

WIFI = "Wifi breaks early"
Row = tuple[str, str | None]
"""A text, and the words that the model quoted of its unknown topic."""
NOTHING = "nothing besides"


def both(count: int, form: str = "Parcel came late {n}. Wifi drops each night {n}.") -> list[Row]:
    return [(form.format(n=n), None) for n in range(count)]


def labelled(
    database: Database, rows: Sequence[Row], execution_id: str = ID, further: str = "unknown"
) -> None:
    """An execution whose rows are all of the category Parcel, and speak of something else besides."""
    known = database.transact(lambda tx: category_store.named(tx, "feedback", "Parcel"))
    assert known is not None
    outcomes = [
        Outcome(
            record=a_record(execution_id, number, text),
            status=RowStatus.LABELLED,
            label=known.name,
            sentiment="negative",
            aspects=(
                RowAspect(category=known.name, category_id=known.id, sentiment="negative"),
                *[RowAspect(category=further, category_id=None, sentiment="mixed", evidence=quoted)]
                * (quoted != NOTHING),
            ),
        )
        for number, (text, quoted) in enumerate(rows, 1)
    ]
    written(database, execution_id, outcomes)


def mentions(database: Database, execution_id: str = ID) -> dict[tuple[str, str], int]:
    """Of the topics besides the main ones: how many by category and sentiment."""
    query = (
        "SELECT category, sentiment, COUNT(*) AS topics FROM feedback_mentions"
        " WHERE execution_id = %s AND position > 1 GROUP BY 1, 2"
    )

    def work(tx: Transaction) -> dict[tuple[str, str], int]:
        tx.execute(query, (execution_id,))
        return {(row["category"], row["sentiment"]): row["topics"] for row in tx.fetchall()}

    return database.transact(work)


def completed(database: Database, execution_id: str = ID) -> None:
    update = "UPDATE execution SET status = %s WHERE execution_id = %s"
    database.transact(lambda tx: tx.execute(update, (ExecutionStatus.COMPLETED, execution_id)))
