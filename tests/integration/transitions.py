"""Transitions of an execution, one after the other, and what they announced."""

from collections.abc import Callable

from shared.changes import lifecycle
from shared.contracts.events import ExecutionEvent
from shared.platform.database import Database, Transaction
from tests.integration.lifecycle_world import ID

Transition = Callable[[Transaction, str], bool]


def categorized(tx: Transaction, execution_id: str) -> bool:
    return lifecycle.categorized(tx, execution_id, failed=False)


def fail(tx: Transaction, execution_id: str) -> bool:
    return lifecycle.fail(tx, execution_id, "the file is empty")


def revise(tx: Transaction, execution_id: str) -> bool:
    return lifecycle.revise(tx, execution_id, "labels were corrected")


STAGES: list[Transition] = [lifecycle.close_receiving, categorized, lifecycle.completed]
"""What brings an execution without rows from its start to its end, step by step."""


def run(database: Database, *transitions: Transition, execution_id: str = ID) -> list[bool]:
    return [database.transact(lambda tx, t=each: t(tx, execution_id)) for each in transitions]  # type: ignore[misc]


def announced(database: Database) -> list[ExecutionEvent]:
    def work(tx: Transaction) -> list[ExecutionEvent]:
        tx.execute("SELECT payload FROM outbox WHERE execution_id = %s ORDER BY id", [ID])
        return [ExecutionEvent.model_validate_json(row["payload"]) for row in tx.fetchall()]

    return database.transact(work)
