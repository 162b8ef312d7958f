"""When an attempt ends early: how it goes on, and when it is over.

An attempt that ends early goes on as a fresh copy of its message, so that the queue's receive count
counts crashes only, and nothing waits for a visibility time-out.
"""

from dataclasses import dataclass

from services.categorize.progress import OutOfTime
from shared.contracts.errors import TransientError
from shared.platform.named_lock import LockBusy

CRASHES = 3
"""Receives that ended without a word, after which discovery is given up: below the queue's redrive."""
MAX_DEFERRALS = 10
"""Attempts in a row that kept nothing: with the delays below about an hour and a half."""
MAX_HOPS = 1000
"""Copies of one message in all, so that no message goes round for ever."""
_FIRST_DELAY = 15
_LONGEST_DELAY = 900
_BUSY_DELAY = 20


@dataclass(frozen=True)
class Attempt:
    """What a message says about the attempts before.

    Attributes:
        receives: how often the queue delivered this copy, this time included.
        deferrals: attempts in a row that ended early with nothing kept.
        hops: copies that were sent before this one.
    """

    receives: int = 1
    deferrals: int = 0
    hops: int = 0

    @property
    def crashed(self) -> bool:
        """Whether it ended without a word so often that another attempt would, too."""
        return self.receives > CRASHES


@dataclass(frozen=True)
class NextAttempt:
    """A fresh copy of the message, and the seconds before it is seen."""

    delay: int
    deferrals: int
    hops: int


def next_attempt(
    attempt: Attempt, error: TransientError, *, came_on: bool, jitter: float
) -> NextAttempt | None:
    """How to go on after an attempt that ended early; None when it is time to give up.

    Args:
        error: what ended it.
        came_on: whether it kept anything.
        jitter: 0 to 1, so that many do not come back at the same moment.
    """
    hops = attempt.hops + 1
    if hops > MAX_HOPS:
        return None
    if isinstance(error, OutOfTime) and came_on:
        return NextAttempt(0, 0, hops)
    if isinstance(error, LockBusy):
        return NextAttempt(int(_BUSY_DELAY * (1 + jitter)), attempt.deferrals, hops)
    deferrals = 1 if came_on else attempt.deferrals + 1
    if deferrals > MAX_DEFERRALS:
        return None
    longest = min(_FIRST_DELAY * 2 ** (deferrals - 1), _LONGEST_DELAY)
    return NextAttempt(int(longest * (1 + jitter) / 2), deferrals, hops)
