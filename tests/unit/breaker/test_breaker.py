"""The circuit breaker: outages stop the flow, probes end them."""

from datetime import timedelta

import pytest

from services.breaker.breaker import (
    PROBE_INTERVAL,
    PROBE_PAUSE_SECONDS,
    Circuit,
    State,
)
from shared.contracts.events import ModelEvent
from shared.model.bedrock_client import ModelBusy, ModelRefused
from shared.model.label_prompt import instructions
from shared.model.model_table import AnswerForm
from tests.unit.breaker.breaker_world import MINUTE, NOON, World


@pytest.fixture
def world() -> World:
    return World()


def test_an_outage_stops_the_flow(world: World) -> None:
    world.outage()

    assert not world.flows()
    assert world.circuit() is Circuit.OPEN
    assert world.state.cause == "ServiceUnavailableException"


@pytest.mark.parametrize("throttled, closes", [(0, True), (1, True), (13, True), (14, False), (15, False)])
def test_a_throttled_probe_is_tried_again_within_its_tick(world: World, throttled: int, closes: bool) -> None:
    """Where others use up the quota nine calls in ten are throttled, and the model answers all the same."""
    world.outage()
    world.throttled = throttled

    world.breaker.tick(NOON + MINUTE)

    assert world.flows() is closes
    assert world.slept == [PROBE_PAUSE_SECONDS] * throttled


def test_a_state_that_an_earlier_version_wrote_is_read() -> None:
    kept = '{"circuit":"open","cause":"Odd","needs_person":true,"changed_at":"2026-05-04T12:00:00Z"}'

    assert State.model_validate_json(kept) == State(circuit=Circuit.OPEN, cause="Odd", changed_at=NOON)


def test_while_all_is_well_a_tick_asks_nothing_and_writes_nothing(world: World) -> None:
    world.breaker.tick(NOON - MINUTE)
    world.saved = 0

    world.breaker.tick(NOON)

    assert (world.probes, world.saved) == (0, 0)


def test_a_memory_that_a_deployment_made_anew_during_an_outage_does_not_keep_the_flow_stopped(
    world: World,
) -> None:
    world.outage()
    world.state = State()

    assert world.breaker.tick(NOON + MINUTE) is Circuit.CLOSED

    assert world.flows()
    assert (world.probes, world.told) == (0, [])


def test_what_the_first_tick_cannot_switch_the_next_one_does(world: World) -> None:
    world.enabled = world.free = False
    world.breaker.tick(NOON)
    assert world.saved == 0

    world.free = True
    world.breaker.tick(NOON + MINUTE)

    assert world.flows()
    assert world.state == State(probed_at=NOON + MINUTE)


def test_a_mapping_that_somebody_disabled_while_all_is_well_is_left_as_it_is(world: World) -> None:
    world.breaker.tick(NOON)
    world.enabled = False

    world.breaker.tick(NOON + MINUTE)

    assert not world.flows()


def test_an_outage_from_before_the_first_tick_is_heard_of(world: World) -> None:
    world.breaker.tick(NOON)

    world.outage(NOON - timedelta(seconds=30))

    assert world.circuit() is Circuit.OPEN


def test_a_dead_model_is_probed_once_an_interval_however_many_ticks_come(world: World) -> None:
    world.error = ModelBusy("ServiceUnavailableException")
    world.outage()

    for seconds in range(0, 301, 5):
        world.breaker.tick(NOON + timedelta(seconds=seconds))

    assert 4 <= world.probes <= 5
    assert not world.flows()
    assert world.told == []


def test_a_probe_comes_as_soon_as_the_interval_is_over(world: World) -> None:
    world.outage()

    world.breaker.tick(NOON + PROBE_INTERVAL)

    assert world.probes == 1


def test_a_model_that_answers_again_starts_the_flow_and_is_announced_once(world: World) -> None:
    world.outage()

    world.breaker.tick(NOON + MINUTE)
    world.breaker.tick(NOON + MINUTE)
    world.breaker.tick(NOON + 2 * MINUTE)

    assert world.flows()
    assert world.circuit() is Circuit.CLOSED
    assert world.told == ["ServiceUnavailableException"]
    assert world.probes == 1


