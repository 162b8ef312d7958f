"""The vectors of texts that are about to be labelled: kept ones from the database, others from the model.

What is embedded here is kept under the text's key, where discovery finds it and embeds it no more.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from shared.contracts.execution import Usage
from shared.contracts.records import Record
from shared.model.bedrock_client import About, ModelBusy, ModelFailed, ModelRefused
from shared.model.embedding import MAX_CHARACTERS, Embedder
from shared.platform.database import Database
from shared.platform.telemetry import Telemetry
from shared.stores import embedding_store

Floats = NDArray[np.float32]
Vectors = Mapping[bytes, Floats]
"""By text key, each of length 1."""

EMBED_SECONDS = 15.0
"""After so long no further texts of a batch are embedded: labels matter more."""
PAUSE_SECONDS = 60.0
"""For so long a model that did not answer is not asked, so that it holds up no batch after the first."""
_PAGE = 64
"""Texts embedded between two looks at the clock: with slow answers some 20 seconds."""


@dataclass(frozen=True)
class FoundVectors:
    """Vectors, and what the missing ones cost."""

    vectors: Vectors = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)


class VectorSource:
    """Finds the vectors of texts, as far as they can be had at once; kept while the function is warm.

    Texts whose vector cannot be had now are left out of what it returns, whatever the embedding model does:
    who asks must do without. So no row waits for an embedding, and none is parked or fails for one.
    """

    def __init__(
        self, database: Database, embedder: Embedder, telemetry: Telemetry, now: Callable[[], float]
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._telemetry = telemetry
        self._now = now
        self._resume = now()

    def of(self, texts: Mapping[bytes, str], until: float, *, keep: bool = True) -> FoundVectors:
        """The vectors of these texts.

        Args:
            texts: by key; see `texts_of`.
            until: on the worker's clock; no call begins later.
            keep: whether what is embedded now is stored for the next who asks, discovery among them.

        Raises:
            DatabaseUnavailable, DatabaseConflict: as any transaction does.
        """
        model_id = self._embedder.model_id
        stored = self._database.transact(embedding_store.load, list(texts), model_id)
        fresh, usage = self._embed({key: text for key, text in texts.items() if key not in stored}, until)
        if fresh and keep:
            self._database.transact(embedding_store.save, fresh, model_id)
        found = {key: np.frombuffer(vector, "<f4") for key, vector in (stored | fresh).items()}
        return FoundVectors(alike(found), usage)

    def _embed(self, texts: Mapping[bytes, str], until: float) -> tuple[dict[bytes, bytes], Usage]:
        """Embeds page by page, until the time is over or the model does not answer."""
        fresh: dict[bytes, bytes] = {}
        usage = Usage()
        keys = iter(sorted(texts))  # sorted: two workers that store the same texts lock them in one order
        try:
            while self._resume <= self._now() < until and (page := list(islice(keys, _PAGE))):
                for at, vectors, used in self._embedder.embed([texts[key] for key in page]):
                    usage += used
                    fresh.update(zip(page[at : at + len(vectors)], vectors, strict=True))
        except (ModelBusy, ModelFailed, ModelRefused) as error:
            self._note(error)
        return fresh, usage

    def _note(self, error: ModelBusy | ModelFailed | ModelRefused) -> None:
        if not (isinstance(error, ModelBusy) and error.about is About.SHARE):
            self._resume = self._now() + PAUSE_SECONDS
        self._telemetry.logger.warning("texts not embedded", reason=str(error))


def alike(vectors: Vectors) -> Vectors:
    """Those of the commonest length: under one id another model may have answered before."""
    lengths = Counter(map(len, vectors.values()))
    usual = max(lengths, key=lengths.__getitem__, default=0)
    return {key: vector for key, vector in vectors.items() if len(vector) == usual}


def texts_of(records: Iterable[Record]) -> dict[bytes, str]:
    """What is embedded of each record, by its text's key: the same as discovery embeds of its row."""
    return {each.text_key: _text(each) for each in records}


def _text(record: Record) -> str:
    said = record.feedback
    text = said.feedback[:MAX_CHARACTERS]
    return f"{said.title[:MAX_CHARACTERS]}\n{text}" if said.title else text
