"""Runs one discovery in steps; each step's result is stored, so that a crash resumes after it.

    all rows, or a sample ─▶ vectors ─▶ groups ─▶ a verdict on those that may be new
        ─▶ rows beyond the sample to the nearest group ─▶ merged names
        ─▶ labelled rows of new categories asked again ─▶ applied, in one transaction

No transaction is open while the model is asked.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from services.categorize import applying, decisions, merging, planning
from services.categorize.activation import Activation
from services.categorize.applying import DiscoveryResult
from services.categorize.asking_again import AskAgain
from services.categorize.beyond_sample import BeyondSample
from services.categorize.decisions import CountRows, Decision
from services.categorize.dependencies import Dependencies
from services.categorize.discovery_attempt import DiscoveryAttempt
from services.categorize.outliers import without_outliers
from services.categorize.theme_judging import ThemeJudging
from services.categorize.theme_search import ThemeSearch
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.records import ExecutionId, Profile
from shared.platform.consumer import Attempt
from shared.platform.database import Transaction
from shared.platform.named_lock import named_lock
from shared.stores import discovery_store, execution_store, feedback_store, profile_store
from shared.stores.discovery_store import DiscoveryState


def discover(deps: Dependencies, attempt: Attempt, execution_id: ExecutionId) -> DiscoveryResult | None:
    """Discovers for this execution; None if there is nothing (more) to do.

    Raises:
        LockBusy: another discovery of the profile is running.
        OutOfTime: to be continued.
        ModelBusy: to be continued later.
        ModelRefused: a person must look.
    """
    execution = _waiting(deps, execution_id)
    if execution is None:
        return None
    with named_lock(deps.database, applying.lock_name(execution.profile)):
        # Another delivery may have ended it while this one waited for the lock.
        execution = _waiting(deps, execution_id)
        if execution is None:
            return None
        own = _with_thresholds(deps, execution.profile)
        return Discovery(DiscoveryAttempt(own, attempt, execution)).run()


def give_up(deps: Dependencies, execution_id: ExecutionId) -> bool:
    """Ends the discovery as failed, so that the execution goes on to its report; False if it had ended."""
    return deps.database.transact(applying.give_up, execution_id)


def _with_thresholds(deps: Dependencies, profile: Profile) -> Dependencies:
    """The dependencies with the thresholds that the profile sets, each in the setting of its name."""
    document = deps.database.transact(profile_store.current, profile).document
    own = document.thresholds.model_dump(exclude_none=True)
    return replace(deps, settings=deps.settings.model_copy(update=own))


def _waiting(deps: Dependencies, execution_id: ExecutionId) -> Execution | None:
    execution = deps.database.transact(execution_store.find, execution_id)
    waiting = execution is not None and execution.status is ExecutionStatus.CLASSIFIED
    return execution if waiting else None


class Discovery:
    """An attempt at the discovery of one execution, step by step."""

    def __init__(self, attempt: DiscoveryAttempt) -> None:
        self._attempt = attempt
        self._execution_id = attempt.execution_id
        self._database = attempt.deps.database

    def run(self) -> DiscoveryResult:
        """Resumes after the steps that are stored; raises what `discover` raises.

        If the embedding model was changed before all rows were assigned, it begins again.
        """
        model_id = self._attempt.deps.embedder.model_id
        self._database.transact(
            lambda tx: discovery_store.forget_of_other_model(tx, self._execution_id, model_id)
        )
        state = self._attempt.find() or ThemeSearch(self._attempt).run()
        state = BeyondSample(self._attempt).run(ThemeJudging(self._attempt).run(state))
        decided, state = self._decide(state) if state.themes else ([], state)

        def apply(tx: Transaction) -> DiscoveryResult:
            carriers = [row_id for decision in decided for row_id in decision.example_ids]
            record_ids = {row.id: row.record_id for row in feedback_store.texts(tx, carriers, 1)}
            return applying.apply(tx, self._execution_id, decided, record_ids, state)

        result = self._database.transact(apply)
        result.left_out, result.unjudged = state.left_out, len(planning.unjudged(state.themes))
        return result

    def _decide(self, state: DiscoveryState) -> tuple[list[Decision], DiscoveryState]:
        """The decisions, and the state under the taxonomy that approving may have changed."""
        merges = state.merges if state.merges is not None else self._merge(state)
        decided, count = self._without_outliers(state, merges)
        known, at_least = self._attempt.existing.categories, self._attempt.at_least(state.pool)
        settings = self._attempt.deps.settings
        activation = Activation(self._database, settings, known, at_least, self._execution_id)
        version = state.taxonomy_version + activation.approve_proven(decided)
        decided = activation.with_status(decided)
        moved, all_asked = self._ask_again(decided)
        decided = decisions.with_moved(decided, moved, at_least, count, all_asked=all_asked)
        return decided, state.model_copy(update={"taxonomy_version": version})

    def _merge(self, state: DiscoveryState) -> Sequence[str]:
        names = decisions.proposals(state.themes)
        candidates = decisions.merge_candidates(state.themes, self._attempt.existing.categories)
        lines, used = merging.merge(self._attempt.deps.model, names, candidates)
        self._attempt.keep(used, discovery_store.set_merges, lines or [])
        return lines or []

    def _without_outliers(
        self, state: DiscoveryState, merges: Sequence[str]
    ) -> tuple[list[Decision], CountRows]:
        """The decisions, and how the feedbacks of their rows are counted."""
        attempt = self._attempt
        decided = decisions.decide(state.themes, merges, attempt.existing.categories)
        carriers = [key for each in decided for key in each.row_ids + each.assigned_ids]
        rows = {row.id: row for row in attempt.rows_of(carriers)}
        new = [rows[key] for each in decided if each.new for key in each.row_ids if key in rows]
        found = attempt.vectors.of_rows(new)
        vectors = {row.id: found[row.text_key] for row in new}
        near = attempt.near if new else {}
        decided = decisions.parted(decided, rows, self._execution_id)
        origins = self._database.transact(feedback_store.discover.origins, vectors)
        direct = {each.execution_id for each in origins if each.kind == "direct"}
        count = partial(decisions.feedbacks, rows=rows, direct=direct)
        return without_outliers(decided, vectors, near, attempt.at_least(state.pool), count), count

    def _ask_again(self, decided: Sequence[Decision]) -> tuple[dict[int, str], bool]:
        """The new category of each labelled row that got one when it was asked again; whether all were."""
        new = [each for each in decided if each.is_asked]
        row_ids = [row_id for each in new for row_id in each.labelled_ids]
        moved: dict[int, str] = {}
        all_asked = True
        if row_ids:
            known = self._attempt.existing.categories.values()
            typical = [(each.new, each.typical_ids) for each in new if each.new is not None]
            moved, all_asked = AskAgain(self._attempt, known, typical).ask(row_ids)
        return moved, all_asked
