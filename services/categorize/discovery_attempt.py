"""What the steps of one attempt at a discovery share: what they read, and the time that is left."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Concatenate, ParamSpec

from services.categorize import planning
from services.categorize.clusters import CategoryVectors
from services.categorize.dependencies import RESERVE_SECONDS, Dependencies
from services.categorize.existing_categories import ExistingCategories, read_existing
from services.categorize.vectors import VectorSource
from shared.contracts.execution import Execution, Usage
from shared.contracts.records import ExecutionId
from shared.platform.consumer import Attempt
from shared.platform.database import Transaction
from shared.stores import discovery_store, execution_store, feedback_store
from shared.stores.discovery_store import DiscoveryState
from shared.stores.feedback_store.discover import PoolRow

P = ParamSpec("P")


class DiscoveryAttempt:
    """An attempt at the discovery of one execution, under its profile's lock."""

    def __init__(self, deps: Dependencies, attempt: Attempt, execution: Execution) -> None:
        self.deps, self.execution, self._attempt = deps, execution, attempt
        self.execution_id, self.profile = execution.execution_id, execution.profile
        self.vectors = VectorSource(deps, attempt, execution.execution_id)

    @cached_property
    def existing(self) -> ExistingCategories:
        """The profile's categories."""
        return read_existing(self.deps.database, self.profile)

    @cached_property
    def near(self) -> Mapping[int, CategoryVectors]:
        """Their vectors, by id."""
        return self.existing.vectors(self.vectors)

    @cached_property
    def sizes(self) -> Mapping[str | None, int]:
        """The execution's rows by label, None for unknown."""
        sizes = self.deps.database.transact(feedback_store.category_samples.category_sizes, self.execution_id)
        return dict(sizes) | {None: self.execution.unknown}

    def at_least(self, pool: int) -> int:
        """Rows from which a group is a theme in a pool of so many."""
        settings = self.deps.settings
        return planning.minimum(pool, settings.minimum_rows, settings.minimum_share)

    def find(self) -> DiscoveryState | None:
        """What earlier steps and attempts kept; None before the first."""
        return self.deps.database.transact(discovery_store.find, self.execution_id)

    def rows_of(self, row_ids: Sequence[int]) -> list[PoolRow]:
        """These rows, in no order."""
        return self.deps.database.transact(feedback_store.discover.pool_rows, row_ids)

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was kept yet, so that it has the function's whole time."""
        return not self._attempt.steps

    @property
    def receives(self) -> int:
        """How often the message was received without an error that it left behind."""
        return self._attempt.message.receives

    def check_time(self, seconds: float = 0.0) -> None:
        """Raises OutOfTime if so many seconds, and a model call, may not be left."""
        self._attempt.check_time(RESERVE_SECONDS + seconds)

    def kept(self) -> None:
        """Says that a step's result is stored."""
        self._attempt.kept()

    def keep(
        self,
        used: Usage,
        write: Callable[Concatenate[Transaction, ExecutionId, P], object],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Stores what the model answered about the execution, with what it took."""

        def work(tx: Transaction) -> None:
            write(tx, self.execution_id, *args, **kwargs)
            execution_store.add_usage(tx, self.execution_id, used)

        self.deps.database.transact(work)
        self.deps.telemetry.cost(used.estimated_cost)
        self._attempt.kept()
