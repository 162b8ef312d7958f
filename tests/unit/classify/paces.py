"""A pace on a clock that a test sets."""

from services.classify.pacing import (
    Pace,
    Ticket,
)
from services.classify.rate import (
    Clock,
    Rate,
    TokenBucket,
)
from shared.contracts.errors import OutOfTime
from tests.unit.classify.builders import FakeTime

PER_MINUTE = 6_000
"""100 tokens a second."""
FAR = 1e9


def pace(time: FakeTime, requests: float = 0, *, known: bool = True) -> Pace:
    return Pace(Rate(PER_MINUTE, known=known), requests, Clock(time.now, time.sleep))


def bucket(time: FakeTime) -> TokenBucket:
    return TokenBucket(Rate(PER_MINUTE, known=True), Clock(time.now, time.sleep))


def waited(mine: Pace, time: FakeTime, tokens: float, deadline: float = FAR) -> Ticket:
    """The ticket that a batch gets which comes again whenever its patience is over."""
    while True:
        try:
            return mine.wait(tokens, deadline)
        except OutOfTime:
            assert time.time < deadline


def throttled(mine: Pace, time: FakeTime, tokens: float = 100) -> float:
    """The rate per second after a call that meets a 429."""
    mine.throttled(waited(mine, time, tokens))
    return mine.rate.per_second
