"""Whether an execution's messages may be in a queue of which only the length is known."""

import pytest

from services.sweep.backlog import Backlog

LARGE, SMALL, LAST = 100_000, 60, 1


@pytest.mark.parametrize(
    "held, owed, messages, may",
    [
        # Nothing is lost.
        (2 * LARGE, 2 * LARGE, LARGE, True),
        (LAST, LAST, LAST, True),
        # There is more than is known of: direct feedback, and what was sent twice.
        (LARGE + 5, LARGE, LARGE, True),
        # All of one file's rows are lost; it stands still, and so does a small one, but not a larger one.
        (LARGE, 2 * LARGE, LARGE, False),
        (LARGE, 2 * LARGE, SMALL, False),
        (LARGE, LARGE + SMALL, SMALL, False),
        (LARGE, LARGE + SMALL, LARGE, True),
        # One row is lost: that of the file of which nothing else is missing.
        (LARGE, LARGE + LAST, LAST, False),
        (LARGE, LARGE + LAST, SMALL, True),
        (0, LAST, LAST, False),
        # SQS's figure is too small by some in a hundred.
        (196_000, 2 * LARGE, LARGE, True),
        # Half of them is too much for an error.
        (150_001, 2 * LARGE, LARGE, True),
        (150_000, 2 * LARGE, LARGE, False),
        # The queue is empty.
        (0, LARGE, LARGE, False),
    ],
)
def test_most_of_its_messages_may_be_there_if_few_enough_are_missing(
    held: int, owed: int, messages: int, may: bool
) -> None:
    assert Backlog(held, owed).may_hold(messages) is may
