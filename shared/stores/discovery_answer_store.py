"""Table `discovery_answer`: what rows that are asked again were answered, until the discovery is applied."""

from collections.abc import Mapping

from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores.inserting import insert

_ANSWERS = "SELECT row_id, label FROM discovery_answer WHERE execution_id = %(execution_id)s"
_FORGET_ANSWERS = "DELETE FROM discovery_answer WHERE execution_id = %(execution_id)s"


def answers(tx: Transaction, execution_id: ExecutionId) -> dict[int, str | None]:
    """The rows that were asked again, and the new category that each got; None: it keeps its label."""
    tx.execute(_ANSWERS, {"execution_id": execution_id})
    return {row["row_id"]: row["label"] for row in tx.fetchall()}


def add_answers(tx: Transaction, execution_id: ExecutionId, labels: Mapping[int, str | None]) -> None:
    """Keeps what rows that were asked again got; one that has an answer keeps it."""
    rows = [{"execution_id": execution_id, "row_id": key, "label": each} for key, each in labels.items()]
    insert(tx, "discovery_answer", rows, once=True)


def forget_answers(tx: Transaction, execution_id: ExecutionId) -> None:
    """Deletes them when the discovery has ended."""
    tx.execute(_FORGET_ANSWERS, {"execution_id": execution_id})
