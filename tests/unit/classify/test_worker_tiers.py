"""Files are asked about in their tier of service, direct feedback in the default one."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typing_extensions import override

from services.classify.groups import LONE_DEFERRALS, Group
from shared.contracts.records import Record
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


@pytest.mark.parametrize("code", ["InternalServerException", "ModelTimeoutException", "SomethingNew"])
def test_trouble_of_one_tier_alone_fails_no_record_of_files(code: str) -> None:
    """The harmless question that tells whose the fault is goes in the tier of those that met it."""

    class TroubledInFlex(Praise):
        @override
        def converse(self, **request: Any) -> Any:
            if "serviceTier" in request:
                raise ClientError({"Error": {"Code": code}}, "Converse")
            return super().converse(**request)

    mine = worker(TroubledInFlex(), FakeTime(), WITH_FLEX, service_tier="flex", pack_size=1)
    file, direct = of_a_file(record("a"), record("b")), group(record("c"))
    for key, each in file.deliveries.items():
        file.deliveries[key] = replace(each, message=replace(each.message, deferrals=LONE_DEFERRALS))

    mine.label([file, direct], 1e9)

    assert not file.outcomes
    assert len(file.busy) == 2
    assert [each.status for each in direct.outcomes.values()] == [RowStatus.LABELLED]
    assert not mine.fallback_to_tell()
