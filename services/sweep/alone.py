"""Work on one item after another, of which one that fails by itself keeps no other from its turn."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from shared.platform.transience import is_transient

T = TypeVar("T")
R = TypeVar("R")


def each_alone(
    items: Iterable[T], work: Callable[[T], R], time_is_up: Callable[[], bool] = lambda: False
) -> list[R]:
    """Does the work for each item until time is up; returns what it returned.

    Raises:
        Exception: at once, if the world is at fault, which the others would meet, too; in the end, if the
            work for an item failed by itself.
    """
    done, failed = [], None
    for item in items:
        if time_is_up():
            break
        try:
            done.append(work(item))
        except Exception as error:
            # Whatever it is, it is raised: now, or when the others have had their turn.
            if is_transient(error):
                raise
            failed = error
    if failed is not None:
        raise failed
    return done
