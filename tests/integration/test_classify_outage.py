"""When an outage is told of: after enough failures, by one worker for all, and again only much later."""

import json
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from services.classify.health import FAILURES, THROTTLED_SECONDS, THROTTLES, UNUSABLE, Health
from services.classify.outage import announce_outage
from shared.model.bedrock_client import ModelRefused
from shared.platform.database import Database
from shared.platform.publisher import Publisher
from tests.integration.queue_and_bus import Bus, Queues

MODEL = "amazon.nova-lite-v1:0"


@pytest.fixture
def bus() -> Bus:
    return Bus()


Announce = Callable[[Health, Sequence[ModelRefused]], None]


@pytest.fixture
def announce(database: Database, bus: Bus) -> Announce:
    database.publisher = Publisher(bus, "insights", Queues(), {})
    return partial(announce_outage, database, MODEL)


def throttled(times: int, seconds: float, code: str = "ThrottlingException") -> Health:
    """A worker that met so many throttles in so many seconds, evenly."""
    health = Health()
    for number in range(times):
        health.throttled(code, 100 + seconds * number / (times - 1))
    return health


@pytest.mark.parametrize(
    "few, enough, code",
    [
        (Health(FAILURES - 1, "ReadTimeoutError"), Health(FAILURES, "ReadTimeoutError"), "ReadTimeoutError"),
        (throttled(THROTTLES - 1, 600), throttled(THROTTLES, 600), "ThrottlingException"),
        # A burst meets many at once.
        (
            throttled(10 * THROTTLES, THROTTLED_SECONDS - 1),
            throttled(10 * THROTTLES, THROTTLED_SECONDS),
            "ThrottlingException",
        ),
        (
            throttled(FAILURES, 600, "TooManyRequestsException"),
            throttled(THROTTLES, 600, "TooManyRequestsException"),
            "TooManyRequestsException",
        ),
    ],
)
def test_an_outage_is_five_failures_in_a_row_or_a_minute_of_nothing_but_throttles(
    announce: Announce, bus: Bus, few: Health, enough: Health, code: str
) -> None:
    announce(few, [])
    assert bus.entries == []

    announce(enough, [])
    (entry,) = bus.entries
    assert json.loads(entry["Detail"]) == {
        "version": 1,
        "model_id": MODEL,
        "cause": code,
        "needs_person": False,
        "shape": "",
    }


def test_answers_of_no_use_are_told_with_their_shape(announce: Announce, bus: Bus) -> None:
    announce(Health(unusable=UNUSABLE - 1, shape="'aaaa 9'"), [])
    assert bus.entries == []

    for _ in range(2):
        announce(Health(unusable=UNUSABLE, shape="'aaaa 9'"), [])
    (entry,) = bus.entries
    told = json.loads(entry["Detail"])
    assert (told["cause"], told["needs_person"], told["shape"]) == ("UnusableAnswers", True, "'aaaa 9'")


def test_a_batch_without_a_call_tells_nothing_of_answers_that_others_got(
    announce: Announce, bus: Bus, database: Database
) -> None:
    health = Health(unusable=UNUSABLE, shape="'aaaa 9'")
    announce(health, [])
    database.transact(lambda tx: tx.execute("DELETE FROM model_outage"))

    announce(health, [])

    assert len(bus.entries) == 1


def test_an_outage_that_goes_on_is_told_again_after_a_while(
    announce: Announce, bus: Bus, database: Database
) -> None:
    for _ in range(3):
        announce(Health(FAILURES, "ServiceUnavailableException"), [])
    assert len(bus.entries) == 1

    database.transact(
        lambda tx: tx.execute("UPDATE model_outage SET announced_at = NOW(3) - INTERVAL 301 SECOND")
    )
    announce(Health(FAILURES, "ServiceUnavailableException"), [])
    assert len(bus.entries) == 2


def test_an_outage_that_a_person_must_heal_is_told_apart_from_one_that_heals_by_itself(
    announce: Announce, bus: Bus
) -> None:
    announce(Health(FAILURES, "ServiceUnavailableException"), [])
    announce(Health(), [ModelRefused("AccessDeniedException")] * 3)

    assert [json.loads(entry["Detail"])["needs_person"] for entry in bus.entries] == [False, True]


def test_a_worker_that_told_counts_from_nothing_again(announce: Announce) -> None:
    health = Health(FAILURES, "ServiceUnavailableException")

    announce(health, [])

    assert health.failures == 0


def test_without_a_database_the_outage_is_told_of_later(
    announce: Announce, bus: Bus, database: Database
) -> None:
    right = database._settings
    database._settings = right.model_copy(update={"database_port": 1})
    database.close()

    announce(Health(FAILURES, "ServiceUnavailableException"), [])

    database._settings = right
    assert bus.entries == []
