import threading

import pytest

from services.classify.pacing import (
    IDLE_SECONDS,
    PATIENCE_SECONDS,
    SAVED_SECONDS,
    Gauge,
    Pace,
    Stretch,
    Ticket,
)
from services.classify.rate import (
    BURST_SECONDS,
    DOUBLING_SECONDS,
    EVENT_SECONDS,
    LEAST_PART,
    MOST_PART,
    QUIET_SECONDS,
    SLOWEST,
    Clock,
    Rate,
    TokenBucket,
)
from shared.contracts.errors import OutOfTime
from tests.unit.classify.builders import FakeTime

PER_MINUTE = 6_000
"""100 tokens a second."""
FAR = 1e9


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def pace(time: FakeTime, requests: float = 0, *, known: bool = True) -> Pace:
    return Pace(Rate(PER_MINUTE, known=known), requests, Clock(time.now, time.sleep))


def bucket(time: FakeTime) -> TokenBucket:
    return TokenBucket(Rate(PER_MINUTE, known=True), Clock(time.now, time.sleep))


def waited(mine: Pace, time: FakeTime, tokens: float, deadline: float = FAR) -> Ticket:
    """The ticket that a batch gets which comes again whenever its patience is over."""
    while True:
        try:
            return mine.wait(tokens, deadline)
        except OutOfTime:
            assert time.time < deadline


def throttled(mine: Pace, time: FakeTime, tokens: float = 100) -> float:
    """The rate per second after a call that meets a 429."""
    mine.throttled(waited(mine, time, tokens))
    return mine.rate.per_second


def test_a_worker_spends_its_share_evenly(time: FakeTime) -> None:
    mine = pace(time)

    for _ in range(60):
        mine.wait(200, FAR)

    assert time.time == pytest.approx(60 * 200 / 100 - BURST_SECONDS, abs=0.1)


def test_an_idle_worker_saves_up_a_few_seconds_and_no_more(time: FakeTime) -> None:
    mine = pace(time)
    time.time += 3600

    mine.wait(BURST_SECONDS * 100, FAR)
    assert time.slept == []
    mine.wait(100, FAR)
    assert sum(time.slept) == pytest.approx(1)


def test_what_a_call_did_not_use_is_given_back(time: FakeTime) -> None:
    mine = pace(time)
    ticket = mine.wait(500, FAR)

    mine.settle(ticket, used=100)
    mine.wait(400, FAR)

    assert time.slept == []


def test_what_a_call_used_beyond_its_reservation_is_owed(time: FakeTime) -> None:
    mine = pace(time)
    ticket = mine.wait(500, FAR)

    mine.settle(ticket, used=700)
    mine.wait(100, FAR)

    assert sum(time.slept) == pytest.approx(3)


def test_a_demand_larger_than_the_bucket_waits_until_it_is_full_and_then_owes(time: FakeTime) -> None:
    mine = pace(time)

    mine.wait(2_000, FAR)
    assert time.slept == []
    waited(mine, time, 100)
    assert sum(time.slept) == pytest.approx((2_000 - 500 + 100) / 100)


def test_a_wait_beyond_the_deadline_is_refused_and_costs_nothing(time: FakeTime) -> None:
    mine = pace(time)
    mine.wait(500, FAR)

    with pytest.raises(OutOfTime) as refused:
        mine.wait(400, deadline=time.time + 3)

    assert "quota allows no further call" in str(refused.value)
    assert time.slept == []
    mine.wait(400, deadline=time.time + 4)


def test_after_the_deadline_nothing_is_begun_even_if_the_bucket_is_full(time: FakeTime) -> None:
    time.time = 100

    with pytest.raises(OutOfTime, match="quota allows no further call"):
        pace(time).wait(1, deadline=99)
    pace(time).wait(1, deadline=100)


def test_a_turn_that_does_not_come_in_time_is_given_up(time: FakeTime) -> None:
    time.time = 100
    mine = pace(time)
    for deadline in (time.time, time.time - 1):
        with mine._turn, pytest.raises(OutOfTime, match="quota allows no further call"):
            mine.wait(1, deadline)


def test_requests_per_minute_are_kept_when_set(time: FakeTime) -> None:
    mine = pace(time, requests=6)

    for _ in range(4):
        waited(mine, time, 1)

    assert time.time == pytest.approx(30)


def test_an_idle_worker_saves_up_requests_likewise(time: FakeTime) -> None:
    mine = pace(time, requests=60)

    for _ in range(5):
        mine.wait(1, FAR)
    assert time.time == 0
    for _ in range(2):
        mine.wait(1, FAR)
    assert time.time == pytest.approx(2)


def test_what_is_given_back_is_kept_even_by_a_full_bucket_but_time_adds_nothing_to_it(
    time: FakeTime,
) -> None:
    full = bucket(time)

    full.give_back(100)
    time.time += 60
    assert full.missing(1) == 0
    full.take(600)

    assert full.missing(1) == pytest.approx(0.01)


def test_the_gauge_learns_what_the_model_counts() -> None:
    gauge = Gauge()
    for _ in range(50):
        gauge.learn(estimated=100, counted=130)

    assert gauge.ratio == pytest.approx(1.3, abs=0.01)


def test_a_gauge_that_learned_nothing_takes_the_estimate_for_the_count() -> None:
    gauge = Gauge()

    gauge.learn(estimated=100, counted=0)
    gauge.learn(estimated=0, counted=100)

    assert gauge.ratio == 1


def test_threads_together_spend_no_more_than_the_share() -> None:
    time = FakeTime()
    mine = pace(time)
    threads = [threading.Thread(target=waited, args=(mine, time, 300)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert time.time == pytest.approx((8 * 300 - 500) / 100, abs=0.1)


def test_a_call_waits_a_few_seconds_for_the_quota_and_no_longer(time: FakeTime) -> None:
    mine = pace(time)
    mine.wait(2_000, FAR)

    with pytest.raises(OutOfTime, match="quota allows no further call"):
        mine.wait(100, FAR)

    assert time.time == pytest.approx(PATIENCE_SECONDS, abs=0.01)
    assert waited(mine, time, 100).at == pytest.approx(16, abs=0.01)


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


def test_a_rate_climbs_by_the_time_since_the_call_before(time: FakeTime) -> None:
    mine = pace(time, known=False)
    mine.wait(200, FAR)
    mine.wait(200, FAR)

    assert mine.rate.per_second == pytest.approx(100 * 2 ** (2 / DOUBLING_SECONDS))

    mine.wait(100, FAR)
    grown, before = mine.rate.per_second, time.time
    time.time += 0.5
    mine.wait(1_000, FAR)
    assert mine.rate.per_second == pytest.approx(grown * 2 ** ((time.time - before) / DOUBLING_SECONDS))


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
