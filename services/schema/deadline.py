"""A timer for a response that must be sent before the function's time is over."""

import threading
from collections.abc import Callable
from typing import Self


class Deadline:
    """Calls `late` from a thread of its own after `seconds`, unless `met` is called before."""

    def __init__(self, seconds: float, late: Callable[[], None]) -> None:
        self._late = late
        self._lock = threading.Lock()
        self._over = False
        self._timer = threading.Timer(max(seconds, 0), self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def met(self) -> bool:
        """Ends the wait; False if `late` has been called and it is too late to say anything else."""
        with self._lock:
            first, self._over = not self._over, True
            return first

    def _expire(self) -> None:
        if self.met():
            self._late()
