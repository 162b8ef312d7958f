"""Paces one worker's calls by the tokens that it may spend.

Bedrock takes input + max_tokens from the quota when a call starts, and what the call used instead (output
tokens times the burn-down rate) when it ends. The token bucket here does the same for this worker. Workers
do not communicate: all they share is Bedrock's answers.
"""

import math
import threading
from dataclasses import dataclass

from services.classify.rate import EVENT_SECONDS, Clock, Rate, TokenBucket
from shared.contracts.errors import OutOfTime

PATIENCE_SECONDS = 5.0
"""The longest wait for the quota, once it is a call's turn: longer, and another worker may do it earlier."""
SAVED_SECONDS = 60.0
"""What a quota saves up while it is not used, in seconds of it."""
IDLE_SECONDS = 30.0
"""Without a call that had to wait for so long, the quota is supposed to have saved up that much."""
GAUGE_WEIGHT = 0.2
TOO_LATE = "the quota allows no further call in the time that there is"
_STEP_SECONDS = 0.5
_SHORTEST_SECONDS = 0.001


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
        self._under_way = 0
        # Whether the next call had to wait for tokens, when one last did, and when the rate last climbed or a
        # call last began.
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
                now = self._clock.now()
                if now + pause > deadline or (now >= patience and not self._under_way):
                    raise OutOfTime(TOO_LATE)
                # In steps, because calls that end meanwhile give back what they did not use.
                self._clock.sleep(min(max(pause, _SHORTEST_SECONDS), _STEP_SECONDS))
            return pause
        finally:
            self._turn.release()

    def start(self, tokens: float) -> Ticket | float:
        """Takes the tokens of a call that starts now; or the seconds until it may."""
        with self._books:
            if short := self._tokens.missing(tokens):
                self._keep_waiting()
            pause = max(short, self._requests.missing(1) if self._requests else 0.0)
            return pause or self._start(tokens)

    def settle(self, ticket: Ticket, used: float) -> None:
        """Gives back what a finished call did not use."""
        with self._books:
            self._ended(ticket, ticket.tokens - used)

    def throttled(self, ticket: Ticket) -> None:
        """Gives back a throttled call's tokens (429), and slows the worker down, once for each event."""
        with self._books:
            self._ended(ticket, ticket.tokens)
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
        self._under_way += 1
        if self._requests:
            self._requests.take(1)
        if now > self._last_wait + IDLE_SECONDS:
            self._stretch, self._last_wait = Stretch(now, SAVED_SECONDS), now
        self._stretch.spent += tokens
        if self._waited or self.rate.known:
            self._climb(now)
            self._last_wait = now
        self._waited, self._last = False, now
        return Ticket(tokens, now)

    def _keep_waiting(self) -> None:
        """A rate that doubles does so while the call waits, which at a small share would be for minutes."""
        now = self._clock.now()
        self._waited, self._last_wait = True, now
        # A call without a 429 since the last one shows that the model answers again.
        if self._stretch.spent > 0 and self.rate.doubles_again(now - self._event_ends):
            self._stretch = Stretch(now, SAVED_SECONDS)
        if self.rate.is_doubling:
            self._climb(now)

    def _climb(self, now: float) -> None:
        self.rate.climb(now - self._last)
        self._last = now

    def _ended(self, ticket: Ticket, tokens: float) -> None:
        self._under_way -= 1
        self._tokens.give_back(tokens)
        if ticket.at >= self._stretch.since:
            self._stretch.spent -= tokens
