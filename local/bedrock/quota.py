"""Requests and tokens per minute, reserved and settled as Bedrock does it.

When a call starts, its input tokens and its maxTokens are taken from the quota. When it ends, what
it did not use is given back; an output token may cost several quota tokens (the burn-down rate).
"""

import fnmatch
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import Field

from local.bedrock.errors import throttled
from shared.contracts.base import Contract


class ModelLimits(Contract):
    """Of one model; None is no limit."""

    requests_per_minute: float | None = Field(default=None, gt=0)
    tokens_per_minute: float | None = Field(default=None, gt=0)


class QuotaSettings(ModelLimits):
    """The limits that hold for each model by itself, and the models that have others."""

    models: Mapping[str, ModelLimits] = {}
    """By pattern of the model's id."""
    burst: float = Field(default=1, gt=0, le=1)
    """Minutes' worth of quota that an idle model has saved up."""
    minute_seconds: float = Field(default=60, gt=0)
    """Shorter in tests that cannot wait."""

    def limits(self, model_id: str) -> ModelLimits:
        """Of one model."""
        found = (limits for pattern, limits in self.models.items() if fnmatch.fnmatchcase(model_id, pattern))
        return next(found, self)


@dataclass(frozen=True)
class Reservation:
    """What a call in progress holds of its model's quota."""

    model_id: str
    tokens: float


class _Bucket:
    def __init__(self, capacity: float, rate: float, now: float) -> None:
        self.level = capacity
        self._capacity = capacity
        self._rate = rate
        self._since = now

    def refill(self, now: float) -> float:
        self.level = min(self._capacity, self.level + (now - self._since) * self._rate)
        self._since = now
        return self.level

    def give(self, amount: float) -> None:
        self.level = min(self._capacity, self.level + amount)


class Quota:
    """What is left of every model's quota. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self.put(QuotaSettings())

    def put(self, settings: QuotaSettings) -> None:
        """Change the limits; every model starts with a full quota."""
        with self._lock:
            self.settings = settings
            self._buckets: dict[tuple[str, str], _Bucket] = {}

    def reserve(self, model_id: str, tokens: float) -> Reservation:
        """Take a request and `tokens` from the model's quota.

        Raises:
            BedrockError: ThrottlingException; nothing was taken.
        """
        with self._lock:
            limits = self.settings.limits(model_id)
            requests = self._bucket(model_id, "requests", limits.requests_per_minute)
            available = self._bucket(model_id, "tokens", limits.tokens_per_minute)
            if requests and requests.level < 1:
                raise throttled("requests")
            if available and available.level < tokens:
                raise throttled("tokens")
            if requests:
                requests.level -= 1
            if available:
                available.level -= tokens
        return Reservation(model_id, tokens)

    def settle(self, reservation: Reservation, used: float) -> None:
        """Give back what was reserved and not used; take what was used beyond it."""
        with self._lock:
            bucket = self._buckets.get((reservation.model_id, "tokens"))
            if bucket:
                bucket.refill(self._clock())
                bucket.give(reservation.tokens - used)

    def levels(self) -> dict[str, dict[str, float]]:
        """What is left, by model and kind."""
        found: dict[str, dict[str, float]] = {}
        with self._lock:
            for (model_id, kind), bucket in self._buckets.items():
                found.setdefault(model_id, {})[kind] = round(bucket.refill(self._clock()), 1)
        return found

    def _bucket(self, model_id: str, kind: str, limit: float | None) -> _Bucket | None:
        if limit is None:
            return None
        now = self._clock()
        key = (model_id, kind)
        if key not in self._buckets:
            capacity = max(limit * self.settings.burst, 1)
            self._buckets[key] = _Bucket(capacity, limit / self.settings.minute_seconds, now)
        self._buckets[key].refill(now)
        return self._buckets[key]
