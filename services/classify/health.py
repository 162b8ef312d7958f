"""Counters of consecutive model failures of one worker, over all its batches."""

import re
from dataclasses import dataclass

FAILURES = 5
"""Consecutive failed calls of one worker that are announced as an outage."""
UNUSABLE = 20
"""Consecutive answers without a usable label that are announced as an outage."""
_SHOWN = 160


@dataclass
class Health:
    """A worker's counters, shared by its threads.

    Attributes:
        failures: consecutive failed calls, without those that failed because of their own request.
        code: the error code of the last of them.
        unusable: consecutive answers without a usable label, without those spoiled by their own request.
        shape: the last of these answers, as `shape` masks it.
        told: the value of `unusable` when it was last announced.
    """

    failures: int = 0
    code: str = ""
    unusable: int = 0
    shape: str = ""
    told: int = 0

    def failed(self, code: str) -> None:
        """Counts a failed call and keeps its error code."""
        self.failures, self.code = self.failures + 1, code

    def answered(self) -> None:
        """Resets the failures: the model answered a call."""
        self.failures = 0

    def used(self) -> None:
        """Resets the unusable answers: an answer had a usable label."""
        self.unusable = self.told = 0

    def not_used(self, value: object) -> None:
        """Counts an answer without a usable label, and keeps its shape."""
        self.unusable, self.shape = self.unusable + 1, shape(value)


def shape(value: object) -> str:
    """The answer's repr with each letter as `a` and each digit as `9`: it quotes no customer.

    Returns:
        printable ASCII, at most 160 characters.
    """
    plain = re.sub(r"[^\W\d_]", "a", repr(value)[: 4 * _SHOWN])
    plain = re.sub(r"\d", "9", plain)
    return "".join(c for c in plain if c.isascii() and c.isprintable())[:_SHOWN]
