from typing import Any

import pytest

from local.bedrock.errors import BedrockError
from local.bedrock.latency import Latency
from local.bedrock.quota import ModelLimits, Quota, QuotaSettings
from tests.unit.bedrock_server.conftest import Admin
from tests.unit.bedrock_server.requests import CLAUDE, NOVA, converse, structured


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def quota(clock: Clock, **limits: Any) -> Quota:
    made = Quota(clock)
    made.put(QuotaSettings(**limits))
    return made


def test_without_limits_everything_passes(clock: Clock) -> None:
    unlimited = quota(clock)
    for _ in range(100):
        unlimited.reserve(NOVA, 10**9)


def test_a_call_takes_its_reservation_when_it_starts(clock: Clock) -> None:
    limited = quota(clock, tokens_per_minute=1000)
    limited.reserve(NOVA, 600)
    with pytest.raises(BedrockError, match="Too many tokens") as caught:
        limited.reserve(NOVA, 600)
    assert caught.value.status == 429
    limited.reserve(NOVA, 400)


def test_what_a_call_did_not_use_is_given_back_at_its_end(clock: Clock) -> None:
    limited = quota(clock, tokens_per_minute=1000)
    limited.settle(limited.reserve(NOVA, 1000), 300)
    limited.reserve(NOVA, 700)
    with pytest.raises(BedrockError):
        limited.reserve(NOVA, 1)


def test_what_a_call_used_beyond_its_reservation_is_owed(clock: Clock) -> None:
    limited = quota(clock, tokens_per_minute=600)
    limited.settle(limited.reserve(NOVA, 500), 700)
    clock.now = 9
    with pytest.raises(BedrockError):
        limited.reserve(NOVA, 1)
    clock.now = 11
    limited.reserve(NOVA, 1)


def test_the_quota_fills_up_evenly_and_not_beyond_a_minutes_worth(clock: Clock) -> None:
    limited = quota(clock, tokens_per_minute=600)
    limited.reserve(NOVA, 600)
    clock.now = 30
    assert limited.levels() == {NOVA: {"tokens": 300}}
    clock.now = 3000
    assert limited.levels() == {NOVA: {"tokens": 600}}


def test_a_refused_call_takes_nothing(clock: Clock) -> None:
    limited = quota(clock, tokens_per_minute=100, requests_per_minute=1)
    with pytest.raises(BedrockError, match="tokens"):
        limited.reserve(NOVA, 101)
    limited.reserve(NOVA, 100)
    with pytest.raises(BedrockError, match="requests"):
        limited.reserve(NOVA, 0)


def test_requests_come_back_with_time(clock: Clock) -> None:
    limited = quota(clock, requests_per_minute=2, minute_seconds=6)
    limited.reserve(NOVA, 0)
    limited.reserve(NOVA, 0)
    clock.now = 2
    with pytest.raises(BedrockError):
        limited.reserve(NOVA, 0)
    clock.now = 3
    limited.reserve(NOVA, 0)


def test_models_have_quotas_of_their_own(clock: Clock) -> None:
    limited = quota(clock, tokens_per_minute=100, models={"amazon.titan*": ModelLimits(tokens_per_minute=5)})
    limited.reserve(NOVA, 100)
    limited.reserve(CLAUDE, 100)
    with pytest.raises(BedrockError):
        limited.reserve("amazon.titan-embed-text-v2:0", 6)


def test_a_burst_smaller_than_a_minute_is_all_that_an_idle_model_saves(clock: Clock) -> None:
    limited = quota(clock, tokens_per_minute=600, burst=0.1)
    with pytest.raises(BedrockError):
        limited.reserve(NOVA, 61)
    limited.reserve(NOVA, 60)


def test_over_http_max_tokens_is_reserved_and_what_was_not_used_comes_back(client: Any, admin: Admin) -> None:
    usage = client.converse(**converse(max_tokens=100))["usage"]
    limit = usage["inputTokens"] + 150
    admin.put("/quota", {"tokens_per_minute": limit})
    with pytest.raises(client.exceptions.ThrottlingException):
        client.converse(**converse(max_tokens=200))
    client.converse(**converse(max_tokens=100))
    left = admin.get("/quota")["left"][NOVA]["tokens"]
    assert left == pytest.approx(limit - usage["totalTokens"], abs=3)
    stats = admin.get("/stats")
    assert (stats["throttled"], stats["answered"]) == (1, 2)


def test_output_tokens_burn_the_quota_at_the_families_rate(client: Any, admin: Admin) -> None:
    usage = client.converse(**converse(model=CLAUDE, outputConfig=structured()))["usage"]
    assert admin.get("/stats")["quota_tokens"] == usage["inputTokens"] + 5 * usage["outputTokens"]


def test_a_call_that_fails_costs_no_quota(client: Any, admin: Admin) -> None:
    admin.put("/quota", {"tokens_per_minute": 5000})
    schema = {"type": "object", "properties": {"haiku": {"type": "string"}}}
    with pytest.raises(client.exceptions.ModelErrorException):
        client.converse(**converse(model=CLAUDE, outputConfig=structured(schema)))
    assert admin.get("/quota")["left"][CLAUDE]["tokens"] == 5000


def test_latency_is_fixed_plus_so_much_for_each_output_token() -> None:
    latency = Latency(fixed_seconds=0.5, seconds_per_output_token=0.01, speed=10)
    assert latency.seconds(100) == pytest.approx(0.15)


def test_an_answer_takes_as_long_as_the_latency_says(client: Any, admin: Admin) -> None:
    client.converse(**converse())
    admin.put("/latency", {"fixed_seconds": 3, "seconds_per_output_token": 0, "speed": 10})
    assert 290 <= client.converse(**converse())["metrics"]["latencyMs"] < 900
    assert admin.get("/latency")["speed"] == 10
