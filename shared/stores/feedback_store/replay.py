"""Parks rows that people want asked again: failed ones, and labels of older versions."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.base import Contract
from shared.contracts.events import Counts
from shared.contracts.records import ExecutionId
from shared.contracts.taxonomy import Taxonomy
from shared.platform.database import Transaction
from shared.stores import execution_store
from shared.stores.feedback_store.rows import RowStatus
from shared.stores.reading import column

PARKED_AT_ONCE = 20_000
"""Rows that one transaction parks, at most."""
_LABELS = (RowStatus.LABELLED, RowStatus.UNKNOWN)
# Corrected rows keep their correction.
_OUTDATED = """
    f.profile = %(profile)s AND f.label_correction IS NULL
    AND NOT (f.taxonomy_version <=> %(taxonomy_version)s
        AND f.corrections_version <=> %(corrections_version)s
        AND COALESCE(f.profile_version, 0) = %(profile_version)s)
"""
_EXECUTIONS = """
    SELECT DISTINCT f.execution_id
    FROM execution e JOIN customer_feedback f ON f.execution_id = e.execution_id
    WHERE e.{status} > 0 AND f.status = %(status)s AND {which}
"""
# The sweeper sends rows that are parked for a budget as soon as budgets allow. A row without a text was lost
# with its message (`feedback_store.missing`) and cannot be asked.
_PARK = """
    UPDATE customer_feedback f SET f.status = 'parked', f.parked_cause = 'budget', f.failure_reason = NULL,
        f.label_post_processing = NULL
    WHERE f.execution_id = %(execution_id)s AND f.status = %(status)s AND f.feedback <> '' AND {which}
    LIMIT %(limit)s
"""


class Failed(Contract):
    """Selects failed rows by all of the conditions that are given, at least one.

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


def executions_with_failed(tx: Transaction, failed: Failed) -> list[ExecutionId]:
    """The executions with such rows, in the order of their ids."""
    return sorted(_executions(tx, RowStatus.FAILED, *_meets(failed)))


def park_failed(tx: Transaction, execution_id: ExecutionId, failed: Failed) -> int:
    """Parks such rows of the execution; returns how many. The caller has locked the execution.

    At most PARKED_AT_ONCE rows; the next call parks the next ones.
    """
    return _park(tx, execution_id, RowStatus.FAILED, *_meets(failed))


def executions_with_outdated(tx: Transaction, taxonomy: Taxonomy) -> list[ExecutionId]:
    """The executions with labels made under other versions than these, in the order of their ids."""
    values = _versions(taxonomy)
    return sorted(set().union(*(_executions(tx, status, _OUTDATED, values) for status in _LABELS)))


def park_outdated(tx: Transaction, execution_id: ExecutionId, taxonomy: Taxonomy) -> int:
    """Parks the execution's rows with labels made under other versions; like `park_failed`."""
    values = _versions(taxonomy)
    return sum(_park(tx, execution_id, status, _OUTDATED, values) for status in _LABELS)


def _executions(
    tx: Transaction, status: RowStatus, which: str, values: Mapping[str, object]
) -> set[ExecutionId]:
    query = _EXECUTIONS.format(status=f"`{status}`", which=which)
    return set(column(tx, query, {**values, "status": status}))


def _park(
    tx: Transaction, execution_id: ExecutionId, status: RowStatus, which: str, values: Mapping[str, object]
) -> int:
    asked = {**values, "status": status, "execution_id": execution_id, "limit": PARKED_AT_ONCE}
    parked = tx.execute(_PARK.format(which=which), asked)
    if parked:
        execution_store.add_counts(tx, execution_id, Counts(**{status.value: -parked, "parked": parked}))
    return parked


def _meets(failed: Failed) -> tuple[str, dict[str, object]]:
    """The condition on `f`, and its values."""
    conditions = {
        "f.execution_id = %(of)s": failed.execution_id,
        "f.failure_reason = %(reason)s": failed.reason,
        "f.id IN %(ids)s": failed.ids,
    }
    which = " AND ".join(condition for condition, value in conditions.items() if value is not None)
    return which, {"of": failed.execution_id, "reason": failed.reason, "ids": failed.ids}


def _versions(taxonomy: Taxonomy) -> dict[str, str | int]:
    return taxonomy.model_dump(exclude={"categories"})
