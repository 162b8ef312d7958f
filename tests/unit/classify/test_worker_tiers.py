"""Files are asked about in their tier of service, direct feedback in the default one."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from typing_extensions import override

from services.classify.groups import LONE_DEFERRALS, Group
from services.classify.health import FAILURES
from shared.contracts.records import Record
from shared.model.bedrock import TIER_PAUSE_SECONDS
from shared.stores.feedback_store import RowStatus
from tests.unit.classify.builders import FakeTime, record
from tests.unit.classify.working import Praise, group, worker

WITH_FLEX = "amazon.nova-pro-v1:0"


def of_a_file(*records: Record) -> Group:
    mine = group(*records)
    mine.home = "reviews-1"
    return mine


@pytest.mark.parametrize("tier, of_files", [("flex", {"type": "flex"}), ("default", None)])
def test_files_are_asked_in_their_tier_and_direct_feedback_by_default(tier: str, of_files: object) -> None:
    model = Praise()
    mine = worker(model, FakeTime(), WITH_FLEX, service_tier=tier)
    file, direct = of_a_file(record("a")), group(record("b"))

    meter = mine.label([file, direct], 1e9)

    assert model.tiers == [of_files, None]
    assert len(meter.seconds) == 2
    assert file.usage.estimated_cost * (2 if of_files else 1) == direct.usage.estimated_cost
    assert mine.model_for(file).priced.input * (2 if of_files else 1) == mine.model_for(direct).priced.input
    assert not mine.fallback_to_tell()


def test_a_tier_that_the_model_has_not_is_told_once() -> None:
    model = Praise()
    mine = worker(model, FakeTime(), service_tier="flex")

    for text in "ab":
        mine.label([of_a_file(record(text))], 1e9)

    assert model.tiers == [None, None]
    assert [mine.fallback_to_tell() for _ in range(3)] == [True, False, False]


class Troubled(Praise):
    """A model that one tier, or every one, keeps from answering."""

    def __init__(self, error: Exception, tier: str = "flex") -> None:
        super().__init__()
        self.error, self.tier = error, tier

    @override
    def converse(self, **request: Any) -> Any:
        if self.tier in ("", request.get("serviceTier", {}).get("type")):
            self.tiers.append(request.get("serviceTier"))
            raise self.error
        return super().converse(**request)


def answer(code: str, status: int) -> ClientError:
    said: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(said, "Converse")


AWAY = [
    answer("ServiceUnavailableException", 503),
    answer("ModelNotReadyException", 429),
    answer("CapacityExceeded", 503),
    EndpointConnectionError(endpoint_url="https://x"),
]
UNCLEAR = [
    answer("InternalServerException", 500),
    answer("ModelTimeoutException", 408),
    answer("SomethingNew", 400),
    ReadTimeoutError(endpoint_url="https://x"),
]
DENIED = [answer("AccessDeniedException", 403), answer("ValidationException", 400)]
FLEX: Any = {"type": "flex"}


@pytest.mark.parametrize("error", [*AWAY, *UNCLEAR, *DENIED], ids=repr)
def test_what_one_tier_alone_does_not_answer_is_answered_by_default_and_is_no_outage(
    error: Exception,
) -> None:
    model = Troubled(error)
    mine = worker(model, FakeTime(), WITH_FLEX, service_tier="flex", pack_size=1)
    file, direct = of_a_file(*(record(text) for text in "abcdefgh")), group(record("c"))

    mine.label([file, direct], 1e9)

    statuses = {each.status for each in (*file.outcomes.values(), *direct.outcomes.values())}
    assert (len(file.outcomes), statuses) == (8, {RowStatus.LABELLED})
    assert model.tiers.count(FLEX) == 1
    assert (mine.health.failures, file.refusal) == (0, None)
    assert mine.model_for(file).priced.input == mine.model_for(direct).priced.input
    assert [mine.fallback_to_tell() for _ in range(2)] == [True, False]


@pytest.mark.parametrize("error", AWAY + UNCLEAR, ids=repr)
def test_the_tier_is_asked_again_after_a_while(error: Exception) -> None:
    model, time = Troubled(error), FakeTime()
    mine = worker(model, time, WITH_FLEX, service_tier="flex")
    mine.label([of_a_file(record("a"))], 1e9)
    model.tier = "none"

    for seconds in (TIER_PAUSE_SECONDS - 1, 1):
        time.time += seconds
        mine.label([of_a_file(record("b"))], 1e9)

    assert model.tiers.count(FLEX) == 2
    assert model.tiers[-1] == FLEX


@pytest.mark.parametrize("error", DENIED, ids=repr)
def test_a_tier_that_is_refused_is_not_asked_again(error: Exception) -> None:
    model, time = Troubled(error), FakeTime()
    mine = worker(model, time, WITH_FLEX, service_tier="flex")
    for _ in range(3):
        mine.label([of_a_file(record("a"))], 1e9)
        time.time += 1e6

    assert model.tiers == [FLEX, None, None, None]


@pytest.mark.parametrize("error", AWAY, ids=repr)
def test_an_outage_of_every_tier_is_one(error: Exception) -> None:
    model = Troubled(error, tier="")
    mine = worker(model, FakeTime(), WITH_FLEX, service_tier="flex", pack_size=1)
    file = of_a_file(*(record(text) for text in "abcdefgh"))

    mine.label([file], 1e9)

    assert (len(file.outcomes), len(file.busy)) == (0, 8)
    assert mine.health.failures >= FAILURES
    assert not mine.fallback_to_tell()


def test_a_throttled_tier_is_waited_for() -> None:
    model = Troubled(answer("ThrottlingException", 429))
    mine = worker(model, FakeTime(), WITH_FLEX, service_tier="flex")
    file = of_a_file(record("a"))

    mine.label([file], 1e9)

    assert (len(file.outcomes), model.tiers) == (0, [FLEX])
    assert not mine.fallback_to_tell()


@pytest.mark.parametrize("error", UNCLEAR, ids=repr)
def test_trouble_of_one_tier_alone_fails_no_record_of_files(error: Exception) -> None:
    mine = worker(Troubled(error), FakeTime(), WITH_FLEX, service_tier="flex", pack_size=1)
    file = of_a_file(record("a"), record("b"))
    for key, each in file.deliveries.items():
        file.deliveries[key] = replace(each, message=replace(each.message, deferrals=LONE_DEFERRALS))

    mine.label([file], 1e9)

    assert [each.status for each in file.outcomes.values()] == [RowStatus.LABELLED] * 2
