"""How the model answers this worker, over all its batches."""

import re
from dataclasses import dataclass

FAILURES = 5
"""Failures in a row, in one worker, that make an outage."""
UNUSABLE = 20
"""Answers in a row of which nothing could be used, that make an outage of form."""
_SHOWN = 160


@dataclass
class Health:
    """What a worker has seen. Threads share it.

    Attributes:
        failures: calls in a row that nobody answered, and whose own fault it is not.
        code: of the last of them.
        unusable: answers in a row of which nothing could be used, likewise.
        shape: of the last of them, without a word of it.
        told: how many of them there were when that was announced.
    """

    failures: int = 0
    code: str = ""
    unusable: int = 0
    shape: str = ""
    told: int = 0

    def failed(self, code: str) -> None:
        """Counts one more failure of this kind; another kind counts on."""
        self.failures, self.code = self.failures + 1, code

    def answered(self) -> None:
        """The model is there."""
        self.failures = 0

    def used(self) -> None:
        """Something in an answer could be used."""
        self.unusable = self.told = 0

    def not_used(self, value: object) -> None:
        """Nothing in an answer could be."""
        self.unusable, self.shape = self.unusable + 1, shape(value)


def shape(value: object) -> str:
    """An answer's form with every letter an a and every digit a 9, so that it quotes nobody."""
    plain = re.sub(r"[^\W\d_]", "a", repr(value)[: 4 * _SHOWN])
    plain = re.sub(r"\d", "9", plain)
    return "".join(c for c in plain if c.isascii() and c.isprintable())[:_SHOWN]
