"""Runs one discovery in steps; each step's result is stored, so that a crash resumes after it.

    all rows ─▶ vectors ─▶ groups ─▶ a verdict on those that may be new ─▶ merged names
        ─▶ labelled rows of new categories asked again ─▶ applied, in one transaction

No transaction is open while the model is asked.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property

from services.categorize import applying, decisions, merging, planning, remembering
from services.categorize.activation import Activation
from services.categorize.applying import DiscoveryResult
from services.categorize.asking_again import AskAgain
from services.categorize.decisions import Decision
from services.categorize.dependencies import RESERVE_SECONDS, Dependencies
from services.categorize.existing_categories import ExistingCategories, read_existing
from services.categorize.grouping import Floats, resolution_for, seconds_for
from services.categorize.judging import CATEGORIES_WITH_EXAMPLES, SHOWN_CHARACTERS, Question, judge, labels_of
from services.categorize.outliers import without_outliers
from services.categorize.planning import CategoryVectors
from services.categorize.promising import Neighbours, Promising
from services.categorize.sentences import find_sentences
from services.categorize.vectors import VectorSource
from shared.contracts.execution import Execution, ExecutionStatus, Usage
from shared.contracts.records import ExecutionId, Profile
from shared.model.cost_estimate import MOST_EMBEDDED
from shared.platform.consumer import Attempt
from shared.platform.database import Transaction
from shared.platform.named_lock import named_lock
from shared.stores import category_store, discovery_store, execution_store, feedback_store, profile_store
from shared.stores.discovery_store import DiscoveryState, Kind, Theme, Verdict
from shared.stores.feedback_store.discover import PoolRow

JUDGES = 4
"""Model calls that judge themes, in parallel."""
TOPICS_SHARE = 4
"""One part in so many of what is looked at may be topics that no category covers."""


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
        return Discovery(_with_thresholds(deps, execution.profile), attempt, execution).run()


def give_up(deps: Dependencies, execution_id: ExecutionId) -> bool:
    """Ends the discovery as failed, so that the execution goes on to its report; False if it had ended."""
    return deps.database.transact(lambda tx: applying.give_up(tx, execution_id))


def _with_thresholds(deps: Dependencies, profile: Profile) -> Dependencies:
    """The dependencies with the thresholds that the profile sets for itself."""
    document = deps.database.transact(lambda tx: profile_store.current(tx, profile)).document
    own = document.thresholds.model_dump(exclude_none=True)
    return replace(deps, settings=deps.settings.model_copy(update=own))


def _waiting(deps: Dependencies, execution_id: ExecutionId) -> Execution | None:
    execution = deps.database.transact(lambda tx: execution_store.find(tx, execution_id))
    waiting = execution is not None and execution.status is ExecutionStatus.CLASSIFIED
    return execution if waiting else None


class Discovery:
    """An attempt at the discovery of one execution, under its profile's lock."""

    def __init__(self, deps: Dependencies, attempt: Attempt, execution: Execution) -> None:
        self._deps = deps
        self._settings, self._model, self._database = deps.settings, deps.model, deps.database
        self._telemetry = deps.telemetry
        self._attempt = attempt
        self._execution = execution
        self._execution_id, self._profile = execution.execution_id, execution.profile
        self._vectors = VectorSource(deps, attempt, execution.execution_id)

    def run(self) -> DiscoveryResult:
        """Resumes after the steps that are stored; raises what `discover` raises."""
        state = self._judge_all(self._find() or self._group())
        decided, state = self._decide(state) if state.themes else ([], state)

        def apply(tx: Transaction) -> DiscoveryResult:
            carriers = [row_id for decision in decided for row_id in decision.example_ids]
            record_ids = {row.id: row.record_id for row in feedback_store.texts(tx, carriers, 1)}
            return applying.apply(tx, self._execution_id, decided, record_ids, state)

        result = self._database.transact(apply)
        result.left_out, result.unjudged = state.left_out, len(planning.unjudged(state.themes))
        return result

    def _find(self) -> DiscoveryState | None:
        return self._database.transact(lambda tx: discovery_store.find(tx, self._execution_id))

    @cached_property
    def _existing(self) -> ExistingCategories:
        return read_existing(self._database, self._profile)

    @cached_property
    def _near(self) -> Mapping[int, CategoryVectors]:
        return self._existing.vectors(self._vectors)

    @cached_property
    def _sizes(self) -> Mapping[str | None, int]:
        """The execution's rows by label, None for unknown."""
        sizes = self._database.transact(
            lambda tx: feedback_store.discover.category_sizes(tx, self._execution_id)
        )
        return dict(sizes) | {None: self._execution.unknown}

    def _at_least(self, pool: int) -> int:
        return planning.minimum(pool, self._settings.minimum_rows, self._settings.minimum_share)

    def _check_time(self, seconds: float = 0.0) -> None:
        self._attempt.check_time(RESERVE_SECONDS + seconds)

    def _group(self) -> DiscoveryState:
        # An attempt that stored no error may have had too many rows for the function's time or memory.
        limit = MOST_EMBEDDED >> (self._attempt.message.receives - 1)
        self._find_sentences(limit)
        rows, left_out, version = self._database.transact(lambda tx: self._pool(tx, limit))
        at_least = self._at_least(len(rows))
        worth_it = remembering.may_hold_new(rows, version, at_least)
        themes = self._themes(rows, version, at_least) if worth_it else []
        state = DiscoveryState(
            pool=len(rows),
            left_out=left_out,
            taxonomy_version=version,
            themes=tuple(themes),
        )
        self._database.transact(lambda tx: discovery_store.add(tx, self._execution_id, state))
        self._attempt.kept()
        self._check_time()
        return state

    def _find_sentences(self, limit: int) -> None:
        """Where the topics stand that no category covers."""
        most = limit // TOPICS_SHARE
        find_sentences(
            self._database, self._vectors, lambda: self._near, self._profile, self._execution_id, most
        )

    def _pool(self, tx: Transaction, limit: int) -> tuple[list[PoolRow], int, int]:
        """The rows, how many are left out, and the taxonomy's version; no rows if the execution has none.

        Where there are too many, unknown rows have half of the room, and what labelled ones leave of it.
        """
        version = category_store.taxonomy_version(tx, self._profile)
        labelled, with_label = feedback_store.discover.labelled_pool(tx, self._execution_id, limit)
        if not (labelled or self._execution.unknown):
            return [], 0, version
        topics = feedback_store.discover.topic_pool(
            tx, self._profile, self._execution_id, limit // TOPICS_SHARE
        )
        limit -= len(topics)
        unknown, without = feedback_store.discover.unknown_pool(tx, self._profile, self._execution_id, limit)
        unknown = unknown[: max(limit // 2, limit - len(labelled))]
        labelled = labelled[: limit - len(unknown)]
        rows = [*unknown, *labelled]
        known = feedback_store.discover.anchors(
            tx, self._profile, self._execution_id, version, limit - len(rows)
        )
        # Rows may have been labelled between the two counts.
        return [*rows, *known, *topics], max(0, with_label + without - len(rows)), version

    def _themes(self, rows: Sequence[PoolRow], version: int, at_least: int) -> list[Theme]:
        """Groups of all rows that may be new; then groups of the unknown rows that are in none of these.

        Unknown topics are among the latter: beside their own rows, each would lie with its row.
        """
        vectors = self._vectors.of_rows(rows)
        if self._attempt.steps:
            # The longest step begins only in an attempt that has the function's whole time.
            unknown_rows = sum(row.label is None for row in rows)
            self._check_time(seconds_for(len(vectors)) + seconds_for(min(unknown_rows, len(vectors) // 2)))
        asked: list[Theme] = []
        found: list[Theme] = []
        if any(row.label for row in rows):
            whole = [row for row in rows if row.id > 0]
            found, grouped = self._grouped(whole, planning.of_rows(whole, vectors), at_least)
            large = [theme for theme in found if len(theme.row_ids) >= at_least]
            promising = Promising(large, whole, vectors, grouped, self._near, self._sizes)
            asked = remembering.to_ask(found, whole, vectors, version, at_least)
            asked = [theme for theme in asked if promising(theme)]
        taken = {row_id for theme in asked for row_id in theme.row_ids}
        unknown = [row for row in rows if row.label is None and row.id not in taken]
        own = planning.of_rows(unknown, vectors)
        neighbours = Neighbours(found, rows, vectors, self._execution_id)
        rest, _ = self._grouped(unknown, own, at_least)
        rest = remembering.to_ask(rest, unknown, own, version, at_least)
        asked += [theme for theme in rest if not neighbours.have(theme)]
        asked = [theme.model_copy(update={"number": number}) for number, theme in enumerate(asked, 1)]
        return planning.beside(asked, rows, vectors, self._near) if asked else []

    def _grouped(
        self, rows: Sequence[PoolRow], vectors: Mapping[bytes, Floats], at_least: int
    ) -> tuple[list[Theme], Mapping[bytes, Floats]]:
        """The groups of these rows, the small ones too, and the vectors by which they were grouped."""
        grouped = planning.without_products(rows, vectors)
        sizes = [size for name, size in self._sizes.items() if name is not None]
        typical = planning.typical_size(sizes, len(vectors), self._settings.minimum_rows)
        enough = at_least * len(vectors) / max(1, len(rows))
        groups = planning.group_texts(grouped, resolution_for(len(vectors), typical), at_least=enough)
        return planning.themes(rows, groups, vectors, {}, 1), grouped

    def _judge_all(self, state: DiscoveryState) -> DiscoveryState:
        """Judges every theme, and the parts of those that are mixed, and theirs."""
        at_least = self._at_least(state.pool)
        while True:
            self._judge([theme for theme in state.themes if theme.verdict is None])
            state = self._find() or state
            coarse = planning.too_coarse(state.themes, at_least)
            if not coarse:
                return state
            self._divide(coarse, len(state.themes) + 1, at_least)
            state = self._find() or state

    def _divide(self, coarse: Sequence[Theme], number: int, at_least: int) -> None:
        for theme in coarse:
            rows = self._rows_of(theme.row_ids)
            parts = planning.divide(theme, rows, self._vectors.of_rows(rows), self._near, at_least, number)
            self._keep_parts(theme.number, parts)
            number += len(parts)

    def _rows_of(self, row_ids: Sequence[int]) -> list[PoolRow]:
        return self._database.transact(lambda tx: feedback_store.discover.pool_rows(tx, row_ids))

    def _keep_parts(self, number: int, parts: Sequence[Theme]) -> None:
        self._database.transact(lambda tx: discovery_store.divide(tx, self._execution_id, number, parts))
        self._attempt.kept()

    def _judge(self, themes: Sequence[Theme]) -> None:
        for start in range(0, len(themes), JUDGES):
            some = themes[start : start + JUDGES]
            questions = [self._question(theme) for theme in some]
            with ThreadPoolExecutor(JUDGES) as pool:
                answers = [pool.submit(judge, self._model, question) for question in questions]
            failed = [answer for answer in answers if answer.exception() is not None]
            for theme, answer in zip(some, answers, strict=True):
                if answer not in failed:
                    self._keep_verdict(theme, *answer.result())
            for answer in failed:
                answer.result()
            self._check_time()

    def _question(self, theme: Theme) -> Question:
        rows = self._database.transact(lambda tx: feedback_store.texts(tx, theme.shown_ids, SHOWN_CHARACTERS))
        known = self._existing.categories
        near = [known[key] for key in theme.category_ids if key in known]
        examples = self._existing.texts(category.id for category in near[:CATEGORIES_WITH_EXAMPLES])
        labels = labels_of([row.label for row in self._rows_of(theme.row_ids)], self._sizes, near)
        return Question([row.text[:SHOWN_CHARACTERS] for row in rows], near, examples, labels)

    def _keep_verdict(self, theme: Theme, verdict: Verdict, used: Usage) -> None:
        if verdict.kind in (Kind.NEW, Kind.CHILD):
            refused = remembering.turned_down(self._rows_of(theme.row_ids))
            if refused is not None:
                verdict = Verdict(kind=Kind.SAME_AS, category_id=refused)

        def work(tx: Transaction) -> None:
            discovery_store.set_verdict(tx, self._execution_id, theme.number, verdict)
            execution_store.add_usage(tx, self._execution_id, used)

        self._database.transact(work)
        self._telemetry.cost(used.estimated_cost)
        self._attempt.kept()

    def _merge(self, state: DiscoveryState) -> Sequence[str]:
        names = decisions.proposals(state.themes)
        candidates = decisions.merge_candidates(state.themes, self._existing.categories)
        lines, used = merging.merge(self._model, names, candidates)

        def work(tx: Transaction) -> None:
            discovery_store.set_merges(tx, self._execution_id, lines or [])
            execution_store.add_usage(tx, self._execution_id, used)

        self._database.transact(work)
        self._telemetry.cost(used.estimated_cost)
        return lines or []

    def _decide(self, state: DiscoveryState) -> tuple[list[Decision], DiscoveryState]:
        """The decisions, and the state under the taxonomy that approving may have changed."""
        merges = state.merges if state.merges is not None else self._merge(state)
        decided = self._without_outliers(state, merges)
        known, at_least = self._existing.categories, self._at_least(state.pool)
        activation = Activation(self._database, self._settings, known, at_least)
        version = state.taxonomy_version + activation.approve_proven(decided)
        decided = self._ask_again(activation.with_status(decided), at_least)
        return decided, state.model_copy(update={"taxonomy_version": version})

    def _without_outliers(self, state: DiscoveryState, merges: Sequence[str]) -> list[Decision]:
        decided = decisions.decide(state.themes, merges, self._existing.categories)
        rows = {row.id: row for row in self._rows_of([key for each in decided for key in each.row_ids])}
        new = [rows[key] for each in decided if each.new for key in each.row_ids if key in rows]
        found = self._vectors.of_rows(new)
        vectors = {row.id: found[row.text_key] for row in new}
        near = self._near if new else {}
        decided = without_outliers(decided, vectors, near, self._at_least(state.pool))
        return decisions.parted(decided, rows, self._execution_id)

    def _ask_again(self, decided: Sequence[Decision], at_least: int) -> list[Decision]:
        new = [each for each in decided if each.is_asked]
        row_ids = [row_id for each in new for row_id in each.labelled_ids]
        moved: dict[int, str] = {}
        if row_ids:
            known = self._existing.categories.values()
            typical = [(each.new, each.typical_ids) for each in new if each.new is not None]
            asking = AskAgain(self._deps, self._attempt, self._execution, known, typical)
            moved = asking.ask(row_ids)
        return decisions.with_moved(decided, moved, at_least)
