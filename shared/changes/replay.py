"""Parks rows that people want asked again: failed ones, and labels of older versions.

Each call is one transaction, under the locks of the executions, and idempotent: a parked row is neither
failed nor labelled. The sweeper sends parked rows as soon as budgets allow; an execution that had ended is
revised once, when the last of them is answered.
"""

from collections.abc import Iterable

from shared.contracts.records import ExecutionId
from shared.contracts.taxonomy import Taxonomy
from shared.platform.database import Transaction
from shared.stores import execution_store, feedback_store
from shared.stores.feedback_store.replay import Failed


def replay(tx: Transaction, failed: Failed) -> int:
    """Parks failed rows to be sent again; returns how many."""
    executions = feedback_store.replay.executions_with_failed(tx, failed)
    return sum(feedback_store.replay.park_failed(tx, each, failed) for each in _locked(tx, executions))


def ask_outdated(tx: Transaction, taxonomy: Taxonomy, executions: Iterable[ExecutionId]) -> int:
    """Parks these executions' rows with labels made under other versions than these; returns how many."""
    locked = _locked(tx, executions)
    return sum(feedback_store.replay.park_outdated(tx, each, taxonomy) for each in locked)


def _locked(tx: Transaction, executions: Iterable[ExecutionId]) -> list[ExecutionId]:
    return [each for each in sorted(set(executions)) if execution_store.lock(tx, each)]
