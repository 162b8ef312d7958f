"""Rows beyond the sample that was grouped go to the nearest of its groups.

Where that is a new theme, or an existing category after all, they share its verdict as the group's own rows
do: unknown ones get the category, labelled ones are asked again.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import numpy as np

from services.categorize import theme_search
from services.categorize.discovery_attempt import DiscoveryAttempt
from services.categorize.grouping import Floats
from services.categorize.outliers import Elsewhere
from shared.stores import discovery_store, feedback_store
from shared.stores.discovery_store import DiscoveryState, Theme
from shared.stores.feedback_store.discover import PoolRow

PAGE = 2_000
"""Rows that are looked at together."""
MOST_LOOKED_AT = 300_000
"""Rows whose vectors can be read in the time of one attempt, for the next begins at the first row again: each
is a page of its own, and the volume of the managed database reads 3,000 a second."""
MOST_ASSIGNED = 100_000
"""Rows that fit into memory, and whose labels one transaction may change."""


class BeyondSample:
    """Assigns the execution's rows that its sample left out; earlier executions' are in the next search.

    Of very many rows some are left; the unknown ones among these are in the next search, too.
    """

    def __init__(self, attempt: DiscoveryAttempt) -> None:
        self._attempt = attempt
        self._database = attempt.deps.database

    def run(self, state: DiscoveryState) -> DiscoveryState:
        """Assigns and keeps them, once; raises OutOfTime, ModelBusy or ModelRefused as embedding does."""
        execution_id = self._attempt.execution_id
        others = self._database.transact(discovery_store.other_groups, execution_id)
        if others is None:
            return state
        found: dict[int, list[int]] = {}
        if taking := [each for each in state.themes if each.verdict and not each.verdict.is_mixed]:
            for number, row_id in islice(self._assigned(state, taking, others), MOST_ASSIGNED):
                found.setdefault(number, []).append(row_id)
        self._database.transact(discovery_store.set_assigned, execution_id, found)
        self._attempt.kept()
        return self._attempt.find() or state

    def _assigned(
        self, state: DiscoveryState, taking: Sequence[Theme], others: bytes
    ) -> Iterator[tuple[int, int]]:
        """Numbers of themes, each with a row that lies nearest to it."""
        themes = [theme for theme in state.themes if not theme.divided]
        own = np.stack([self._direction(theme) for theme in themes])
        groups = np.concatenate([own, np.frombuffer(others, np.float32).reshape(-1, own.shape[1])])
        taking_of = {at: theme for at, theme in enumerate(themes) if theme in taking}
        elsewhere = Elsewhere(self._attempt.near)
        for page in self._pages(state, taking):
            vectors = self._attempt.vectors.of_rows(page)
            rows = np.stack([vectors[row.text_key] for row in page])
            near = rows @ groups.T
            outside = elsewhere.is_nearer(rows, near.max(axis=1))
            for row, at, is_outside in zip(page, near.argmax(axis=1).tolist(), outside, strict=True):
                theme = taking_of.get(at)
                # An existing category takes no row that has a label.
                if theme and not (is_outside if _is_new(theme) else row.label is not None):
                    yield theme.number, row.id
            self._attempt.check_time()

    def _direction(self, theme: Theme) -> Floats:
        vectors = self._attempt.vectors.of_rows(self._attempt.rows_of(theme.row_ids))
        mean: Floats = np.mean(list(vectors.values()), axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-6)

    def _pages(self, state: DiscoveryState, taking: Sequence[Theme]) -> Iterator[list[PoolRow]]:
        """The rows beyond the sample that are unknown, or have a label that rows of new themes have."""
        # Where rows were left out, the sample had as many as there was room for.
        sample, *_ = self._database.transact(theme_search.sample_of, self._attempt.execution, state.pool)
        known = {row.id for row in sample}
        new = [row_id for theme in taking if _is_new(theme) for row_id in theme.row_ids]
        labels = {row.label for row in self._attempt.rows_of(new) if row.label is not None}
        pages = chain(self._own_rows(None), self._own_rows(sorted(labels)))
        for page in islice(pages, MOST_LOOKED_AT // PAGE):
            if left := [row for row in page if row.id not in known]:
                yield left

    def _own_rows(self, labels: Sequence[str] | None) -> Iterator[list[PoolRow]]:
        profile, execution_id = self._attempt.profile, self._attempt.execution_id
        after, read = 0, feedback_store.discover.own_rows
        while page := self._database.transact(read, profile, execution_id, labels, after, PAGE):
            yield page
            after = page[-1].id


def _is_new(theme: Theme) -> bool:
    return theme.verdict is not None and theme.verdict.is_new
