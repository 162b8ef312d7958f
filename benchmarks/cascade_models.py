"""Models for the cascade's benchmark: what each answers about a row, the first time and when asked again."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.cascade_stream import UNKNOWN, Rows, Stream
from evaluation.hiding import HIDDEN_FOUND_UNKNOWN
from services.classify.neighbours import Integers

NOISE = 0.1
"""Share of answers that are another label than the gold one."""
MOST_ASKED = 3


@dataclass(frozen=True)
class Model:
    """Answers to each row.

    Attributes:
        truth: without noise.
        answers: by time asked.
    """

    truth: Integers
    answers: tuple[Integers, ...]

    def stream(self, rows: Rows, order: Integers, chance: np.random.Generator) -> Stream:
        """One pass over the rows in this order."""
        return Stream(rows, order.tolist(), lambda at, before: int(self.answers[before][at]), chance).run()


Make = Callable[[Rows, Integers, np.random.Generator], Model]
"""Of the rows, their order, and a source of chance."""


def fresh(rows: Rows, _: Integers, chance: np.random.Generator) -> Model:
    """The noise is drawn each time that a row is asked."""
    return Model(rows.gold, _drawn(rows.gold, chance, NOISE))


def exact(rows: Rows, _: Integers, __: np.random.Generator) -> Model:
    """No noise."""
    return Model(rows.gold, (rows.gold,) * MOST_ASKED)


def fixed(rows: Rows, _: Integers, chance: np.random.Generator) -> Model:
    """A row gets the same answer each time, wrong or not."""
    return Model(rows.gold, (_noisy(rows.gold, chance, NOISE),) * MOST_ASKED)


def drifting(rows: Rows, order: Integers, chance: np.random.Generator) -> Model:
    """From the middle of the stream on, every third label goes to rows of another one."""
    labels = np.unique(rows.gold)
    moved = labels.copy()
    moved[::3] = np.roll(moved[::3], 1)
    truth = rows.gold.copy()
    later = order[len(order) // 2 :]
    truth[later] = moved[np.searchsorted(labels, rows.gold[later])]
    return Model(truth, _drawn(truth, chance, NOISE))


def hiding(rows: Rows, hidden: NDArray[np.bool_], chance: np.random.Generator) -> Model:
    """Of hidden rows it mostly says that they are unknown, each time anew; else a label that is left."""
    left = np.unique(rows.gold[~hidden])
    answers = []
    for visible in _drawn(rows.gold, chance, NOISE, left):
        wrong = chance.choice(left, len(hidden))
        unknown = np.where(chance.random(len(hidden)) < HIDDEN_FOUND_UNKNOWN, UNKNOWN, wrong)
        answers.append(np.where(hidden, unknown, visible))
    return Model(np.where(hidden, UNKNOWN, rows.gold), tuple(answers))


def _drawn(
    truth: Integers, chance: np.random.Generator, noise: float, labels: Integers | None = None
) -> tuple[Integers, ...]:
    return tuple(_noisy(truth, chance, noise, labels) for _ in range(MOST_ASKED))


def _noisy(
    truth: Integers, chance: np.random.Generator, noise: float, labels: Integers | None = None
) -> Integers:
    other = chance.choice(np.unique(truth) if labels is None else labels, len(truth))
    return np.where(chance.random(len(truth)) < noise, other, truth)
