"""The prompt cache: prefixes that were sent before cost less, if they are long enough."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local.bedrock.tokens import Piece, count_tokens

LIFETIME = 300.0
"""Seconds that a prefix is remembered after its last use."""


@dataclass(frozen=True)
class InputUsage:
    """A request's input tokens, by how they count."""

    fresh: int
    read: int = 0
    written: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.fresh + self.read + self.written


class PromptCache:
    """The prefixes in the cache, by model."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._expiry: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def use(self, model_id: str, pieces: Sequence[Piece], minimum: int | None) -> InputUsage:
        """What of the request is read from the cache, and what is put there now.

        A prefix shorter than `minimum` tokens is not cached, and nothing says so: as on Bedrock.
        """
        total = sum(count_tokens(piece.text) for piece in pieces)
        points = _points(pieces, minimum) if minimum else []
        if not points:
            return InputUsage(total)
        read = self._longest_known(model_id, points)
        longest = points[-1][1]
        return InputUsage(total - longest, read, longest - read)

    def _longest_known(self, model_id: str, points: Sequence[tuple[str, int]]) -> int:
        now = self._clock()
        with self._lock:
            self._expiry = {key: expiry for key, expiry in self._expiry.items() if expiry > now}
            known = [tokens for digest, tokens in points if (model_id, digest) in self._expiry]
            self._expiry.update({(model_id, digest): now + LIFETIME for digest, _ in points})
        return max(known, default=0)


def _points(pieces: Sequence[Piece], minimum: int) -> list[tuple[str, int]]:
    """Digest and length of each prefix that is marked and long enough."""
    digest = hashlib.sha256()
    tokens = 0
    points = []
    for piece in pieces:
        digest.update(piece.text.encode("utf-8", "surrogatepass") + b"\0")
        tokens += count_tokens(piece.text)
        if piece.ends_prefix and tokens >= minimum:
            points.append((digest.hexdigest(), tokens))
    return points
