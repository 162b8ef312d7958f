"""Categories and labelled rows in a database, as classify leaves them for discovery."""

from collections.abc import Sequence

from evaluation.dataset import LabelledRow
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Source
from shared.contracts.records import ExecutionId, Feedback, Profile, Record
from shared.contracts.taxonomy import UNKNOWN, Category, CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Transaction
from shared.stores import category_store, execution_store, feedback_store
from shared.stores.feedback_store import Outcome, RowStatus


def add_categories(tx: Transaction, profile: Profile, categories: Sequence[Category]) -> None:
    """Puts the categories into the database, active."""
    for each in categories:
        new = NewCategory(name=each.name, description=each.description)
        category_store.add(tx, profile, new, CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT)


def classified(
    tx: Transaction,
    execution_id: ExecutionId,
    profile: Profile,
    rows: Sequence[LabelledRow],
    labels: Sequence[str | None],
) -> None:
    """An execution whose rows are all labelled, ready for discovery."""
    outcomes = [
        Outcome(
            record=Record(
                record_id=f"{execution_id}:{number}",
                profile=profile,
                execution_id=execution_id,
                row_number=number,
                feedback=Feedback(feedback=row.text, product_name=row.product),
            ),
            status=RowStatus.LABELLED if label else RowStatus.UNKNOWN,
            label=label or UNKNOWN,
            sentiment="neutral",
        )
        for number, (row, label) in enumerate(zip(rows, labels, strict=True), 1)
    ]
    lifecycle.start_file(tx, execution_id, profile, Source(bucket="evaluation", key=execution_id))
    execution_store.save_slice(tx, execution_id, 0, {}, Counts(rows_read=len(rows), accepted=len(rows)))
    execution_store.lock(tx, execution_id)
    lifecycle.count_written(tx, execution_id, feedback_store.write_outcomes(tx, execution_id, outcomes))
    lifecycle.close_receiving(tx, execution_id)
