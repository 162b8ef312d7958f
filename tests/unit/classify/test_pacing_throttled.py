"""What a 429 says of the quota, and how a worker slows down by it."""

import math

import pytest

from services.classify.pacing import (
    Ticket,
)
from services.classify.rate import (
    DOUBLING_SECONDS,
    EVENT_SECONDS,
    LEAST_PART,
    LONGEST_HOLD_SECONDS,
    MOST_PART,
    SLOWEST,
)
from tests.unit.classify.builders import FakeTime
from tests.unit.classify.paces import FAR, pace, throttled, waited


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def test_after_a_429_nothing_is_left_of_what_was_saved_up(time: FakeTime) -> None:
    mine = pace(time)

    rate = throttled(mine, time)

    assert waited(mine, time, 100).at == pytest.approx(100 / rate, abs=0.01)


def test_after_a_429_at_a_found_rate_no_call_starts_for_the_time_of_a_call(time: FakeTime) -> None:
    mine = pace(time, known=False)

    rate = throttled(mine, time, 10)
    first = waited(mine, time, 10)
    assert first.at == pytest.approx(2 * EVENT_SECONDS + 10 / rate, abs=0.01)

    mine.throttled(first)
    assert waited(mine, time, 10).at - first.at == pytest.approx(
        EVENT_SECONDS + 10 / mine.rate.per_second, abs=0.01
    )


def test_after_a_429_a_large_call_is_paid_for_in_full_before_it_is_tried_again(time: FakeTime) -> None:
    mine = pace(time, known=False)

    rate = throttled(mine, time, 2_000)

    assert waited(mine, time, 2_000).at == pytest.approx(2_000 / rate, abs=0.01)


def test_after_a_429_a_call_is_tried_once_four_minutes_are_over_however_small_its_workers_share_is(
    time: FakeTime,
) -> None:
    for tokens, seconds in ((2_300, 230), (2_500, LONGEST_HOLD_SECONDS), (1e6, LONGEST_HOLD_SECONDS)):
        mine, began = pace(time, known=False), time.time
        throttled(mine, time, tokens)
        assert mine.rate.per_second == 100 * SLOWEST
        assert waited(mine, time, tokens).at - began == pytest.approx(seconds, abs=0.1)


def test_a_worker_of_the_smallest_share_doubles_while_it_waits_once_a_call_was_answered(
    time: FakeTime,
) -> None:
    mine = pace(time, known=False)
    throttled(mine, time, 1e6)
    mine.settle(waited(mine, time, 1e6), used=1e6)
    answered = time.time

    waited(mine, time, 1e6)

    least = 100 * SLOWEST * DOUBLING_SECONDS / math.log(2)
    assert time.time - answered == pytest.approx(DOUBLING_SECONDS * math.log2(1 + 1e6 / least), rel=0.1)


def test_429s_of_calls_that_began_before_the_rate_was_lowered_do_not_lower_it_again(time: FakeTime) -> None:
    mine = pace(time)
    tickets = [mine.wait(100, FAR) for _ in range(5)]

    mine.throttled(tickets[0])
    lowered = mine.rate.per_second
    time.time += 1
    for ticket in tickets[1:]:
        mine.throttled(ticket)

    assert lowered < 100
    assert mine.rate.per_second == lowered


def test_a_429_of_the_same_event_holds_the_next_call_back_again(time: FakeTime) -> None:
    mine = pace(time, known=False)
    first, second = mine.wait(10, FAR), mine.wait(10, FAR)

    mine.throttled(first)
    time.time += 2
    mine.throttled(second)

    lowered = mine.rate.per_second
    assert waited(mine, time, 10).at == pytest.approx(2 + 2 * EVENT_SECONDS + 10 / lowered, abs=0.01)


def test_a_429_after_the_event_lowers_the_rate_by_what_was_granted_since(time: FakeTime) -> None:
    mine = pace(time)
    before = throttled(mine, time)
    time.time = EVENT_SECONDS + 1
    for _ in range(3):
        mine.settle(waited(mine, time, 100), used=100)
    time.time = EVENT_SECONDS + 20
    ticket = waited(mine, time, 100)
    limit = 300 / (time.time - EVENT_SECONDS)
    assert LEAST_PART * before < limit < MOST_PART * before

    mine.throttled(ticket)

    assert mine.rate.per_second == pytest.approx(0.85 * limit)


def test_the_end_of_an_event_still_belongs_to_it(time: FakeTime) -> None:
    mine = pace(time)
    lowered = throttled(mine, time)
    mine.settle(Ticket(500, time.time), used=0)

    for at, rate in ((EVENT_SECONDS, lowered), (EVENT_SECONDS + 0.1, 100 * SLOWEST)):
        mine.throttled(Ticket(0, at))
        assert mine.rate.per_second == pytest.approx(rate)


def test_what_a_call_gave_back_was_not_granted(time: FakeTime) -> None:
    def lowered(used: float) -> float:
        clock = FakeTime()
        mine = pace(clock)
        throttled(mine, clock)
        clock.time = 2 * EVENT_SECONDS
        mine.settle(waited(mine, clock, 300), used)
        return throttled(mine, clock)

    assert lowered(used=300) > lowered(used=100)


def test_what_was_begun_before_an_event_changes_nothing_of_what_was_granted_since(time: FakeTime) -> None:
    def lowered(settles: bool) -> float:
        clock = FakeTime()
        mine = pace(clock)
        old = mine.wait(400, FAR)
        throttled(mine, clock)
        clock.time = 2 * EVENT_SECONDS
        mine.settle(waited(mine, clock, 300), used=300)
        if settles:
            mine.settle(old, used=0)
        mine.throttled(Ticket(0, clock.time))
        return mine.rate.per_second

    assert lowered(settles=True) == lowered(settles=False)
