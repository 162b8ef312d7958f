"""Vectors of rows and categories: stored ones from the database, missing ones from the model."""

from collections.abc import Mapping, Sequence

import numpy as np

from services.categorize.dependencies import RESERVE_SECONDS, Dependencies
from services.categorize.grouping import Floats
from shared.contracts.execution import Usage
from shared.contracts.records import ExecutionId, text_key
from shared.contracts.taxonomy import Category
from shared.model.embedding import MAX_CHARACTERS
from shared.platform.consumer import Attempt
from shared.platform.database import Transaction
from shared.stores import embedding_store, execution_store, feedback_store
from shared.stores.feedback_store.discover import PoolRow
from shared.stores.reading import chunks

_PAGE = 512
"""Texts embedded between two checks of the time left."""


class VectorSource:
    """Embeds what is not embedded yet, stores it, and counts its cost on the execution."""

    def __init__(self, deps: Dependencies, attempt: Attempt, execution_id: ExecutionId) -> None:
        self._database = deps.database
        self._embedder = deps.embedder
        self._telemetry = deps.telemetry
        self._attempt = attempt
        self._execution_id = execution_id

    def of_rows(self, rows: Sequence[PoolRow]) -> dict[bytes, Floats]:
        """The vector of each distinct text of the rows."""
        first = {row.text_key: row.id for row in reversed(rows)}
        for missing in chunks(self._missing(first), _PAGE):
            ids = [first[key] for key in missing]
            texts = self._database.transact(feedback_store.texts, ids, MAX_CHARACTERS)
            self._embed({row.text_key: row.text for row in texts})
        return self._load(list(first))

    def of_categories(self, categories: Sequence[Category]) -> dict[int, Floats]:
        """A vector of each category's name and description, by its id."""
        texts = {category.id: f"{category.name}: {category.description}" for category in categories}
        keys = {category_id: text_key("", text) for category_id, text in texts.items()}
        vectors = self.of_texts({keys[category_id]: text for category_id, text in texts.items()})
        return {category_id: vectors[key] for category_id, key in keys.items()}

    def of_texts(self, texts: Mapping[bytes, str]) -> dict[bytes, Floats]:
        """The vectors of these texts, by their keys."""
        for missing in chunks(self._missing(texts), _PAGE):
            self._embed({key: texts[key] for key in missing})
        return self._load(list(texts))

    def _missing(self, keys: Mapping[bytes, object]) -> list[bytes]:
        model_id = self._embedder.model_id
        return self._database.transact(embedding_store.missing, keys.keys(), model_id)

    def _embed(self, texts: Mapping[bytes, str]) -> None:
        """Embeds and stores the texts; stores what was answered also if a later call fails."""
        keys = list(texts)
        vectors: dict[bytes, bytes] = {}
        used = Usage()
        try:
            for at, rows, usage in self._embedder.embed([texts[key] for key in keys]):
                used += usage
                vectors.update(zip(keys[at : at + len(rows)], rows, strict=True))
        finally:
            if vectors:
                self._database.transact(self._keep, vectors, used)
                self._telemetry.cost(used.estimated_cost)
                self._attempt.kept()
        self._attempt.check_time(RESERVE_SECONDS)

    def _keep(self, tx: Transaction, vectors: Mapping[bytes, bytes], used: Usage) -> None:
        embedding_store.save(tx, vectors, self._embedder.model_id)
        execution_store.add_usage(tx, self._execution_id, used)

    def _load(self, keys: Sequence[bytes]) -> dict[bytes, Floats]:
        model_id = self._embedder.model_id
        stored = self._database.transact(embedding_store.load, keys, model_id)
        return {key: np.frombuffer(vector, "<f4") for key, vector in stored.items()}
