"""The labelled texts of one taxonomy with their vectors, kept while the function is warm."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from services.classify.answers import essence, from_essence
from services.classify.neighbours import Floats, Neighbours, Vote
from services.classify.vectors import alike
from shared.contracts.records import Profile
from shared.platform.database import Transaction
from shared.stores import cascade_store, embedding_store, feedback_store
from shared.stores.cascade_store import LabelledText, TextScope
from shared.stores.feedback_store import Answer
from shared.stores.reading import chunks

MOST = 10_000
"""Texts of a taxonomy: 40 MB of vectors with 1,024 values, and a hundredth of a second for a row's vote."""
_GROWN = 1.25

AsCorrected = Callable[[Answer], Answer | None]
"""What a person said of a text, as an answer of the taxonomy; None if it is none."""


class Basis(NamedTuple):
    """What the texts depend on; with another one they are loaded anew."""

    profile: Profile
    scope: TextScope
    corrections_version: int
    embedding_model_id: str


@dataclass
class LabelledTexts:
    """Those with the lowest keys, which is as good as drawn by lot; each text counts once."""

    basis: Basis
    _answers: list[str] = field(default_factory=list)
    _codes: dict[str, int] = field(default_factory=dict)
    _known: Neighbours = field(default_factory=Neighbours)
    _last_id: int = 0
    _farthest: tuple[int, float] = (0, 1.0)

    def refresh(self, tx: Transaction, as_corrected: AsCorrected) -> None:
        """Loads what was added since."""
        if not self._last_id and self.basis.scope.generation > 1:
            cascade_store.forget_before(tx, self.basis.scope)
        rows = cascade_store.load(tx, self.basis.scope, self._last_id, MOST)
        if not rows:
            return
        stored = embedding_store.load(tx, [row.text_key for row in rows], self.basis.embedding_model_id)
        vectors = alike({key: np.frombuffer(vector, "<f4") for key, vector in stored.items()})
        answers = self._corrected(tx, rows, as_corrected)
        usable = [row for row in rows if row.text_key in vectors and row.text_key in answers]
        if usable:
            added = np.stack([vectors[row.text_key] for row in usable])
            self._add([row.text_key for row in usable], added, [answers[row.text_key] for row in usable])
        self._last_id = max(row.id for row in rows)

    def _corrected(
        self, tx: Transaction, rows: Sequence[LabelledText], as_corrected: AsCorrected
    ) -> dict[bytes, str]:
        """The answers, where people corrected a text theirs."""
        answers = {row.text_key: row.answer for row in rows}
        for keys in chunks(list(answers)) if self.basis.corrections_version else ():
            for key, said in feedback_store.corrected_labels(tx, self.basis.profile, keys).items():
                corrected = as_corrected(said)
                if corrected is None:
                    del answers[key]
                else:
                    answers[key] = essence(corrected)
        return answers

    def _add(self, keys: Sequence[bytes], vectors: Floats, answers: Sequence[str]) -> None:
        known = self._known
        if len(known) and vectors.shape[1] != known.vectors.shape[1]:
            return
        codes = np.array([self._code(answer) for answer in answers], np.int64)
        self._known = Neighbours(
            (*known.keys, *keys),
            np.concatenate([known.vectors, vectors]) if len(known) else vectors,
            np.concatenate([known.codes, codes]),
        ).lowest(MOST)
        if len(self._known) > _GROWN * self._farthest[0]:
            self._farthest = len(self._known), self._known.farthest()

    def _code(self, answer: str) -> int:
        if answer not in self._codes:
            self._codes[answer] = len(self._answers)
            self._answers.append(answer)
        return self._codes[answer]

    @property
    def highest(self) -> bytes | None:
        """The key above which a text finds no room any more; None while there is room."""
        return max(self._known.keys) if len(self._known) >= MOST else None

    def votes(self, vectors: Floats) -> list[Vote | None]:
        """A vote for each of these; None where there is none or the text is far from all."""
        return [
            each if each is not None and each.nearest >= self._farthest[1] else None
            for each in self._known.votes(vectors)
        ]

    def answer(self, vote: Vote) -> Answer:
        """The answer that was voted for."""
        return from_essence(self._answers[vote.answer])
