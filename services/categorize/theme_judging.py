"""Asks the model about each theme of an execution, and about the parts of those that are mixed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from services.categorize import planning, remembering
from services.categorize.discovery_attempt import DiscoveryAttempt
from services.categorize.judge_question import CATEGORIES_WITH_EXAMPLES, SHOWN_CHARACTERS, Question, labels_of
from services.categorize.judging import judge
from shared.contracts.execution import Usage
from shared.stores import discovery_store, feedback_store
from shared.stores.discovery_store import DiscoveryState, Theme, Verdict, VerdictKind

JUDGES = 4
"""Model calls that judge themes, in parallel."""


class ThemeJudging:
    """Judges the themes of one execution; each verdict is kept as soon as it is there."""

    def __init__(self, attempt: DiscoveryAttempt) -> None:
        self._attempt = attempt
        self._execution_id = attempt.execution_id
        self._database = attempt.deps.database

    def run(self, state: DiscoveryState) -> DiscoveryState:
        """Judges every theme, and the parts of those that are mixed, and theirs.

        Raises:
            OutOfTime: to be continued.
            ModelBusy: to be continued later.
            ModelRefused: a person must look.
        """
        at_least = self._attempt.at_least(state.pool)
        while True:
            self._judge([theme for theme in state.themes if theme.verdict is None])
            state = self._attempt.find() or state
            coarse = planning.too_coarse(state.themes, at_least)
            if not coarse:
                return state
            self._divide(coarse, len(state.themes) + 1, at_least)
            state = self._attempt.find() or state

    def _divide(self, coarse: Sequence[Theme], number: int, at_least: int) -> None:
        for theme in coarse:
            rows = self._attempt.rows_of(theme.row_ids)
            vectors = self._attempt.vectors.of_rows(rows)
            parts = planning.divide(theme, rows, vectors, self._attempt.near, at_least, number)
            self._keep_parts(theme.number, parts)
            number += len(parts)

    def _keep_parts(self, number: int, parts: Sequence[Theme]) -> None:
        self._database.transact(discovery_store.divide, self._execution_id, number, parts)
        self._attempt.kept()

    def _judge(self, themes: Sequence[Theme]) -> None:
        for start in range(0, len(themes), JUDGES):
            some = themes[start : start + JUDGES]
            questions = [self._question(theme) for theme in some]
            with ThreadPoolExecutor(JUDGES) as pool:
                answers = [pool.submit(judge, self._attempt.deps.model, question) for question in questions]
            failed = [answer for answer in answers if answer.exception() is not None]
            for theme, answer in zip(some, answers, strict=True):
                if answer not in failed:
                    self._keep_verdict(theme, *answer.result())
            for answer in failed:
                answer.result()
            self._attempt.check_time()

    def _question(self, theme: Theme) -> Question:
        rows = self._database.transact(feedback_store.texts, theme.shown_ids, SHOWN_CHARACTERS)
        existing = self._attempt.existing
        near = [existing.categories[key] for key in theme.category_ids if key in existing.categories]
        shown = [category.id for category in near[:CATEGORIES_WITH_EXAMPLES]]
        examples = existing.texts(shown, set(theme.row_ids))
        given = [row.label for row in self._attempt.rows_of(theme.row_ids)]
        labels = labels_of(given, self._attempt.sizes, near)
        return Question([row.text[:SHOWN_CHARACTERS] for row in rows], near, examples, labels)

    def _keep_verdict(self, theme: Theme, verdict: Verdict, used: Usage) -> None:
        if verdict.is_new:
            refused = remembering.turned_down(self._attempt.rows_of(theme.row_ids))
            if refused is not None:
                verdict = Verdict(kind=VerdictKind.SAME_AS, category_id=refused)
        self._attempt.keep(used, discovery_store.set_verdict, theme.number, verdict)
