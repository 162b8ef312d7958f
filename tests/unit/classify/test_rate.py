import itertools

import pytest

from services.classify.rate import (
    BURST_SECONDS,
    CALL_SECONDS,
    CUBIC_SECONDS,
    DOUBLING_SECONDS,
    FAR_BELOW,
    FINDING_BURST_SECONDS,
    LEAST_PART,
    LONGEST_QUIET_SECONDS,
    MOST_PART,
    QUIET_SECONDS,
    SLOWEST,
    Rate,
)

PER_MINUTE = 6_000
"""100 tokens a second."""


def test_a_known_share_is_where_a_rate_begins_and_what_it_never_exceeds() -> None:
    rate = Rate(600, known=True)
    assert (rate.per_second, rate.burst_seconds) == (10, BURST_SECONDS)

    for _ in range(1_000):
        rate.climb(60)

    assert rate.per_second == 10


def test_an_unknown_rate_doubles_with_the_seconds_of_waiting() -> None:
    rate = Rate(600, known=False)
    assert rate.burst_seconds == FINDING_BURST_SECONDS

    rate.climb(DOUBLING_SECONDS / 2)
    assert rate.per_second == pytest.approx(10 * 2**0.5)
    rate.climb(DOUBLING_SECONDS / 2)
    assert rate.per_second == pytest.approx(20)
    rate.climb(1_000)
    assert rate.per_second == pytest.approx(40)


def test_the_first_429_sets_an_unknown_rate_by_what_was_granted_and_ends_its_doubling() -> None:
    rate = Rate(600, known=False)
    for _ in range(5):
        rate.climb(DOUBLING_SECONDS)
    assert rate.per_second == 320

    rate.back_off(granted=100)
    assert rate.per_second == pytest.approx(85)
    rate.climb(1)
    assert 85 < rate.per_second < 90


def test_the_first_429_leaves_no_more_than_nine_tenths_of_the_rate_it_met() -> None:
    rate = Rate(600, known=False)

    rate.back_off(granted=1_000)

    assert rate.per_second == pytest.approx(10 * MOST_PART * 0.85)


@pytest.mark.parametrize("granted, limit", [(75, 75), (10, 100 * LEAST_PART), (99, 100 * MOST_PART)])
def test_a_later_429_sets_the_limit_by_what_was_granted_within_bounds(granted: float, limit: float) -> None:
    rate = Rate(6_000, known=True)

    rate.back_off(granted)

    assert rate.per_second == pytest.approx(0.85 * limit)


def test_the_second_429_of_an_unknown_rate_leaves_what_was_sure_at_the_first_and_the_third_does_not() -> None:
    rate = Rate(600, known=False)
    for _ in range(5):
        rate.climb(DOUBLING_SECONDS)
    rate.back_off(granted=100)
    for _ in range(100):
        rate.climb(CALL_SECONDS)
    before = rate.per_second
    assert before > 200

    rate.back_off(granted=10)
    assert rate.per_second == pytest.approx(0.85 * max(100, LEAST_PART * before))
    before = rate.per_second
    rate.back_off(granted=10)
    assert rate.per_second == pytest.approx(0.85 * LEAST_PART * before)


def test_what_was_sure_at_the_first_429_is_no_reason_to_raise_the_rate() -> None:
    rate = Rate(600, known=False)
    for _ in range(5):
        rate.climb(DOUBLING_SECONDS)
    rate.back_off(granted=100)

    rate.back_off(granted=10)

    assert rate.per_second == pytest.approx(0.85 * MOST_PART * 85)


def test_a_429_never_leaves_less_than_a_tenth_of_the_first_rate() -> None:
    for known in (True, False):
        rate = Rate(6_000, known=known)
        for _ in range(50):
            rate.back_off(granted=0)
        assert rate.per_second == pytest.approx(100 * SLOWEST)


def test_at_its_least_a_rate_climbs_from_there() -> None:
    rate = Rate(60_000, known=False)
    for _ in range(50):
        rate.back_off(granted=0)
    for _ in range(200):
        rate.climb(CALL_SECONDS)

    seconds = 200 * CALL_SECONDS - CUBIC_SECONDS * 0.15 ** (1 / 3)
    assert rate.per_second == pytest.approx(100 * (1 + (seconds / CUBIC_SECONDS) ** 3))


def test_a_rate_of_less_than_a_token_a_second_is_one_like_others() -> None:
    known, found = Rate(6, known=True), Rate(6, known=False)
    for rate in (known, found):
        rate.back_off(granted=0)

    assert known.per_second == pytest.approx(0.85 * LEAST_PART * 0.1)
    assert found.per_second == pytest.approx(0.1 * SLOWEST)
    assert not found.doubles_again(QUIET_SECONDS - 1)
    assert found.doubles_again(QUIET_SECONDS)
    known.back_off(granted=0)
    assert known.per_second == pytest.approx(0.1 * SLOWEST)


