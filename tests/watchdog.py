"""Ends work that input was made to draw out."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def processor_seconds(most: float) -> Iterator[None]:
    """Fails the test when the work takes more processor time than this, in seconds, where it should take a
    small part of it: what grows with the square of its input would go on for hours.
    """

    def fail(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still at work after {most} s of processor time")

    before = signal.signal(signal.SIGPROF, fail)
    signal.setitimer(signal.ITIMER_PROF, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
