"""Counters of consecutive model failures of one worker, over all its batches."""

import re
from dataclasses import dataclass

FAILURES = 5
"""Consecutive failed calls of one worker that are announced as an outage."""
THROTTLES, THROTTLED_SECONDS = 20, 60.0
"""Consecutive throttled calls, and the least time from the first to the last, that are announced as an
outage: a burst meets many at once, and a quota is one of a minute."""
STARVED_SECONDS = 900.0
"""So long a time of throttled calls is announced however few there were: a slow worker makes few."""
_FORGOTTEN_SECONDS = 300.0
"""After so long without a throttled call the next is the first: a function that had no work saw no answer."""
UNUSABLE = 20
"""Consecutive answers without a usable label that are announced as an outage."""
_SHOWN = 160


@dataclass
class Health:
    """A worker's counters, shared by its threads.

    Attributes:
        failures: consecutive failed calls, without those that failed because of their own request.
        code: the error code of the last of them.
        throttles: consecutive throttled calls; failures between them change nothing, an answer ends both.
        throttle_code: the error code of the last of them.
        throttled_since: when the first of them was met, in seconds of the worker's clock.
        throttled_seconds: from the first to the last.
        unusable: consecutive answers without a usable label, without those spoiled by their own request.
        shape: the last of these answers, as `shape` masks it.
        told: the value of `unusable` when it was last announced.
    """

    failures: int = 0
    code: str = ""
    throttles: int = 0
    throttle_code: str = ""
    throttled_since: float = 0.0
    throttled_seconds: float = 0.0
    unusable: int = 0
    shape: str = ""
    told: int = 0

    def failed(self, code: str) -> None:
        """Counts a failed call and keeps its error code."""
        self.failures, self.code = self.failures + 1, code

    def throttled(self, code: str, now: float) -> None:
        """Counts a throttled call and keeps its error code.

        Args:
            now: in seconds of the worker's clock.
        """
        if now - self.throttled_since > self.throttled_seconds + _FORGOTTEN_SECONDS:
            self.throttles = 0
        if not self.throttles:
            self.throttled_since = now
        self.throttles, self.throttle_code = self.throttles + 1, code
        self.throttled_seconds = now - self.throttled_since

    def answered(self) -> None:
        """Resets failures and throttled calls: the model answered a call."""
        self.failures = self.throttles = 0

    @property
    def is_starved(self) -> bool:
        """Whether the quota has let no call through for so long that it is an outage."""
        many = self.throttles >= THROTTLES and self.throttled_seconds >= THROTTLED_SECONDS
        return many or (self.throttles > 0 and self.throttled_seconds >= STARVED_SECONDS)

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
