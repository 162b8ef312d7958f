"""How far an attempt came, and whether there is time for another step."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.contracts.errors import TransientError

RESERVE_SECONDS = 75.0
"""Left for what a step can take at most: a model call has its own time-out of a minute."""


class OutOfTime(TransientError):
    """The function's time is nearly over; the next attempt goes on from what is kept."""


@dataclass
class Progress:
    """One attempt.

    Attributes:
        remaining: seconds that the function may still run.
        steps: steps kept so far: whether this attempt came on at all.
    """

    remaining: Callable[[], float]
    steps: int = 0

    def kept(self) -> None:
        """Counts a step whose result is stored."""
        self.steps += 1

    def check_time(self, seconds: float = 0.0) -> None:
        """Raises OutOfTime rather than begin what may not end.

        Args:
            seconds: that it takes beyond what any step can take.
        """
        if self.remaining() < RESERVE_SECONDS + seconds:
            raise OutOfTime("the function's time is nearly over")
