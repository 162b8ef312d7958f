"""Paces one worker's calls: within its share of a known quota, or at a rate that it finds by itself.

Bedrock takes input + max_tokens from the quota when a call starts, and what the call used instead (output
tokens times the burn-down rate) when it ends. The token bucket here does the same for this worker. Workers
do not communicate: all they share is Bedrock's answers.

A rate is found as TCP finds its window: it doubles until the first 429 (slow start; Jacobson, "Congestion
avoidance and control", 1988), then each 429 lowers it by a factor and each call that had to wait raises it a
little (additive increase, multiplicative decrease; Chiu and Jain 1989), along the cubic of RFC 9438: fast
far from the rate of the last 429, slowly near it. How far a 429 lowers it follows from what Bedrock has
granted since the one before (as in TCP Westwood; Casetti et al. 2002). All steps are parts of the rate, so
they suit a small quota as well as a large one.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from shared.contracts.errors import OutOfTime

BURST_SECONDS = 5.0
"""Capacity of the bucket of a known share, in seconds of its rate: what a worker saves up between batches."""
FINDING_BURST_SECONDS = 2.0
"""The same of a rate that is found: a burst on an exhausted quota is a burst of 429s."""
PATIENCE_SECONDS = 5.0
"""The longest wait for the quota, once it is a call's turn: longer, and another worker may do it earlier."""
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
LEAST_PART, MOST_PART = 0.3, 0.9
"""A 429 leaves at least and at most so much of a rate as the rate where Bedrock's limit is supposed."""
BELOW_LIMIT = 0.85
"""The part of that limit from which the rate climbs again."""
SLOWEST = 1 / 10
"""The lowest rate, as a part of the first."""
FAR_BELOW = 1 / 8
"""Below this part of the best limit a rate doubles again, as at first, if it meets no 429 for a while: so it
is back soon after an overload of the model, during which nearly every call met one."""
QUIET_SECONDS, LONGEST_QUIET_SECONDS = 60.0, 960.0
"""That while; twice as long each time that it was in vain."""
SAVED_SECONDS = 60.0
"""What a quota saves up while it is not used, in seconds of it."""
IDLE_SECONDS = 30.0
"""Without a call that had to wait for so long, the quota is supposed to have saved up that much."""
GAUGE_WEIGHT = 0.2
TOO_LATE = "the quota allows no further call in the time that there is"
_STEP_SECONDS = 0.5
_SHORTEST_SECONDS = 0.001
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
        self._least = self.per_second * SLOWEST
        self._most = self.per_second if known else math.inf
        # Where Bedrock's limit is supposed to be; None before the first 429 of a rate that is to be found.
        self._limit = self.per_second if known else None
        # Seconds from the limit on the cubic.
        self._place = 0.0
        # What the next 429 leaves at least, tokens a second.
        self._sure = 0.0
        self._best = 0.0
        self._quiet = QUIET_SECONDS
        self.hold_seconds = 0.0

    def climb(self, seconds: float) -> None:
        """Raises the rate for a call, so long after the one before. A call that finds a rate had to wait."""
        if self._limit is None:
            self.per_second *= 2 ** min(1.0, seconds / DOUBLING_SECONDS)
        else:
            self._place += seconds if self.known else min(seconds, CALL_SECONDS)
            self._set(self._limit)

    def doubles_again(self, quiet: float) -> bool:
        """Whether from now on it doubles again, after so many seconds without a 429."""
        far_below = self._limit is not None and self.per_second < FAR_BELOW * self._best
        if self.known or not far_below or quiet < self._quiet:
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
        if self._limit >= FAR_BELOW * self._best:
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
        has come in.
        """
        self._fill()
        self._level = min(self._level, -self._rate.hold_seconds * self._rate.per_second)
        if self._rate.hold_seconds:
            self._level = min(self._level, self._size() - amount)

    def _size(self) -> float:
        return self._rate.per_second * self._rate.burst_seconds

    def _fill(self) -> None:
        now = self._clock.now()
        passed, self._since = now - self._since, now
        if self._level < self._size():
            self._level = min(self._size(), self._level + passed * self._rate.per_second)


class Gauge:
    """The ratio of counted to estimated tokens, a moving average over the answers."""

    def __init__(self) -> None:
        self.ratio = 1.0

    def learn(self, estimated: int, counted: int) -> None:
        """Moves the ratio towards that of the last answer."""
        if estimated and counted:
            self.ratio += GAUGE_WEIGHT * (counted / estimated - self.ratio)


@dataclass
class Stretch:
    """What Bedrock has granted since the last 429, or since calls began after idle time.

    Attributes:
        since: when it began, in seconds.
        saved: seconds of the quota that were saved up by then.
        spent: tokens of the calls that began since then and met no 429.
    """

    since: float
    saved: float
    spent: float = 0.0

    def granted(self, now: float) -> float:
        """Tokens a second."""
        seconds = now - self.since + self.saved
        return self.spent / seconds if seconds > 0 else 0.0


@dataclass(frozen=True)
class Ticket:
    """A call that may start: the tokens it has taken, and when."""

    tokens: float
    at: float


class Pace:
    """Delays a worker's calls. Threads wait in turn.

    Args:
        rate: of tokens.
        requests_per_minute: the worker's share; 0: no such limit.
        clock: the time.
    """

    def __init__(self, rate: Rate, requests_per_minute: float, clock: Clock) -> None:
        self.rate = rate
        self._tokens = TokenBucket(rate, clock)
        self._requests: TokenBucket | None = None
        if requests_per_minute:
            self._requests = TokenBucket(Rate(requests_per_minute, known=True), clock)
        self._clock = clock
        self._turn = threading.Lock()
        self._books = threading.Lock()
        self._stretch = Stretch(clock.now(), SAVED_SECONDS)
        self._event_ends = -math.inf
        # Whether the next call had to wait for tokens, when the last one that had to began, and the last one.
        self._waited = False
        self._last_wait = self._last = clock.now()

    def wait(self, tokens: float, deadline: float) -> Ticket:
        """Waits until `tokens` may be spent, and takes them.

        Raises:
            OutOfTime: it would take beyond `deadline` (on the clock), or has taken `PATIENCE_SECONDS` since
                it was this call's turn; nothing is taken.
        """
        if not self._turn.acquire(timeout=max(0.0, deadline - self._clock.now())):
            raise OutOfTime(TOO_LATE)
        try:
            if self._clock.now() > deadline:
                raise OutOfTime(TOO_LATE)
            patience = self._clock.now() + PATIENCE_SECONDS
            while not isinstance(pause := self.start(tokens), Ticket):
                if self._clock.now() + pause > deadline or self._clock.now() >= patience:
                    raise OutOfTime(TOO_LATE)
                # In steps, because calls that end meanwhile give back what they did not use.
                self._clock.sleep(min(max(pause, _SHORTEST_SECONDS), _STEP_SECONDS))
            return pause
        finally:
            self._turn.release()

    def start(self, tokens: float) -> Ticket | float:
        """Takes the tokens of a call that starts now; or the seconds until it may."""
        with self._books:
            short = self._tokens.missing(tokens)
            self._waited = self._waited or short > 0
            pause = max(short, self._requests.missing(1) if self._requests else 0.0)
            return pause or self._start(tokens)

    def settle(self, ticket: Ticket, used: float) -> None:
        """Gives back what a finished call did not use."""
        with self._books:
            self._give_back(ticket, ticket.tokens - used)

    def throttled(self, ticket: Ticket) -> None:
        """Gives back a throttled call's tokens (429), and slows the worker down, once for each event."""
        with self._books:
            self._give_back(ticket, ticket.tokens)
            if ticket.at > self._event_ends:
                now = self._clock.now()
                self.rate.back_off(self._stretch.granted(now))
                self._event_ends = now + EVENT_SECONDS
                self._stretch = Stretch(self._event_ends, 0.0)
                self._last_wait = self._last = now
            self._tokens.hold(ticket.tokens)

    def _start(self, tokens: float) -> Ticket:
        now = self._clock.now()
        self._tokens.take(tokens)
        if self._requests:
            self._requests.take(1)
        # A call without a 429 since the last one shows that the model answers again.
        again = self._stretch.spent > 0 and self.rate.doubles_again(now - self._event_ends)
        if again or now > self._last_wait + IDLE_SECONDS:
            self._stretch, self._last_wait = Stretch(now, SAVED_SECONDS), now
        self._stretch.spent += tokens
        if self._waited or self.rate.known:
            self.rate.climb(now - self._last)
            self._last_wait = now
        self._waited, self._last = False, now
        return Ticket(tokens, now)

    def _give_back(self, ticket: Ticket, tokens: float) -> None:
        self._tokens.give_back(tokens)
        if ticket.at >= self._stretch.since:
            self._stretch.spent -= tokens
