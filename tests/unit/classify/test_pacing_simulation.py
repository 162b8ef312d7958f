import math
from contextlib import suppress
from statistics import fmean

import pytest

from benchmarks.pacing import BEFORE, QUOTAS, SAMPLE, run
from benchmarks.pacing_simulation import Simulation, minutes_to_label
from benchmarks.pacing_workload import BATCH, DEFAULTS, Fleet, Work, work_of
from local.bedrock.errors import BedrockError
from local.bedrock.quota import QuotaSettings
from services.classify.health import Health
from services.classify.pacing import Pace, Ticket
from tests.template import properties


def others_use(simulation: Simulation, tokens_per_minute: float, until: float = math.inf) -> None:
    """Another application asks for so much of the same quota, in calls of 3,000 tokens, evenly."""

    def ask() -> None:
        if simulation.now <= until:
            with suppress(BedrockError):
                simulation.server.reserve("", 3_000)
            simulation.after(180_000 / tokens_per_minute, ask)

    ask()


@pytest.mark.parametrize("quota", QUOTAS)
def test_workers_find_a_quota_that_nobody_told_them_and_follow_its_drop(quota: int) -> None:
    found = run(quota)

    assert found.used >= 0.9
    assert found.throttled <= 0.05
    assert found.throttled_when_found <= 0.05
    assert found.asked_after_drop <= 1.5
    assert found.used_after_drop >= 0.85


@pytest.mark.parametrize(
    "characters, pack_size", [(10, 20), (300, 20), (2_000, 20), (100_000, 20), (300, 40)]
)
def test_of_few_large_calls_no_more_are_throttled_than_of_many_small_ones(
    characters: int, pack_size: int
) -> None:
    work, used, throttled = work_of(characters, pack_size), [], []
    for seed in range(1, 13):
        simulation = Simulation(50_000, work, Fleet(), seed=seed)
        simulation.run(1_200)
        used.append(simulation.used_share(120, 1_200))
        throttled += [simulation.throttled_share(0, 480), simulation.throttled_share(480, 1_200)]

    assert fmean(used) >= 0.9
    assert fmean(throttled) <= 0.05


@pytest.mark.parametrize("workers", [2, 4, 10])
def test_the_number_of_workers_makes_no_difference_to_what_they_find(workers: int) -> None:
    found = run(500_000, fleet=Fleet(workers=workers))

    assert found.used >= 0.9
    assert found.throttled <= 0.05


@pytest.mark.parametrize("quota", QUOTAS)
def test_a_quota_that_is_typed_in_is_used_and_not_exceeded(quota: int) -> None:
    simulation = Simulation(quota, SAMPLE, Fleet(share=quota / Fleet().workers))
    simulation.run(480)

    assert simulation.used_share(60, 480) >= 0.95
    assert simulation.throttled_share(60, 480) <= 0.01


def test_a_typed_in_figure_above_the_quota_is_not_insisted_on() -> None:
    simulation = Simulation(500_000, SAMPLE, Fleet(share=2_000_000 / Fleet().workers))
    simulation.run(480)

    assert simulation.used_share(120, 480) >= 0.9
    assert simulation.throttled_share(120, 480) <= 0.05


def test_a_quota_that_comes_back_is_found_again() -> None:
    simulation = Simulation(500_000, SAMPLE)
    simulation.run(480)
    simulation.change_quota(100_000)
    simulation.run(900)
    simulation.change_quota(500_000)
    simulation.run(1_500)

    assert simulation.used_share(1_200, 1_500) >= 0.9


@pytest.mark.parametrize("quota", QUOTAS)
def test_workers_are_back_soon_after_an_overload_that_throttled_every_call(quota: int) -> None:
    simulation = Simulation(quota, SAMPLE)
    simulation.run(300)
    simulation.change_quota(1)
    simulation.run(600)
    simulation.change_quota(quota)
    simulation.run(1_200)

    assert simulation.used_share(900, 1_200) >= 0.9
    assert simulation.throttled_share(900, 1_200) <= 0.05


@pytest.mark.parametrize(
    "workers, quota", [*((3, quota) for quota in QUOTAS), (12, 500_000), (50, 500_000), (50, 5_000_000)]
)
@pytest.mark.parametrize("seconds", [20, 300])
def test_workers_that_begin_cold_in_an_overload_are_at_work_soon_after_it(
    workers: int, quota: int, seconds: int
) -> None:
    simulation = Simulation(1, SAMPLE, Fleet(workers=workers))
    simulation.run(seconds)
    simulation.change_quota(quota)
    simulation.run(seconds + 1_200)

    assert simulation.used_share(seconds + 480, seconds + 1_200) >= 0.9
    assert simulation.throttled_share(seconds, seconds + 1_200) <= 0.05