def test_news_that_the_bus_did_not_take_is_told_by_the_next_tick(world: World) -> None:
    world.outage()
    world.bus_error = ConnectionError()
    with pytest.raises(ConnectionError):
        world.breaker.tick(NOON + MINUTE)
    assert world.circuit() is Circuit.OPEN

    world.bus_error = None
    world.breaker.tick(NOON + 2 * MINUTE)

    assert world.told == ["ServiceUnavailableException"]
    assert world.circuit() is Circuit.CLOSED


def test_a_tick_says_whether_the_circuit_was_open(world: World) -> None:
    assert world.breaker.tick(NOON) is Circuit.CLOSED
    world.outage()

    assert world.breaker.tick(NOON + MINUTE / 2) is Circuit.OPEN
    assert world.breaker.tick(NOON + MINUTE) is Circuit.OPEN
    assert world.breaker.tick(NOON + 2 * MINUTE) is Circuit.CLOSED


def test_a_mapping_that_cannot_be_switched_yet_leaves_the_circuit_open(world: World) -> None:
    world.outage()
    world.free = False

    world.breaker.tick(NOON + MINUTE)
    assert world.circuit() is Circuit.OPEN
    assert world.told == []

    world.free = True
    world.breaker.tick(NOON + 2 * MINUTE)
    assert world.circuit() is Circuit.CLOSED


def test_a_mapping_that_somebody_enabled_meanwhile_is_disabled_again(world: World) -> None:
    world.error = ModelBusy("x")
    world.outage()
    world.enabled = True

    world.breaker.tick(NOON + MINUTE)

    assert not world.flows()


def test_news_older_than_the_last_change_is_ignored(world: World) -> None:
    world.outage()
    world.breaker.tick(NOON + MINUTE)

    world.outage(NOON + timedelta(seconds=30))

    assert world.flows()


def test_news_of_the_moment_of_the_last_change_stops_the_flow(world: World) -> None:
    world.outage()
    world.breaker.tick(NOON + MINUTE)

    world.outage(NOON + MINUTE)

    assert not world.flows()


def test_news_of_another_model_is_ignored(world: World) -> None:
    world.breaker.unavailable(ModelEvent(model_id="other", cause="x"), NOON, NOON)

    assert world.flows()


def test_news_that_comes_twice_keeps_the_time_of_the_first(world: World) -> None:
    world.outage()
    world.outage(NOON + timedelta(seconds=30))

    assert world.state.changed_at == NOON
    assert world.state.probed_at == NOON


def test_news_that_comes_while_a_tick_ends_the_outage_leaves_no_mapping_disabled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.outage()
    # Two messages are worked on at a time: this one's state is not written yet.
    monkeypatch.setattr(world, "model_available", lambda cause: world.outage(NOON + MINUTE))

    world.breaker.tick(NOON + MINUTE)

    assert world.circuit() is Circuit.CLOSED
    assert world.flows()


@pytest.mark.parametrize("needs_person", [True, False])
def test_an_outage_ends_only_when_our_own_form_is_taken(world: World, needs_person: bool) -> None:
    world.form_error = ModelRefused("ValidationException")
    world.outage(needs_person=needs_person)

    world.breaker.tick(NOON + MINUTE)
    assert not world.flows()

    world.form_error = None
    world.breaker.tick(NOON + 2 * MINUTE)
    assert world.flows()
    assert len(world.requests) == 2


def test_our_own_form_is_that_of_the_model() -> None:
    """One that only knows of a tool must be told to call it."""
    world = World("cohere.command-r-v1:0")
    world.outage(needs_person=True)

    world.breaker.tick(NOON + MINUTE)

    [asked] = world.requests
    assert instructions(AnswerForm.OFFERED_TOOL) in asked


@pytest.mark.parametrize(
    "says", [{}, "nonsense", {"labels": ["1 1 positive"]}, {"labels": ["42 2 positive"]}]
)
def test_an_outage_ends_only_when_an_answer_can_be_used(world: World, says: object) -> None:
    right, world.says = world.says, says
    world.outage()

    world.breaker.tick(NOON + MINUTE)
    assert not world.flows()

    world.says = right
    world.breaker.tick(NOON + 2 * MINUTE)
    assert world.flows()
