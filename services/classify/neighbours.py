"""The nearest labelled texts of a text, and what they say of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

NEIGHBOURS = 20
SUPPORT = 4
"""Neighbours that must have an answer for it to lead: one text alone, however near, decides nothing."""
FEWEST = 500
"""Labelled texts below which nobody votes."""
FAR = 0.05
"""Share of the labelled texts that lie so far from the others that a text as far from them is asked about."""
_STEEPNESS = 5.0
_BLOCK = 256
_SAMPLE = 512


class Vote(NamedTuple):
    """The answer that leads among a text's neighbours, its share of the vote, and the nearest one's cosine.

    The share is 0 where too few neighbours have the answer.
    """

    answer: int
    share: float
    nearest: float


@dataclass(frozen=True)
class Neighbours:
    """Labelled texts with their vectors.

    Attributes:
        keys: of the texts.
        vectors: one row each, of length 1.
        codes: of each text's answer.
    """

    keys: tuple[bytes, ...] = ()
    vectors: Floats = field(default_factory=lambda: np.empty((0, 0), np.float32))
    codes: Integers = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.keys)

    def lowest(self, most: int) -> "Neighbours":
        """Those with the lowest keys, if they are more than so many."""
        if len(self) <= most:
            return self
        kept = sorted(range(len(self)), key=self.keys.__getitem__)[:most]
        return Neighbours(tuple(self.keys[at] for at in kept), self.vectors[kept], self.codes[kept])

    def votes(self, vectors: Floats) -> list[Vote | None]:
        """A vote for each of these; None while there are too few texts, or these are of another length."""
        if len(self) < FEWEST or vectors.shape[1] != self.vectors.shape[1]:
            return [None] * len(vectors)
        found: list[Vote | None] = []
        for start in range(0, len(vectors), _BLOCK):
            similar = vectors[start : start + _BLOCK] @ self.vectors.T
            nearest = np.argpartition(-similar, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
            cosines = np.take_along_axis(similar, nearest, axis=1)
            found += map(vote, cosines, self.codes[nearest])
        return found

    def farthest(self) -> float:
        """The cosine below which a text is far from all of these, as few of them are from each other."""
        if len(self) < FEWEST:
            return 1.0
        sample = np.linspace(0, len(self) - 1, _SAMPLE).astype(np.int64)
        similar = self.vectors[sample] @ self.vectors.T
        similar[np.arange(len(sample)), sample] = -1
        return float(np.quantile(similar.max(axis=1), FAR))


def vote(cosines: Floats, codes: Integers) -> Vote:
    """Near texts count more: e⁻⁵ for the farthest of them against 1 for the nearest.

    The scale is the neighbours' own, because each embedding model has another.
    """
    nearest = float(cosines.max())
    scale = 1 - float(cosines.min()) + 1e-6
    weights = np.exp((cosines - nearest) * (_STEEPNESS / scale))
    answers, places = np.unique(codes, return_inverse=True)
    shares = np.bincount(places, weights)
    leading = int(shares.argmax())
    enough = np.count_nonzero(places == leading) >= SUPPORT
    return Vote(int(answers[leading]), enough * float(shares[leading] / weights.sum()), nearest)
