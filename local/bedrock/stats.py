"""What the server was asked and what it answered: counters and a log without texts."""

import hashlib
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

LOGGED_CALLS = 5000


def digest(text: str) -> str:
    """A short fingerprint: enough to recognise a text, not to read it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass
class Call:
    """One call, filled in while it is answered."""

    model: str
    action: str
    """converse or invoke."""
    started: float
    """Seconds since 1970."""
    kind: str = "other"
    request: str = ""
    """Fingerprint of the body."""
    records: list[str] = field(default_factory=list)
    """Fingerprints of the texts asked about."""
    mode: str = ""
    """structured, forced, offered or text."""
    tier: str = ""
    """The service tier that the request names."""
    status: int = 200
    error: str = ""
    fault: str = "ok"
    stop_reason: str = ""
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    max_tokens: int = 0
    quota_tokens: float = 0
    """What the call cost of the quota in the end."""
    seconds: float = 0
    number: int = 0


class Stats:
    """Everything since the last reset. Safe to share between threads."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` gives seconds since 1970."""
        self._now = now
        self._lock = threading.Lock()
        self._in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Begin again from nothing; calls in flight stay in flight."""
        with self._lock:
            self._totals: Counter[str] = Counter()
            self._by: dict[str, Counter[str]] = {
                name: Counter() for name in ("model", "kind", "mode", "tier", "error", "fault")
            }
            self._log: deque[Call] = deque(maxlen=LOGGED_CALLS)

    @contextmanager
    def watch(self, call: Call) -> Iterator[Call]:
        """Count the call as in flight, and record it however it ends."""
        with self._lock:
            self._in_flight += 1
        try:
            yield call
        finally:
            self._record(call)

    def report(self) -> dict[str, object]:
        """All figures, ready for JSON."""
        with self._lock:
            return {
                "in_flight": self._in_flight,
                **{name: self._totals[name] for name in _TOTALS},
                **{f"by_{name}": dict(counts) for name, counts in self._by.items()},
            }

    def calls(self, since: int = 0) -> list[dict[str, object]]:
        """The log from call number `since` on; only the last 5,000 calls are kept."""
        with self._lock:
            return [asdict(call) for call in self._log if call.number >= since]

    def _record(self, call: Call) -> None:
        call.seconds = round(self._now() - call.started, 4)
        figures = _figures(call)
        with self._lock:
            self._in_flight -= 1
            self._totals.update(figures)
            call.number = self._totals["calls"]
            for name, counts in self._by.items():
                value = getattr(call, name)
                counts.update([value] if value not in {"", "ok"} else [])
            self._log.append(call)


_TOTALS = (
    "calls", "answered", "throttled", "failed", "input_tokens", "cache_read_tokens", "cache_write_tokens",
    "output_tokens", "quota_tokens", "records",
)  # fmt: skip


def _figures(call: Call) -> Counter[str]:
    throttled = call.error == "ThrottlingException"
    tokens = {name: round(getattr(call, name)) for name in _TOTALS if name.endswith("_tokens")}
    return Counter(
        calls=1,
        answered=int(not call.error),
        throttled=int(throttled),
        failed=int(bool(call.error) and not throttled),
        records=0 if call.error else len(call.records),
        **tokens,
    )
