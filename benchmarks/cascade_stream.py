"""A stream of labelled rows through the cascade, with a model that answers the gold label plus noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.classify.agreement import Agreement, Audit, level_of, settled
from services.classify.neighbours import FAR, FEWEST, NEIGHBOURS, Floats, Integers, Vote, vote

TARGET = 0.95
BATCH = 200
"""Rows that are voted for before the index and what is known of the agreement change."""
REACH = 400
"""Neighbours of each row that are looked up once, of which a stream sees those that it has labelled."""
UNKNOWN = -1
_BLOCK = 512

Ask = Callable[[int, int], int]
"""The model: the row and how often it was asked before → its answer."""


@dataclass(frozen=True)
class Rows:
    """The rows of a data set: gold labels, and for each row its nearest others, the nearest first."""

    gold: Integers
    nearest: Integers
    cosines: Floats

    @classmethod
    def of(cls, vectors: Floats, gold: Integers) -> "Rows":
        """Looks the neighbours up."""
        nearest = np.empty((len(vectors), REACH), np.int64)
        cosines = np.empty((len(vectors), REACH), np.float32)
        for start in range(0, len(vectors), _BLOCK):
            similar = vectors[start : start + _BLOCK] @ vectors.T
            similar[np.arange(len(similar)), start + np.arange(len(similar))] = -2
            found = np.argpartition(-similar, REACH, axis=1)[:, :REACH]
            near = np.take_along_axis(similar, found, axis=1)
            order = np.argsort(-near, axis=1, kind="stable")
            nearest[start : start + _BLOCK] = np.take_along_axis(found, order, axis=1)
            cosines[start : start + _BLOCK] = np.take_along_axis(near, order, axis=1)
        return cls(gold, nearest, cosines)


@dataclass
class Stream:
    """One pass over the rows in this order.

    Attributes:
        labels: what each row got: the model's answer or its neighbours'.
        answered: whether its neighbours answered.
        calls: rows that the model was asked about, each time that it was.
    """

    rows: Rows
    order: Sequence[int]
    ask: Ask
    chance: np.random.Generator
    known: Agreement = field(default_factory=Agreement)
    calls: int = 0

    def __post_init__(self) -> None:
        count = len(self.rows.gold)
        self.labels: Integers = np.full(count, UNKNOWN, np.int64)
        self.answered: NDArray[np.bool_] = np.zeros(count, np.bool_)
        self.history: list[tuple[int, Agreement]] = []
        self._shown: NDArray[np.bool_] = np.zeros(count, np.bool_)

    def run(self) -> "Stream":
        """Takes all rows through, a batch at a time."""
        for start in range(0, len(self.order), BATCH):
            self._batch(self.order[start : start + BATCH])
            self.history.append((start, self.known))
        return self

    def _batch(self, batch: Sequence[int]) -> None:
        farthest, asked, audits = self._farthest(), [], []
        for at in batch:
            voted = self._vote(at)
            level = None
            if voted is not None and voted.answer != UNKNOWN and voted.nearest >= farthest:
                level = level_of(voted.share)
            audited = level is not None and self.chance.random() < self.known.audited
            if voted is not None and self.known.answers(level) and not audited:
                self.labels[at], self.answered[at] = voted.answer, True
                continue
            self.labels[at] = self._ask(at, 0)
            asked.append(at)
            if voted is not None and level is not None and audited:
                audits.append(Audit(level, self._settle(at, voted.answer)))
        self._shown[asked] = True
        before, self.known = self.known, self.known.after(audits, TARGET)
        if self.known.generation != before.generation:
            self._shown[:] = False

    def _settle(self, at: int, voted: int) -> bool:
        """Asks again where the model's answer is not the vote's; the row keeps what it came to."""
        answers = [int(self.labels[at])]
        while (agreed := settled(answers, voted)) is None:
            answers.append(self._ask(at, len(answers)))
        self.labels[at] = answers[-1]
        return agreed

    def _ask(self, at: int, before: int) -> int:
        self.calls += 1
        return self.ask(at, before)

    def _vote(self, at: int) -> Vote | None:
        if int(self._shown.sum()) < FEWEST:
            return None
        seen = self._shown[self.rows.nearest[at]]
        nearest = self.rows.nearest[at][seen][:NEIGHBOURS]
        if len(nearest) < NEIGHBOURS // 2:
            return None
        return vote(self.rows.cosines[at][seen][:NEIGHBOURS], self.labels[nearest])

    def _farthest(self) -> float:
        """As `Neighbours.farthest`, of all rows that are shown."""
        own = np.flatnonzero(self._shown)
        if len(own) < FEWEST:
            return 1.0
        seen = self._shown[self.rows.nearest[own]]
        nearest = self.rows.cosines[own, seen.argmax(axis=1)]
        return float(np.quantile(nearest, FAR))

    @property
    def saved(self) -> float:
        """Share of the calls."""
        return 1 - self.calls / len(self.order)

    def agreement(self, with_whom: Integers) -> float:
        """Share of the neighbours' answers that are this."""
        return float((self.labels == with_whom)[self.answered].mean()) if self.answered.any() else 1.0
