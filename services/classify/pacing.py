"""Paces one worker's calls within its fixed share of the model's quota; workers do not communicate.

Bedrock takes input + max_tokens (times the burn-down rate) from the quota when a call starts and gives
back at its end what was not used. The token bucket here does the same for this worker's share, so that all
workers together stay just below the quota.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from shared.contracts.errors import OutOfTime

BURST_SECONDS = 5.0
"""Capacity of a bucket, in seconds of its rate."""
SLOWEST = 1 / 16
"""The lowest rate of a throttled worker, as a part of its share."""
CLIMB_SECONDS = 60.0
"""Seconds in which a throttled worker's rate climbs from zero back to its whole share."""
GAUGE_WEIGHT = 0.2
_TOO_LATE = "the share of the quota allows no further call before the function's time is over"
_STEP_SECONDS = 0.5
_SHORTEST_SECONDS = 0.001
# Below this a demand counts as met: rounding errors are too small for a clock to wait for.
_CRUMB = 1e-6


@dataclass(frozen=True)
class Clock:
    """A monotonic clock in seconds, and its sleep."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


class TokenBucket:
    """A token bucket of `BURST_SECONDS`; a demand larger than it waits until it is full, and overdraws it.

    Args:
        per_minute: the rate when it is not slowed down.
        clock: the time.
    """

    def __init__(self, per_minute: float, clock: Clock) -> None:
        self._rate = per_minute / 60
        self._size = self._rate * BURST_SECONDS
        self._level = self._size
        self._clock = clock
        self._since = clock.now()
        self._factor = 1.0

    def missing(self, amount: float) -> float:
        """Seconds until `amount` may be taken; 0: now."""
        self._fill()
        short = min(amount, self._size) - self._level
        return short / (self._rate * self._factor) if short > _CRUMB else 0.0

    def take(self, amount: float) -> None:
        """Takes the amount; the level may become negative."""
        self._level -= amount

    def give_back(self, amount: float) -> None:
        """Returns what was taken and not used; a negative amount is taken.

        The level may exceed the bucket's size: Bedrock gives its quota back in the same way.
        """
        self._fill()
        self._level += amount

    def slow_down(self) -> None:
        """Halves the rate and empties the bucket; the rate climbs back with time."""
        self._fill()
        self._factor = max(SLOWEST, self._factor / 2)
        self._level = min(self._level, 0.0)

    def _fill(self) -> None:
        now = self._clock.now()
        passed, self._since = now - self._since, now
        self._factor = min(1.0, self._factor + passed / CLIMB_SECONDS)
        if self._level < self._size:
            self._level = min(self._size, self._level + passed * self._rate * self._factor)


class Gauge:
    """The ratio of counted to estimated tokens, a moving average over the answers."""

    def __init__(self) -> None:
        self.ratio = 1.0

    def learn(self, estimated: int, counted: int) -> None:
        """Moves the ratio towards that of the last answer."""
        if estimated and counted:
            self.ratio += GAUGE_WEIGHT * (counted / estimated - self.ratio)


class Pace:
    """Delays a worker's calls to keep its share of the quota. Threads wait in turn.

    Args:
        tokens_per_minute: the worker's share.
        requests_per_minute: the worker's share; 0: no such limit.
        clock: the time.
    """

    def __init__(self, tokens_per_minute: float, requests_per_minute: float, clock: Clock) -> None:
        self._tokens = TokenBucket(tokens_per_minute, clock)
        self._requests = TokenBucket(requests_per_minute, clock) if requests_per_minute else None
        self._clock = clock
        self._turn = threading.Lock()
        self._books = threading.Lock()

    def wait(self, tokens: float, deadline: float) -> None:
        """Waits until `tokens` may be spent, and takes them.

        Raises:
            OutOfTime: it would take beyond `deadline` (on the clock); nothing is taken.
        """
        if not self._turn.acquire(timeout=max(0.0, deadline - self._clock.now())):
            raise OutOfTime(_TOO_LATE)
        try:
            if self._clock.now() > deadline:
                raise OutOfTime(_TOO_LATE)
            while (pause := self._try(tokens)) > 0:
                if self._clock.now() + pause > deadline:
                    raise OutOfTime(_TOO_LATE)
                # In steps, because calls that end meanwhile give back what they did not use.
                self._clock.sleep(min(max(pause, _SHORTEST_SECONDS), _STEP_SECONDS))
        finally:
            self._turn.release()

    def settle(self, spent: float, used: float) -> None:
        """Gives back what a finished call did not use."""
        with self._books:
            self._tokens.give_back(spent - used)

    def throttled(self, spent: float) -> None:
        """Gives back a throttled call's tokens (429), and slows the worker down."""
        with self._books:
            self._tokens.give_back(spent)
            self._tokens.slow_down()

    def _try(self, tokens: float) -> float:
        with self._books:
            pause = self._tokens.missing(tokens)
            if self._requests:
                pause = max(pause, self._requests.missing(1))
            if pause == 0:
                self._tokens.take(tokens)
                if self._requests:
                    self._requests.take(1)
            return pause
