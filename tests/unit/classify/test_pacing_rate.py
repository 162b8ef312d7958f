"""The rate that a worker finds: after idle time, and as it climbs."""

import math

import pytest

from services.classify.pacing import (
    IDLE_SECONDS,
    SAVED_SECONDS,
    Stretch,
    Ticket,
)
from services.classify.rate import (
    DOUBLING_SECONDS,
    EVENT_SECONDS,
    LEAST_PART,
    MOST_PART,
    QUIET_SECONDS,
    SLOWEST,
)
from tests.unit.classify.builders import FakeTime
from tests.unit.classify.paces import FAR, pace, throttled, waited


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def test_the_first_429_of_an_unknown_rate_counts_the_minute_that_the_quota_had_saved_up(
    time: FakeTime,
) -> None:
    mine = pace(time, known=False)
    for _ in range(100):
        mine.settle(mine.wait(100, FAR), used=100)
    ticket = mine.wait(100, FAR)

    mine.throttled(ticket)

    assert mine.rate.per_second == pytest.approx(0.85 * 10_000 / (time.time + SAVED_SECONDS))


def test_after_idle_time_the_quota_is_full_again_and_what_was_granted_is_counted_anew(time: FakeTime) -> None:
    mine = pace(time, known=False)
    for _ in range(50):
        mine.settle(mine.wait(100, FAR), used=100)
    time.time += IDLE_SECONDS + 1
    began = time.time
    for _ in range(50):
        mine.settle(mine.wait(100, FAR), used=100)

    mine.throttled(mine.wait(100, FAR))

    assert mine.rate.per_second == pytest.approx(0.85 * 5_000 / (time.time - began + SAVED_SECONDS))


def test_idle_time_begins_when_its_seconds_are_over(time: FakeTime) -> None:
    mine = pace(time, known=False)
    mine.settle(mine.wait(200, FAR), used=3_000)
    time.time = IDLE_SECONDS

    mine.throttled(mine.wait(100, FAR))

    assert mine.rate.per_second == pytest.approx(0.85 * 3_000 / (IDLE_SECONDS + SAVED_SECONDS))


def test_a_short_pause_is_no_idle_time(time: FakeTime) -> None:
    mine = pace(time, known=False)
    for _ in range(50):
        mine.settle(mine.wait(100, FAR), used=100)
    time.time += IDLE_SECONDS - 1
    for _ in range(50):
        mine.settle(mine.wait(100, FAR), used=100)

    mine.throttled(mine.wait(100, FAR))

    assert mine.rate.per_second == pytest.approx(0.85 * 10_000 / (time.time + SAVED_SECONDS))


def test_a_rate_climbs_only_by_calls_that_had_to_wait_for_tokens(time: FakeTime) -> None:
    idle, bound = pace(time, known=False), pace(time, requests=60, known=False)

    for _ in range(20):
        time.time += 2
        idle.wait(150, FAR)
    for _ in range(20):
        bound.wait(1, FAR)

    assert idle.rate.per_second == bound.rate.per_second == 100


def test_a_rate_doubles_by_the_time_in_which_calls_wait_and_by_that_since_the_call_before(
    time: FakeTime,
) -> None:
    mine = pace(time, known=False)
    mine.wait(200, FAR)
    mine.wait(200, FAR)

    assert 1.5 < time.time < 2
    assert mine.rate.per_second == pytest.approx(100 * 2 ** (time.time / DOUBLING_SECONDS))

    mine.wait(100, FAR)
    grown, before = mine.rate.per_second, time.time
    time.time += 0.5
    mine.wait(1_000, FAR)
    assert mine.rate.per_second == pytest.approx(grown * 2 ** ((time.time - before) / DOUBLING_SECONDS))


@pytest.mark.parametrize("owed", [2_000, 20_000, 200_000])
def test_a_share_that_is_small_beside_a_call_doubles_while_the_call_waits(
    time: FakeTime, owed: float
) -> None:
    mine = pace(time, known=False)
    mine.settle(mine.wait(200, FAR), used=owed)

    waited(mine, time, 200)

    per_doubling = 100 * DOUBLING_SECONDS / math.log(2)
    assert time.time == pytest.approx(DOUBLING_SECONDS * math.log2(1 + owed / per_doubling), rel=0.1)


def test_after_a_429_a_rate_does_not_climb_while_a_call_waits(time: FakeTime) -> None:
    mine = pace(time, known=False)
    lowered = throttled(mine, time, 100)

    for _ in range(10):
        assert not isinstance(mine.start(100), Ticket)
        time.time += 1

    assert mine.rate.per_second == lowered


@pytest.mark.parametrize("calls_long", [2, 4, 40])
def test_a_call_that_waits_is_no_idle_time(time: FakeTime, calls_long: int) -> None:
    mine = pace(time)
    throttled(mine, time, 100)
    owed = calls_long * IDLE_SECONDS * 50
    mine.settle(waited(mine, time, 100), used=owed)
    ticket = waited(mine, time, 100)
    assert time.time - EVENT_SECONDS > IDLE_SECONDS
    granted, before = (owed + 100) / (time.time - EVENT_SECONDS), mine.rate.per_second

    mine.throttled(ticket)

    limit = min(MOST_PART * before, max(LEAST_PART * before, granted))
    assert mine.rate.per_second == pytest.approx(0.85 * limit)


def test_nothing_is_granted_in_no_time() -> None:
    assert Stretch(since=5, saved=0, spent=100).granted(now=5) == 0
    assert Stretch(since=5, saved=0, spent=100).granted(now=4) == 0
    assert Stretch(since=5, saved=10, spent=100).granted(now=15) == 5
    assert Stretch(since=5, saved=0, spent=100).granted(now=5.5) == 200


def test_a_quiet_time_is_counted_from_the_last_429(time: FakeTime) -> None:
    mine = pace(time, known=False)
    for _ in range(100):
        mine.settle(mine.wait(100, FAR), used=100)
    for _ in range(12):
        throttled(mine, time)
    time.time += 40
    mine.settle(waited(mine, time, 100), used=100)
    mine.settle(waited(mine, time, 1), used=1)

    assert time.time > 2 * QUIET_SECONDS
    assert mine.rate.per_second < 1.1 * 100 * SLOWEST


def test_a_worker_doubles_again_once_a_call_is_answered_and_not_while_all_meet_a_429(time: FakeTime) -> None:
    mine = pace(time, known=False)
    for _ in range(100):
        mine.settle(mine.wait(100, FAR), used=100)
    throttled(mine, time)
    for _ in range(12):
        time.time += 4 * QUIET_SECONDS
        throttled(mine, time)
    least = mine.rate.per_second
    assert least == pytest.approx(100 * SLOWEST)

    time.time += 2 * QUIET_SECONDS
    mine.settle(waited(mine, time, 100), used=100)
    assert mine.rate.per_second < 1.1 * least
    mine.settle(waited(mine, time, 100), used=100)
    began = time.time
    assert mine.rate.per_second == pytest.approx(2 * least, rel=0.1)

    mine.settle(waited(mine, time, 100), used=100)
    ticket = waited(mine, time, 100)
    mine.throttled(ticket)
    assert mine.rate.per_second == pytest.approx(
        max(least, 0.85 * 200 / (time.time - began + SAVED_SECONDS)), rel=0.01
    )