def test_a_rate_climbs_fast_at_first_then_slowly_past_the_limit_then_fast_again() -> None:
    rate = Rate(60_000, known=False)
    rate.back_off(granted=500)
    start = rate.per_second
    calls = round(2 * CUBIC_SECONDS * 0.15 ** (1 / 3) / CALL_SECONDS)

    climbed = [start]
    for _ in range(2 * calls):
        rate.climb(CALL_SECONDS)
        climbed.append(rate.per_second)

    steps = [after - before for before, after in itertools.pairwise(climbed)]
    assert climbed[calls // 2] == pytest.approx(500, rel=0.01)
    assert climbed[calls] == pytest.approx(575, rel=0.01)
    assert steps[0] > 10 * steps[calls // 2]
    assert steps[-1] > steps[0]


def test_a_rate_is_twice_the_limit_when_the_seconds_of_the_cubic_have_passed_it() -> None:
    rate = Rate(60_000, known=False)
    rate.back_off(granted=500)
    seconds = CUBIC_SECONDS * (1 + 0.15 ** (1 / 3))

    for _ in range(100):
        rate.climb(seconds / 100)

    assert rate.per_second == pytest.approx(1_000)


@pytest.mark.parametrize("known", [True, False])
def test_one_call_counts_for_no_more_than_its_seconds_unless_the_share_is_known(known: bool) -> None:
    often, seldom = Rate(60_000, known=known), Rate(60_000, known=known)
    for rate in (often, seldom):
        rate.back_off(granted=500)

    often.climb(CALL_SECONDS)
    seldom.climb(1_000)

    assert (seldom.per_second == often.per_second) is not known
    assert seldom.per_second == 1_000 or not known


def overloaded() -> Rate:
    """A rate that was 170 tokens a second and is at its least."""
    rate = Rate(600, known=False)
    for _ in range(5):
        rate.climb(DOUBLING_SECONDS)
    for granted in (200, 0, 0, 0, 0, 0, 0):
        rate.back_off(granted)
    assert rate.per_second == pytest.approx(10 * SLOWEST)
    return rate


def test_far_below_what_it_was_a_rate_doubles_again_after_a_quiet_minute() -> None:
    rate = overloaded()
    assert not rate.doubles_again(QUIET_SECONDS - 0.1)

    assert rate.doubles_again(QUIET_SECONDS)

    rate.climb(DOUBLING_SECONDS)
    assert rate.per_second == pytest.approx(20 * SLOWEST)
    assert not rate.doubles_again(1e9)


def test_doubling_in_vain_is_tried_less_and_less_often_and_after_a_success_as_at_first() -> None:
    rate, waits = overloaded(), []
    for _ in range(6):
        waits.append(next(n for n in range(60, 2_000, 60) if rate.doubles_again(n)))
        rate.back_off(granted=0)
    assert waits == [60, 120, 240, 480, 960, LONGEST_QUIET_SECONDS]

    assert rate.doubles_again(LONGEST_QUIET_SECONDS)
    for _ in range(10):
        rate.climb(DOUBLING_SECONDS)
    rate.back_off(granted=200)
    for _ in range(6):
        rate.back_off(granted=0)
    assert rate.doubles_again(QUIET_SECONDS)


@pytest.mark.parametrize(
    "granted, seconds",
    [(0, QUIET_SECONDS), (14, QUIET_SECONDS), (29.5, 4 * QUIET_SECONDS), (99, LONGEST_QUIET_SECONDS)],
)
def test_a_cold_worker_whose_first_calls_met_429s_doubles_again_below_its_first_rate(
    granted: float, seconds: float
) -> None:
    rate = Rate(6_000, known=False)
    rate.back_off(granted)

    assert not rate.doubles_again(0.9 * seconds)
    assert not rate.is_doubling
    assert rate.doubles_again(1.01 * seconds)
    assert rate.is_doubling


def test_above_its_first_rate_a_rate_goes_on_along_the_cubic() -> None:
    rate = Rate(6_000, known=False)
    for _ in range(2):
        rate.climb(DOUBLING_SECONDS)
    rate.back_off(granted=1.01 * 100 / 0.85)

    assert not rate.doubles_again(1e9)


@pytest.mark.parametrize("best, limit", [(90, 100), (300, 100), (800, 200), (3_200, 800)])
def test_doubling_was_in_vain_until_the_limit_is_the_first_one_and_twice_as_far_up(
    best: float, limit: float
) -> None:
    def is_patient(limit: float) -> bool:
        rate, again = Rate(6_000, known=False), True
        for granted in (best, limit):
            rate.per_second = 1e6
            rate.back_off(granted)
            for _ in range(20):
                rate.back_off(granted=0)
            again = rate.doubles_again(QUIET_SECONDS)
        return not again

    assert is_patient(0.99 * limit)
    assert not is_patient(limit)


def test_a_rate_below_its_first_one_but_not_far_below_is_quiet_for_longer_and_not_for_ever() -> None:
    rate, waits = Rate(6_000, known=False), []
    for _ in range(4):
        rate.per_second = 1e6
        rate.back_off(granted=29.41)
        waits.append(next(n for n in range(60, 2_000, 60) if rate.doubles_again(n)))

    assert waits == [240, 480, LONGEST_QUIET_SECONDS, LONGEST_QUIET_SECONDS]


@pytest.mark.parametrize("below, again", [(1.01, False), (0.99, True)])
def test_not_so_far_below_a_rate_goes_on_along_the_cubic(below: float, again: bool) -> None:
    rate = Rate(6_000, known=False)
    for _ in range(5):
        rate.climb(DOUBLING_SECONDS)
    for granted in (800, 800, 0, below * FAR_BELOW * 800 / 0.85):
        rate.back_off(granted)

    assert rate.doubles_again(1e9) is again


def test_a_known_share_never_doubles() -> None:
    rate = Rate(600, known=True)
    for _ in range(9):
        rate.back_off(granted=0)

    assert rate.per_second < FAR_BELOW * 10
    assert not rate.doubles_again(1e9)
