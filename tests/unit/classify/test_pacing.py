"""A worker spends its share of the quota evenly, and waits a few seconds for it at most."""

import threading
from collections.abc import Callable
from functools import partial

import pytest

from services.classify.pacing import (
    PATIENCE_SECONDS,
    Gauge,
    Pace,
    Ticket,
)
from services.classify.rate import (
    BURST_SECONDS,
)
from shared.contracts.errors import OutOfTime
from tests.unit.classify.builders import FakeTime
from tests.unit.classify.paces import FAR, bucket, pace, waited


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


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
    mine.settle(mine.wait(2_000, FAR), used=2_000)

    with pytest.raises(OutOfTime, match="quota allows no further call"):
        mine.wait(100, FAR)

    assert time.time == pytest.approx(PATIENCE_SECONDS, abs=0.01)
    assert waited(mine, time, 100).at == pytest.approx(16, abs=0.01)


def test_while_other_calls_are_under_way_a_call_waits_on_until_the_deadline(time: FakeTime) -> None:
    mine = pace(time)
    mine.wait(2_000, FAR)

    assert mine.wait(100, FAR).at == pytest.approx(16, abs=0.01)
    with pytest.raises(OutOfTime):
        mine.wait(4_000, deadline=time.time + 0.9)


@pytest.mark.parametrize(
    "ends", [Pace.throttled, partial(Pace.settle, used=2_000), partial(Pace.settle, used=0)]
)
def test_once_the_last_of_them_has_ended_it_waits_no_longer(
    time: FakeTime, ends: Callable[[Pace, Ticket], None]
) -> None:
    mine = pace(time)
    first, second = mine.wait(100, FAR), mine.wait(400, FAR)
    ends(mine, first)
    mine.settle(second, used=4_000)

    with pytest.raises(OutOfTime):
        mine.wait(100, FAR)

    assert time.time == pytest.approx(PATIENCE_SECONDS, abs=0.01)
