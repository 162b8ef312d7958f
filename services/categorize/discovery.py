"""One discovery, step by step; what a step found is kept, so that a crash resumes after it.

    pool ─▶ vectors ─▶ groups ─▶ a verdict for each ─▶ merged names ─▶ applied, in one transaction

No transaction is open while the model is asked.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from services.categorize import applying, decisions, merging, planning
from services.categorize.applying import Outcome
from services.categorize.decisions import Decision
from services.categorize.embedding import Embedder
from services.categorize.existing_categories import Surroundings, surroundings
from services.categorize.grouping import resolution_for, seconds_for
from services.categorize.judging import CATEGORIES_WITH_EXAMPLES, SHOWN_CHARACTERS, Question, judge
from services.categorize.outliers import without_strays
from services.categorize.progress import Progress
from services.categorize.settings import CategorizeSettings
from services.categorize.vectors import VectorSource
from shared.changes import lifecycle
from shared.contracts.execution import Execution, ExecutionStatus, Usage
from shared.contracts.records import ExecutionId
from shared.contracts.taxonomy import MOST_ACTIVE, CategoryStatus
from shared.model.bedrock import Model
from shared.platform.database import Database, Transaction
from shared.platform.named_lock import named_lock
from shared.stores import discovery_store, execution_store, feedback_store
from shared.stores.discovery_store import DiscoveryPlan, Theme, Verdict
from shared.stores.feedback_store.discover import PoolRow

JUDGES = 4
"""Themes judged side by side."""


@dataclass
class Discovery:
    """What a discovery works with.

    Attributes:
        pool_limit: unknown rows that are looked at, a sample if there are more.
    """

    database: Database
    model: Model
    embedder: Embedder
    settings: CategorizeSettings
    progress: Progress
    pool_limit: int = planning.POOL_LIMIT

    def run(self, execution_id: ExecutionId) -> Outcome | None:
        """Discovers for this execution; None if there is nothing (more) to do.

        Raises:
            LockBusy: another discovery of the profile is running.
            OutOfTime: to be continued.
            ModelBusy: to be continued later.
            ModelRefused: a person must look.
        """
        execution = self._waiting(execution_id)
        if execution is None:
            return None
        with named_lock(self.database, applying.lock_name(execution.profile)):
            # Who held the lock before may have done it.
            execution = self._waiting(execution_id)
            return None if execution is None else self._discover(execution)

    def give_up(self, execution_id: ExecutionId) -> bool:
        """Ends the discovery as failed, so that the report comes; False if it had ended."""
        return self.database.transact(lambda tx: lifecycle.categorized(tx, execution_id, failed=True))

    def _waiting(self, execution_id: ExecutionId) -> Execution | None:
        execution = self.database.transact(lambda tx: execution_store.find(tx, execution_id))
        waiting = execution is not None and execution.status is ExecutionStatus.CLASSIFIED
        return execution if waiting else None

    def _discover(self, execution: Execution) -> Outcome:
        execution_id = execution.execution_id
        around = surroundings(self.database, execution.profile)
        plan = self._find_plan(execution_id) or self._plan(execution, around)
        plan = self._judge_all(execution_id, plan, around)
        merges = plan.merges if plan.merges is not None else self._merge(execution_id, plan, around)
        decided = self._without_strays(execution_id, plan, merges, around)
        status = self._status_of_new(decided, around)

        def apply(tx: Transaction) -> Outcome:
            carriers = [row_id for decision in decided for row_id in decision.example_ids]
            record_ids = {row.id: row.record_id for row in feedback_store.texts(tx, carriers, 1)}
            return applying.apply(tx, execution_id, decided, record_ids, status)

        outcome = self.database.transact(apply)
        outcome.left_out = plan.left_out
        return outcome

    def _status_of_new(self, decided: Sequence[Decision], around: Surroundings) -> CategoryStatus:
        """Proposed also where the prompt has no room for more: people must retire some for it."""
        active = [each for each in around.categories.values() if each.status is CategoryStatus.ACTIVE]
        count = len(active) + sum(decision.new is not None for decision in decided)
        if self.settings.category_approval == "manual" or count > MOST_ACTIVE:
            return CategoryStatus.PROPOSED
        return CategoryStatus.ACTIVE

    def _without_strays(
        self, execution_id: ExecutionId, plan: DiscoveryPlan, merges: Sequence[str], around: Surroundings
    ) -> list[Decision]:
        decided = decisions.decide(plan.themes, merges, around.categories)
        source = VectorSource(self.database, self.embedder, execution_id, self.progress)
        rows = self._rows_of([row_id for each in decided if each.new for row_id in each.row_ids])
        found = source.of_rows(rows)
        vectors = {row.id: found[row.text_key] for row in rows}
        near = around.vectors(source) if rows else {}
        return without_strays(decided, vectors, near, self._at_least(plan.pool))

    def _find_plan(self, execution_id: ExecutionId) -> DiscoveryPlan | None:
        return self.database.transact(lambda tx: discovery_store.find(tx, execution_id))

    def _plan(self, execution: Execution, around: Surroundings) -> DiscoveryPlan:
        execution_id, limit = execution.execution_id, self.pool_limit
        rows, known = self.database.transact(
            lambda tx: feedback_store.discover.unknown_pool(tx, execution.profile, execution_id, limit)
        )
        at_least = self._at_least(len(rows))
        themes = self._themes(execution_id, rows, around, at_least) if len(rows) >= at_least else []
        # Rows may have been labelled between the two counts.
        plan = DiscoveryPlan(pool=len(rows), left_out=max(0, known - len(rows)), themes=tuple(themes))
        self.database.transact(lambda tx: discovery_store.add(tx, execution_id, plan))
        self.progress.kept()
        self.progress.check_time()
        return plan

    def _themes(
        self, execution_id: ExecutionId, rows: Sequence[PoolRow], around: Surroundings, at_least: int
    ) -> list[Theme]:
        source = VectorSource(self.database, self.embedder, execution_id, self.progress)
        vectors = source.of_rows(rows)
        near = around.vectors(source)
        sizes = self.database.transact(lambda tx: feedback_store.discover.category_sizes(tx, execution_id))
        if self.progress.steps:
            # The largest step of all had better begin with the time of a fresh attempt.
            self.progress.check_time(seconds_for(len(vectors)))
        typical = planning.typical_size(list(sizes.values()), len(vectors), self.settings.minimum_rows)
        groups = planning.group_texts(
            vectors, resolution_for(len(vectors), typical), at_least=at_least * len(vectors) / len(rows)
        )
        return planning.themes(rows, groups, vectors, near, at_least)

    def _judge_all(
        self, execution_id: ExecutionId, plan: DiscoveryPlan, around: Surroundings
    ) -> DiscoveryPlan:
        """Judges every theme, and the parts of those that are mixed, and theirs."""
        at_least = self._at_least(plan.pool)
        while True:
            self._judge(execution_id, [theme for theme in plan.themes if theme.verdict is None], around)
            plan = self._find_plan(execution_id) or plan
            coarse = planning.too_coarse(plan.themes, at_least)
            if not coarse:
                return plan
            self._divide(execution_id, coarse, len(plan.themes) + 1, at_least, around)
            plan = self._find_plan(execution_id) or plan

    def _divide(
        self,
        execution_id: ExecutionId,
        coarse: Sequence[Theme],
        number: int,
        at_least: int,
        around: Surroundings,
    ) -> None:
        source = VectorSource(self.database, self.embedder, execution_id, self.progress)
        near = around.vectors(source)
        for theme in coarse:
            rows = self._rows_of(theme.row_ids)
            parts = planning.divide(theme, rows, source.of_rows(rows), near, at_least, number)
            self._keep_parts(execution_id, theme.number, parts)
            number += len(parts)

    def _rows_of(self, row_ids: Sequence[int]) -> list[PoolRow]:
        read = self.database.transact(lambda tx: feedback_store.texts(tx, row_ids, 1))
        return [PoolRow(id=row.id, text_key=row.text_key) for row in read]

    def _keep_parts(self, execution_id: ExecutionId, number: int, parts: Sequence[Theme]) -> None:
        self.database.transact(lambda tx: discovery_store.divide(tx, execution_id, number, parts))
        self.progress.kept()

    def _at_least(self, pool: int) -> int:
        return planning.minimum(pool, self.settings.minimum_rows, self.settings.minimum_share)

    def _judge(self, execution_id: ExecutionId, themes: Sequence[Theme], around: Surroundings) -> None:
        for start in range(0, len(themes), JUDGES):
            some = themes[start : start + JUDGES]
            questions = [self._question(theme, around) for theme in some]
            with ThreadPoolExecutor(JUDGES) as pool:
                answers = [pool.submit(judge, self.model, question) for question in questions]
            failed = [answer for answer in answers if answer.exception() is not None]
            for theme, answer in zip(some, answers, strict=True):
                if answer not in failed:
                    self._keep_verdict(execution_id, theme.number, *answer.result())
            for answer in failed:
                answer.result()
            self.progress.check_time()

    def _question(self, theme: Theme, around: Surroundings) -> Question:
        rows = self.database.transact(lambda tx: feedback_store.texts(tx, theme.shown_ids, SHOWN_CHARACTERS))
        near = [around.categories[key] for key in theme.category_ids if key in around.categories]
        examples = around.texts(category.id for category in near[:CATEGORIES_WITH_EXAMPLES])
        return Question([row.text[:SHOWN_CHARACTERS] for row in rows], near, examples)

    def _keep_verdict(self, execution_id: ExecutionId, number: int, verdict: Verdict, used: Usage) -> None:
        def work(tx: Transaction) -> None:
            discovery_store.set_verdict(tx, execution_id, number, verdict)
            execution_store.add_usage(tx, execution_id, used)

        self.database.transact(work)
        self.progress.kept()

    def _merge(self, execution_id: ExecutionId, plan: DiscoveryPlan, around: Surroundings) -> Sequence[str]:
        names = decisions.proposals(plan.themes)
        candidates = decisions.merge_candidates(plan.themes, around.categories)
        lines, used = merging.merge(self.model, names, candidates)

        def work(tx: Transaction) -> None:
            discovery_store.set_merges(tx, execution_id, lines or [])
            execution_store.add_usage(tx, execution_id, used)

        self.database.transact(work)
        return lines or []
