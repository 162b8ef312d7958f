"""The profile's existing categories, with a sample of their rows and their vectors."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from services.categorize.clusters import CategoryVectors, cluster
from services.categorize.judge_question import EXAMPLE_CHARACTERS, EXAMPLES_PER_CATEGORY
from services.categorize.vectors import VectorSource
from shared.contracts.records import Profile
from shared.contracts.taxonomy import Category
from shared.platform.database import Database, Transaction
from shared.stores import category_store, feedback_store
from shared.stores.feedback_store.discover import PoolRow

SAMPLED_PER_CATEGORY = 30
"""Rows that say where a category lies, and of which a few are shown to the judge."""


class ExistingCategories:
    """The profile's categories, whatever their status, and a sample of the rows of each.

    Proposed categories gather rows as active ones do; retired ones keep what people turned down from
    coming back. Both are known by the rows that they were proposed for.
    """

    def __init__(
        self, categories: Mapping[int, Category], sample: Mapping[int, Sequence[PoolRow]], database: Database
    ) -> None:
        self.categories = categories
        self._sample = sample
        self._database = database

    def vectors(self, source: VectorSource) -> dict[int, CategoryVectors]:
        """The vectors of each category, by its id; what is not embedded yet is embedded now."""
        words = source.of_categories(list(self.categories.values()))
        rows = source.of_rows([row for sample in self._sample.values() for row in sample])
        return {
            key: CategoryVectors(
                words[key],
                cluster([rows[row.text_key] for row in self._sample[key]]),
                each.name,
                tuple(rows[row.text_key] for row in self._sample[key] if row.corrected),
            )
            for key, each in self.categories.items()
        }

    def texts(self, category_ids: Iterable[int], group: Collection[int] = ()) -> dict[int, list[str]]:
        """The texts of a few of these categories' sampled rows, by category id.

        Args:
            group: the rows that are judged: where a theme is hidden among the rows of a category, they would
                be compared with themselves.
        """
        samples = {
            key: [row.id for row in self._sample.get(key, ()) if row.id not in group][:EXAMPLES_PER_CATEGORY]
            for key in category_ids
        }

        def read(tx: Transaction) -> dict[int, list[str]]:
            return {
                key: [row.text for row in feedback_store.texts(tx, ids, EXAMPLE_CHARACTERS)]
                for key, ids in samples.items()
            }

        return self._database.transact(read)


def read_existing(database: Database, profile: Profile) -> ExistingCategories:
    """Reads the profile's categories, and the newest rows of each."""

    def read(tx: Transaction) -> ExistingCategories:
        categories = {category.id: category for category in category_store.categories(tx, profile)}
        sample = {key: _sample(tx, category) for key, category in categories.items()}
        return ExistingCategories(categories, sample, database)

    return database.transact(read)


def _sample(tx: Transaction, category: Category) -> list[PoolRow]:
    """The newest rows that people gave the category, then others; of none, those that it was proposed for.

    Where these are few, topics of other rows that got it.
    """
    store, most = feedback_store.category_samples, SAMPLED_PER_CATEGORY
    rows = store.category_sample(tx, category.profile, category.name, most)
    rows = rows or store.waiting_sample(tx, category.id, most)
    return rows + (store.mention_sample(tx, category.id, most - len(rows)) if len(rows) < most else [])
