"""The tokens a minute that one worker may spend: its share of a known quota, or a rate that it finds.

A rate is found as TCP finds its window: it doubles until the first 429 (slow start; Jacobson, "Congestion
avoidance and control", 1988), then each 429 lowers it by a factor and each call that had to wait raises it a
little (additive increase, multiplicative decrease; Chiu and Jain 1989), along the cubic of RFC 9438: fast
far from the rate of the last 429, slowly near it. How far a 429 lowers it follows from what Bedrock has
granted since the one before (as in TCP Westwood; Casetti et al. 2002). All steps are parts of the rate, so
they suit a small quota as well as a large one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

BURST_SECONDS = 5.0
"""Capacity of the bucket of a known share, in seconds of its rate: what a worker saves up between batches."""
FINDING_BURST_SECONDS = 2.0
"""The same of a rate that is found: a burst on an exhausted quota is a burst of 429s."""
START_PER_MINUTE = 60_000
"""Tokens a minute of all workers together that know nothing of the quota yet."""
DOUBLING_SECONDS = 10.0
"""Seconds of waiting in which a rate doubles before the first 429."""
CUBIC_SECONDS = 60.0
"""Seconds of waiting in which a rate climbs from the one of the last 429 to twice of it."""
CALL_SECONDS = 1.5
"""The most of those seconds that one call counts for at a rate that is found: few calls, few 429s."""
EVENT_SECONDS = 8.0
"""For so long after a 429 further ones are the same event, and no call starts at a rate that is found: about
a call's duration, because calls under way take from the quota, at their end, output that was not reserved;
twice that after the first, when a rate of many times the quota has left many under way."""
LONGEST_HOLD_SECONDS = 240.0
"""After a 429 a call is tried once so long has passed, also where its worker's rate is so low that its tokens
have not come in by then: less than the five minutes after which `Health` forgets the one before."""
LEAST_PART, MOST_PART = 0.3, 0.9
"""A 429 leaves at least and at most so much of a rate as the rate where Bedrock's limit is supposed."""
BELOW_LIMIT = 0.85
"""The part of that limit from which the rate climbs again."""
SLOWEST = 1 / 10
"""The lowest rate, as a part of the first."""
FAR_BELOW = 1 / 8
"""Below this part of the best limit a rate doubles again, as at first, if it meets no 429 for a while: so it
is back soon after an overload of the model, during which nearly every call met one. A cold worker's best
limit is its first rate, which is safe: others may just have used the quota up."""
QUIET_SECONDS, LONGEST_QUIET_SECONDS = 60.0, 960.0
"""That while; twice as long each time that it was in vain, until the limit is twice as far up. For a rate
that is not so far below, but below the first one still, it is longer by the square of how much less far: of
its few calls no more than one in twenty should meet a 429."""
# Below this a demand counts as met: rounding errors are too small for a clock to wait for.
_CRUMB = 1e-6


@dataclass(frozen=True)
class Clock:
    """A monotonic clock in seconds, and its sleep."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


class Rate:
    """Tokens a second that one worker may spend.

    Args:
        per_minute: with which it begins.
        known: whether that is the worker's share of a known quota, which it never exceeds.
    """

    def __init__(self, per_minute: float, *, known: bool) -> None:
        self.per_second = per_minute / 60
        self.known = known
        self.burst_seconds = BURST_SECONDS if known else FINDING_BURST_SECONDS
        self._first = self._best = self.per_second
        self._least = self._first * SLOWEST
        self._most = self.per_second if known else math.inf
        # Where Bedrock's limit is supposed to be; None before the first 429 of a rate that is to be found.
        self._limit = self.per_second if known else None
        # Seconds from the limit on the cubic.
        self._place = 0.0
        # What the next 429 leaves at least, tokens a second.
        self._sure = 0.0
        self._quiet = QUIET_SECONDS
        self.hold_seconds = 0.0

    @property
    def is_doubling(self) -> bool:
        """Whether it has met no 429 since it began, or began again, to double."""
        return self._limit is None

    def climb(self, seconds: float) -> None:
        """Raises the rate for a call, so long after the one before. A call that finds a rate had to wait."""
        if self._limit is None:
            self.per_second *= 2 ** min(1.0, seconds / DOUBLING_SECONDS)
        else:
            self._place += seconds if self.known else min(seconds, CALL_SECONDS)
            self._set(self._limit)

    def doubles_again(self, quiet: float) -> bool:
        """Whether from now on it doubles again, after so many seconds without a 429."""
        far = FAR_BELOW * self._best
        if self.known or self.is_doubling or self.per_second >= max(far, self._first):
            return False
        longer = max(1.0, self.per_second / far) ** 2
        if quiet < min(longer * self._quiet, LONGEST_QUIET_SECONDS):
            return False
        self._limit, self._quiet = None, min(2 * self._quiet, LONGEST_QUIET_SECONDS)
        return True

    def back_off(self, granted: float) -> None:
        """Lowers the rate after a 429.

        Args:
            granted: tokens a second that Bedrock has granted this worker since the last 429; before the first
                one, at least so many are its share.
        """
        first = self._limit is None
        granted = max(granted, self._sure)
        # Many calls are under way at the end of the doubling. Their 429s say nothing new.
        self._sure = granted if first else 0.0
        if not self.known:
            self.hold_seconds = EVENT_SECONDS * (2 if first else 1)
        least = self._least if first else LEAST_PART * self.per_second
        self._limit = max(self._least, least, min(granted, MOST_PART * self.per_second))
        self._best = max(self._best, self._limit)
        if self._limit >= max(2 * FAR_BELOW * self._best, self._first):
            self._quiet = QUIET_SECONDS
        self._place = -CUBIC_SECONDS * (1 - BELOW_LIMIT) ** (1 / 3)
        self._set(self._limit)

    def _set(self, limit: float) -> None:
        on_cubic = limit * (1 + (self._place / CUBIC_SECONDS) ** 3)
        self.per_second = min(self._most, max(self._least, on_cubic))


class TokenBucket:
    """A token bucket; a demand larger than it waits until it is full, and overdraws it.

    Args:
        rate: at which it fills, and how many seconds of it are its capacity.
        clock: the time.
    """

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._since = clock.now()
        self._level = self._size()

    def missing(self, amount: float) -> float:
        """Seconds until `amount` may be taken; 0: now."""
        self._fill()
        short = min(amount, self._size()) - self._level
        return short / self._rate.per_second if short > _CRUMB else 0.0

    def take(self, amount: float) -> None:
        """Takes the amount; the level may become negative."""
        self._level -= amount

    def give_back(self, amount: float) -> None:
        """Returns what was taken and not used; a negative amount is taken.

        The level may exceed the bucket's size: Bedrock gives its quota back in the same way.
        """
        self._fill()
        self._level += amount

    def hold(self, amount: float) -> None:
        """Empties the bucket. At a rate that is found, nothing can be taken for a while, nor before `amount`
        has come in or a longer while is over.
        """
        self._fill()
        self._level = min(self._level, -self._rate.hold_seconds * self._rate.per_second)
        if self._rate.hold_seconds:
            longest = self._size() - LONGEST_HOLD_SECONDS * self._rate.per_second
            self._level = min(self._level, max(self._size() - amount, longest))

    def _size(self) -> float:
        return self._rate.per_second * self._rate.burst_seconds

    def _fill(self) -> None:
        now = self._clock.now()
        passed, self._since = now - self._since, now
        if self._level < self._size():
            self._level = min(self._size(), self._level + passed * self._rate.per_second)
