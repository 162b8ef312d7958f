"""Which groups of an execution's rows the model is asked about, because they may be new themes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.categorize import planning, remembering
from services.categorize.clusters import CategoryVectors, directions
from services.categorize.discovery_attempt import DiscoveryAttempt
from services.categorize.grouping import SEED, Floats, resolution_for, seconds_for
from services.categorize.promising import Neighbours, Promising
from services.categorize.sentences import find_sentences
from shared.contracts.execution import Execution
from shared.contracts.records import ExecutionId
from shared.model.cost_estimate import MOST_EMBEDDED
from shared.platform.database import Transaction
from shared.stores import category_store, discovery_store, feedback_store
from shared.stores.discovery_store import DiscoveryState, Theme
from shared.stores.feedback_store.discover import PoolRow

TOPICS_SHARE = 4
"""One part in so many of what is looked at may be topics that no category covers."""


@dataclass(frozen=True)
class Pool:
    """The rows of a discovery, and what is known of them.

    Attributes:
        vectors: of their texts.
        categories: vectors of existing categories, by id.
        sizes: the execution's rows by label, None for unknown.
        at_least: rows from which a group is a theme.
        minimum_rows: the same, however few there are in all.
    """

    rows: Sequence[PoolRow]
    vectors: Mapping[bytes, Floats]
    categories: Mapping[int, CategoryVectors]
    sizes: Mapping[str | None, int]
    execution_id: ExecutionId
    taxonomy_version: int
    at_least: int
    minimum_rows: int


@dataclass(frozen=True)
class Grouped:
    """The groups of a pool.

    Attributes:
        themes: those that the model is asked about.
        others: the rest.
    """

    themes: list[Theme]
    others: list[Theme]


def grouped(pool: Pool) -> Grouped:
    """Asked about are groups of all rows that may be new, then groups of the other unknown rows.

    Unknown topics are among the latter: beside their own rows, each would lie with its row.
    """
    rows, vectors = pool.rows, pool.vectors
    whole = [row for row in rows if row.id > 0]
    found, plain = _group(pool, whole, vectors) if any(row.label for row in rows) else ([], {})
    large = [theme for theme in found if len(theme.row_ids) >= pool.at_least]
    promising = Promising(large, rows, vectors, plain, pool.categories, pool.sizes)
    asked = remembering.to_ask(found, whole, vectors, pool.taxonomy_version, pool.at_least)
    asked = [theme for theme in asked if promising(theme)]
    taken = _row_ids(asked)
    unknown = [row for row in rows if row.label is None and row.id not in taken]
    neighbours = Neighbours(found, rows, vectors, pool.execution_id)
    rest, _ = _group(pool, unknown, vectors)
    may_be_new = remembering.to_ask(rest, unknown, vectors, pool.taxonomy_version, pool.at_least)
    asked += [each for each in may_be_new if not (promising.is_loose(each) or neighbours.have(each))]
    asked = [theme.model_copy(update={"number": number}) for number, theme in enumerate(asked, 1)]
    themes = planning.beside(asked, rows, vectors, pool.categories) if asked else []
    taken = _row_ids(themes)
    return Grouped(themes, [each for each in found or rest if not taken.issuperset(each.row_ids)])


def _row_ids(themes: Sequence[Theme]) -> set[int]:
    return {row_id for theme in themes for row_id in theme.row_ids}


def groups_of(
    pool: Pool, rows: Sequence[PoolRow], vectors: Mapping[bytes, Floats], seed: int = SEED
) -> list[list[bytes]]:
    """The groups of some of the pool's rows, about as fine as the categories; of each its texts.

    Of mostly topics they are as fine as their number suggests: what rows speak of besides is said more seldom
    than what they are about.

    Args:
        vectors: of the rows, as they are to be grouped.
    """
    topics = sum(row.id < 0 for row in rows)
    sizes = [size for name, size in pool.sizes.items() if name is not None and 2 * topics < len(rows)]
    typical = planning.typical_size(sizes, len(vectors), pool.minimum_rows)
    enough = pool.at_least * len(vectors) / max(1, len(rows))
    return planning.group_texts(vectors, resolution_for(len(vectors), typical), seed, enough)


def _group(
    pool: Pool, rows: Sequence[PoolRow], vectors: Mapping[bytes, Floats]
) -> tuple[list[Theme], Mapping[bytes, Floats]]:
    """The groups of these rows, the small ones too, and the vectors by which they were grouped."""
    grouped = planning.without_products(rows, planning.of_rows(rows, vectors))
    return planning.themes(rows, groups_of(pool, rows, grouped), vectors, {}, 1), grouped


def _directions(found: Grouped, pool: Pool) -> Floats:
    """Where the groups lie that are not asked about, without rows that are in themes."""
    keys = {row.id: row.text_key for row in pool.rows}
    taken = _row_ids(found.themes)
    rows = [[row_id for row_id in each.row_ids if row_id not in taken] for each in found.others]
    means = [np.mean([pool.vectors[keys[row_id]] for row_id in each], axis=0) for each in rows]
    length = len(next(iter(pool.vectors.values())))
    return directions(np.array(means, np.float32).reshape(-1, length))


def sample_of(tx: Transaction, execution: Execution, limit: int) -> tuple[list[PoolRow], int, int]:
    """The rows, how many are left out, and the taxonomy's version; no rows if the execution has none.

    Where there are too many, unknown rows have half of the room, and what labelled ones leave of it.
    """
    discover = feedback_store.discover
    execution_id, profile = execution.execution_id, execution.profile
    version = category_store.taxonomy_version(tx, profile)
    labelled, with_label = discover.labelled_pool(tx, execution_id, limit)
    if not (labelled or execution.unknown):
        return [], 0, version
    topics = discover.topic_pool(tx, profile, execution_id, limit // TOPICS_SHARE)
    limit -= len(topics)
    unknown, without = discover.unknown_pool(tx, profile, execution_id, limit)
    unknown = unknown[: max(limit // 2, limit - len(labelled))]
    labelled = labelled[: limit - len(unknown)]
    rows = [*unknown, *labelled]
    known = discover.anchors(tx, profile, execution_id, version, limit - len(rows))
    # Rows may have been labelled between the two counts.
    return [*rows, *known, *topics], max(0, with_label + without - len(rows)), version


class ThemeSearch:
    """Reads and embeds the rows of one execution, groups them, and keeps what is to be judged."""

    def __init__(self, attempt: DiscoveryAttempt) -> None:
        self._attempt = attempt
        self._database = attempt.deps.database

    def run(self) -> DiscoveryState:
        """Raises OutOfTime, ModelBusy or ModelRefused if it cannot be done in this attempt."""
        attempt = self._attempt
        # An attempt that stored no error may have had too many rows for the function's time or memory.
        limit = MOST_EMBEDDED >> (attempt.receives - 1)
        # Where the topics stand that no category covers.
        find_sentences(
            self._database,
            attempt.vectors,
            lambda: attempt.near,
            attempt.profile,
            attempt.execution_id,
            limit // TOPICS_SHARE,
        )
        rows, left_out, version = self._database.transact(sample_of, attempt.execution, limit)
        worth_it = remembering.may_hold_new(rows, version, attempt.at_least(len(rows)))
        pool = self._pool(rows, version) if worth_it else None
        found = grouped(pool) if pool else Grouped([], [])
        state = DiscoveryState(
            pool=len(rows), left_out=left_out, taxonomy_version=version, themes=tuple(found.themes)
        )
        # Where the sample's other groups lie: rows beyond it go to the nearest of all.
        others = _directions(found, pool).tobytes() if pool and left_out else None
        model_id = attempt.deps.embedder.model_id
        self._database.transact(discovery_store.add, attempt.execution_id, state, model_id, others)
        attempt.kept()
        attempt.check_time()
        return state

    def _pool(self, rows: Sequence[PoolRow], version: int) -> Pool:
        attempt = self._attempt
        vectors = attempt.vectors.of_rows(rows)
        if not attempt.is_fresh:
            # The longest step begins only in an attempt that has the function's whole time.
            unknown = sum(row.label is None for row in rows)
            attempt.check_time(seconds_for(len(vectors)) + seconds_for(min(unknown, len(vectors) // 2)))
        return Pool(
            rows,
            vectors,
            attempt.near,
            attempt.sizes,
            attempt.execution_id,
            version,
            attempt.at_least(len(rows)),
            attempt.deps.settings.minimum_rows,
        )
