"""Rows that are asked again because people say so: failed ones, and labels of older versions.

Each in the caller's one transaction, under the locks of their executions, and idempotent: a parked row is
neither failed nor labelled. The sweeper sends parked rows as soon as budgets allow; an execution that had
ended is revised once, when the last of them is answered.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId, Profile, RecordId
from shared.contracts.taxonomy import Taxonomy
from shared.platform.database import Transaction
from shared.stores import execution_store, relabelling
from shared.stores.feedback_store import RowStatus

_LABELS = (RowStatus.LABELLED, RowStatus.UNKNOWN)
# What people corrected stays as they said.
_OUTDATED = """
    f.profile = %(profile)s AND f.label_correction IS NULL
    AND NOT (f.taxonomy_version <=> %(taxonomy_version)s
        AND f.corrections_version <=> %(corrections_version)s)
"""


class Failed(Contract):
    """Which failed rows: those that meet all that is said, and something must be said.

    Attributes:
        execution_id: of this execution.
        reason: failed for exactly this reason, as results.csv has it.
        ids: the rows' ids.
    """

    execution_id: ExecutionId | None = None
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    ids: Annotated[tuple[int, ...], Field(min_length=1, max_length=10_000)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.execution_id is None and self.reason is None and self.ids is None:
            raise ValueError("name an execution, a reason or ids")
        return self


class FailedRow(Contract):
    """A failed row, as people see it in a list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    record_id: RecordId
    execution_id: ExecutionId
    row_number: int | None
    failure_reason: str
    feedback: str
    """Empty if its text was lost with its message: it cannot be replayed."""


class FailedFor(Contract):
    """How many rows of an execution failed for one reason."""

    execution_id: ExecutionId
    reason: str
    rows: int


_LIST = """
    SELECT f.id, f.record_id, f.execution_id, f.`row_number`, f.failure_reason, f.feedback
    FROM execution e JOIN customer_feedback f ON f.execution_id = e.execution_id
    WHERE e.failed > 0 AND f.status = 'failed' AND f.id > %(after)s AND {which}
    ORDER BY f.id LIMIT %(limit)s
"""
_BY_REASON = """
    SELECT f.execution_id, f.failure_reason AS reason, COUNT(*) AS `rows`
    FROM execution e JOIN customer_feedback f ON f.execution_id = e.execution_id
    WHERE e.failed > 0 AND f.status = 'failed' AND {which}
    GROUP BY f.execution_id, f.failure_reason ORDER BY f.execution_id, `rows` DESC
"""


def failed_rows(
    tx: Transaction, failed: Failed | None = None, after: int = 0, limit: int = 1000
) -> list[FailedRow]:
    """The next page of failed rows, dead letters among them, behind the one with the id `after`."""
    which, values = _meets(failed)
    tx.execute(_LIST.format(which=which), {**values, "after": after, "limit": limit})
    return [FailedRow.model_validate(row) for row in tx.fetchall()]


def failed_by_reason(tx: Transaction, failed: Failed | None = None) -> list[FailedFor]:
    """How many rows failed for which reason, execution by execution."""
    which, values = _meets(failed)
    tx.execute(_BY_REASON.format(which=which), values)
    return [FailedFor.model_validate(row) for row in tx.fetchall()]


def executions_of(tx: Transaction, failed: Failed) -> list[ExecutionId]:
    """The executions that have such rows, in the order of their ids."""
    return sorted(relabelling.homes(tx, RowStatus.FAILED, *_meets(failed)))


def replay(tx: Transaction, failed: Failed) -> int:
    """Parks failed rows to be sent again; returns how many."""
    which, values = _meets(failed)
    return _ask_again(tx, executions_of(tx, failed), (RowStatus.FAILED,), which, values)


def _meets(failed: Failed | None) -> tuple[str, dict[str, object]]:
    """A condition on `f`, and its values."""
    if failed is None:
        return "TRUE", {}
    conditions = {
        "f.execution_id = %(of)s": failed.execution_id,
        "f.failure_reason = %(reason)s": failed.reason,
        "f.id IN %(ids)s": failed.ids,
    }
    which = " AND ".join(condition for condition, value in conditions.items() if value is not None)
    return which, {"of": failed.execution_id, "reason": failed.reason, "ids": failed.ids}


def outdated(tx: Transaction, taxonomy: Taxonomy) -> list[ExecutionId]:
    """Executions with labels made under other versions than these, in the order of their ids."""
    values = _versions(taxonomy)
    return sorted(set().union(*(relabelling.homes(tx, status, _OUTDATED, values) for status in _LABELS)))


def ask_outdated(tx: Transaction, taxonomy: Taxonomy, executions: Iterable[ExecutionId]) -> int:
    """Parks these executions' rows with labels made under other versions than these; returns how many."""
    return _ask_again(tx, executions, _LABELS, _OUTDATED, _versions(taxonomy))


def _versions(taxonomy: Taxonomy) -> dict[str, Profile | int]:
    return taxonomy.model_dump(include={"profile", "taxonomy_version", "corrections_version"})


def _ask_again(
    tx: Transaction,
    executions: Iterable[ExecutionId],
    statuses: Iterable[RowStatus],
    which: str,
    values: Mapping[str, object],
) -> int:
    locked = [each for each in sorted(set(executions)) if execution_store.lock(tx, each)]
    return sum(
        relabelling.ask_again(tx, execution_id, status, which, values)
        for execution_id in locked
        for status in statuses
    )
