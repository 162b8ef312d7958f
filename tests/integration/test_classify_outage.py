"""When an outage is told of: after enough failures, by one worker for all, and again only much later."""

import json

import pytest

from services.classify.model_calls import Health
from services.classify.outage import FAILURES, THROTTLES, Outages
from shared.model.bedrock import ModelRefused
from shared.platform.database import Database
from shared.platform.publisher import Publisher
from tests.integration.classify_world import Bus, Queues

MODEL = "amazon.nova-lite-v1:0"


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def outages(database: Database, bus: Bus) -> Outages:
    database.publisher = Publisher(bus, "insights", Queues(), {})
    return Outages(database, MODEL)


@pytest.mark.parametrize(
    "code, enough",
    [
        ("ServiceUnavailableException", FAILURES),
        ("ThrottlingException", THROTTLES),
        ("ReadTimeoutError", FAILURES),
    ],
)
def test_it_takes_more_throttles_than_failures_to_make_an_outage(
    outages: Outages, bus: Bus, code: str, enough: int
) -> None:
    outages.look_at(Health(enough - 1, code), [])
    assert bus.entries == []

    outages.look_at(Health(enough, code), [])
    (entry,) = bus.entries
    assert json.loads(entry["Detail"]) == {
        "version": 1,
        "model_id": MODEL,
        "cause": code,
        "needs_person": False,
    }


def test_an_outage_that_goes_on_is_told_again_after_a_while(
    outages: Outages, bus: Bus, database: Database
) -> None:
    for _ in range(3):
        outages.look_at(Health(FAILURES, "ServiceUnavailableException"), [])
    assert len(bus.entries) == 1

    database.transact(
        lambda tx: tx.execute("UPDATE model_outage SET announced_at = NOW(3) - INTERVAL 301 SECOND")
    )
    outages.look_at(Health(FAILURES, "ServiceUnavailableException"), [])
    assert len(bus.entries) == 2


def test_an_outage_that_a_person_must_heal_is_told_apart_from_one_that_heals_by_itself(
    outages: Outages, bus: Bus
) -> None:
    outages.look_at(Health(FAILURES, "ServiceUnavailableException"), [])
    outages.look_at(Health(), [ModelRefused("AccessDeniedException")] * 3)

    assert [json.loads(entry["Detail"])["needs_person"] for entry in bus.entries] == [False, True]


def test_a_worker_that_told_counts_from_nothing_again(outages: Outages) -> None:
    health = Health(FAILURES, "ServiceUnavailableException")

    outages.look_at(health, [])

    assert health.failures == 0


def test_without_a_database_the_outage_is_told_of_later(
    outages: Outages, bus: Bus, database: Database
) -> None:
    right = database._settings
    database._settings = right.model_copy(update={"database_port": 1})
    database.close()

    outages.look_at(Health(FAILURES, "ServiceUnavailableException"), [])

    database._settings = right
    assert bus.entries == []