@pytest.mark.parametrize("workers", [3, 12, 50])
def test_a_quota_of_nothing_is_told_as_an_outage_however_many_workers_there_are(
    workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation = Simulation(1, SAMPLE, Fleet(workers=workers))
    seen: dict[int, Health] = {id(worker.pace): Health() for worker in simulation.workers}
    refused = Pace.throttled

    def counted(pace: Pace, ticket: Ticket) -> None:
        seen[id(pace)].throttled("ThrottlingException", simulation.now)
        refused(pace, ticket)

    monkeypatch.setattr(Pace, "throttled", counted)
    simulation.run(1_500)

    assert all(health.is_starved for health in seen.values())


@pytest.mark.parametrize("quota", QUOTAS)
def test_workers_that_begin_cold_while_others_use_the_quota_up_are_at_work_soon_after(quota: int) -> None:
    simulation = Simulation(quota, SAMPLE)
    others_use(simulation, 3 * quota, until=120)
    simulation.run(1_200)

    assert simulation.used_share(480, 1_200) >= 0.9
    assert simulation.throttled_share(240, 1_200) <= 0.05


@pytest.mark.parametrize("raised", [50_000, 500_000])
def test_a_small_quota_that_is_raised_is_found_again(raised: int) -> None:
    simulation = Simulation(10_000, SAMPLE)
    simulation.run(900)
    simulation.change_quota(raised)
    simulation.run(2_400)

    assert simulation.used_share(1_500, 2_400) >= 0.9


@pytest.mark.parametrize("quota", QUOTAS)
def test_what_others_do_not_use_of_a_quota_is_used(quota: int) -> None:
    simulation = Simulation(quota, SAMPLE)
    others_use(simulation, quota / 2)
    simulation.run(1_200)

    assert simulation.used_share(480, 1_200) >= 0.45
    assert simulation.throttled_share(480, 1_200) <= 0.1


@pytest.mark.parametrize("quota", [500_000, 5_000_000, 20_000_000])
@pytest.mark.parametrize("workers", [20, 50])
def test_many_workers_find_a_large_quota_as_soon_as_few(quota: int, workers: int) -> None:
    simulation = Simulation(quota, SAMPLE, Fleet(workers=workers))
    simulation.run(480)

    assert simulation.used_share(120, 480) >= 0.9
    assert simulation.throttled_share(0, 480) <= 0.05


@pytest.mark.parametrize("quota", [50_000, 200_000])
def test_a_model_that_answers_slowly_is_asked_for_the_whole_quota(
    quota: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.pacing_simulation.FIXED_SECONDS", 20)
    simulation = Simulation(quota, SAMPLE)
    simulation.run(1_800)

    assert simulation.used_share(480, 1_800) >= 0.9
    assert simulation.throttled_share(0, 1_800) <= 0.1


def test_a_worker_that_is_new_among_others_finds_its_part() -> None:
    simulation = Simulation(500_000, SAMPLE)
    for minutes, worker in zip((3, 6, 9), simulation.workers, strict=True):
        simulation.run(60 * minutes)
        worker.pace = simulation.new_pace()
    simulation.run(1_200)

    assert simulation.used_share(120, 1_200) >= 0.9
    assert simulation.throttled_share(0, 1_200) <= 0.05


@pytest.mark.parametrize("requests", [20, 200])
def test_a_quota_of_requests_is_found_too(requests: int) -> None:
    simulation = Simulation(math.inf, SAMPLE)
    simulation.limit(QuotaSettings(requests_per_minute=requests))
    simulation.run(900)

    answered = sum(at >= 300 for at, _ in simulation.used)
    assert answered >= 0.9 * requests * 10
    assert simulation.throttled_share(0, 900) <= 0.05


def test_packs_of_forty_are_paced_as_well() -> None:
    found = run(500_000, Work(records=40, input_tokens=3_200, output_tokens=360, max_tokens=520))

    assert found.used >= 0.9
    assert found.throttled <= 0.05


def test_a_quota_that_saves_up_only_seconds_is_found_too() -> None:
    simulation = Simulation(500_000, SAMPLE, burst=0.2)
    simulation.run(900)

    assert simulation.used_share(300, 900) >= 0.9
    assert simulation.throttled_share(0, 900) <= 0.05


def test_a_thousand_rows_take_a_third_of_the_seconds_that_they_took() -> None:
    before, after = (Simulation(200_000, SAMPLE, fleet) for fleet in (BEFORE, Fleet()))
    before.run(1_800)
    after.run(1_800)

    assert after.seconds_per_thousand_rows() <= before.seconds_per_thousand_rows() / 3


def test_rows_are_all_labelled_and_in_the_time_that_the_quota_allows() -> None:
    assert minutes_to_label(10_000, 300, 400_000) == pytest.approx(2.6, abs=1.1)
    assert minutes_to_label(0, 300, 400_000) < 0.1


def test_the_simulated_workers_are_those_of_the_template() -> None:
    mapping = properties("AWS::Serverless::Function")["ClassifyFunction"]["Events"]["Feedback"]["Properties"]

    assert mapping["BatchSize"] == BATCH
    assert DEFAULTS.parallel_calls * DEFAULTS.pack_size == BATCH
    assert mapping["ScalingConfig"]["MaximumConcurrency"]["Fn::If"][1] == Fleet().workers
