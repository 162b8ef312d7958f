"""GET /executions/{id}: the state of an execution."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator

from services.api.dependencies import Dependencies
from shared.contracts.base import Contract
from shared.contracts.events import Counts
from shared.contracts.execution import Execution, ExecutionStatus, Usage
from shared.contracts.records import ExecutionId, Profile
from shared.stores import execution_store

Utc = Annotated[datetime, AfterValidator(lambda moment: moment.replace(tzinfo=UTC))]
"""A database time, which has no zone, marked as UTC."""


class Times(Contract):
    """When an execution reached each stage, in UTC; None if it has not."""

    started: Utc
    ingested: Utc | None
    classified: Utc | None
    categorized: Utc | None
    completed: Utc | None


class ExecutionState(Contract):
    """An execution as the API shows it, without its key, its task token and customers' texts."""

    execution_id: ExecutionId
    kind: Literal["file", "direct"]
    profile: Profile
    status: ExecutionStatus
    reason: str | None
    """Why it failed, and what to do."""
    source: str | None
    """The key of the file in the data bucket."""
    counts: Counts
    usage: Usage
    expected_cost: Decimal | None
    """US dollars, estimated from the file's beginning before its rows were labelled."""
    times: Times
    discovered: int
    """Number of new categories discovered in it."""
    revision: int
    ignored_columns: tuple[str, ...]
    """Columns of the file that are not read."""
    read_from: dict[str, str]
    """By field, the name of the column it is read from, where that is another name."""


_AS_THEY_ARE = {"execution_id", "kind", "profile", "status", "expected_cost", "discovered", "revision"}


def find_state(deps: Dependencies, execution_id: ExecutionId) -> ExecutionState | None:
    """The execution's state; None if there is none of that id."""
    execution = deps.database.transact(lambda tx: execution_store.find(tx, execution_id))
    return None if execution is None else _state(execution)


def _state(execution: Execution) -> ExecutionState:
    layout = (execution.checkpoint or {}).get("layout", {})
    return ExecutionState(
        reason=execution.failure_reason,
        source=execution.source_key,
        counts=execution.counts,
        usage=execution.usage,
        times=Times(**{stage: getattr(execution, f"{stage}_at") for stage in Times.model_fields}),
        ignored_columns=tuple(layout.get("ignored_columns", ())),
        read_from=layout.get("read_from", {}),
        **execution.model_dump(include=_AS_THEY_ARE),
    )
