"""Whom an error is about: the request, everybody, our share of the quota, or a person."""

from typing import Any

import pytest

from services.classify.health import FAILURES
from services.classify.labelling import Reply
from shared.contracts.execution import Usage
from shared.model.bedrock_client import About, ModelBusy, ModelRefused
from tests.unit.classify.calling import World, error


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "TooManyRequestsException", "ServiceQuotaExceededException"]
)
def test_throttling_is_never_about_the_request(code: str) -> None:
    """Not even for one record that meets it again and again while others are answered."""
    world = World(lambda text: error(code, 429) if "cursed" in text else None)

    for _ in range(2 * FAILURES):
        world.time.time += 100
        world.ask("fine")
        world.time.time += 100
        reply = world.ask("cursed")
        assert isinstance(reply.error, ModelBusy)
        assert reply.error.about is About.SHARE

    assert world.canaries() == 0


def test_an_answer_ends_a_row_of_failures() -> None:
    answers = iter([error("ServiceUnavailableException", 503), None])
    world = World(lambda _: next(answers))

    world.ask()
    world.ask()

    assert world.health.failures == 0


@pytest.mark.parametrize(
    "code, status", [("ValidationException", 400), ("ModelErrorException", 424), ("SomethingNew", 424)]
)
def test_a_request_that_bedrock_cannot_deal_with_is_the_records_fault_if_a_harmless_one_is_taken(
    code: str, status: int
) -> None:
    world = World(lambda text: error(code, status, "a\nbad\u202e text") if "cursed" in text else None)

    replies = [world.ask("cursed one"), world.ask("cursed two")]

    words = f"the model cannot answer this text ({code}: a bad text)"
    assert replies == [Reply({}, Usage(calls=1), words)] * 2
    assert world.canaries() == 1
    assert world.health.failures == 0


def test_a_pack_is_asked_again_in_halves_on_the_word_of_one_harmless_request_a_batch() -> None:
    world = World(lambda text: error("ModelErrorException", 424) if "cursed" in text else None)

    for _ in range(3):
        assert world.ask("cursed", "fine").error is None

    assert world.canaries() == 1


def test_a_record_alone_fails_only_by_what_others_met_since_it_was_first_asked() -> None:
    world = World(lambda text: error("ModelErrorException", 424) if "cursed" in text else None)
    world.ask("fine")

    assert world.ask("cursed").error is None
    assert world.canaries() == 0
    assert world.ask("cursed").error is None
    assert world.canaries() == 1


def test_only_answers_since_a_record_was_first_asked_alone_count() -> None:
    world = World(lambda text: error("ModelErrorException", 424) if "cursed" in text else None)
    world.ask("fine")
    world.ask("cursed one")
    world.ask("fine")
    world.ask("cursed one")
    world.ask("cursed two")

    assert world.canaries() == 0
    assert world.ask("cursed two").error is None
    assert world.canaries() == 1
    assert world.ask("cursed one").error is None
    assert world.canaries() == 1


def test_one_harmless_request_that_is_answered_is_enough_however_many_are_answered_later() -> None:
    world = World(lambda text: error("ModelErrorException", 424) if "cursed" in text else None)
    world.ask("cursed")
    world.ask("fine")

    world.ask("cursed", "fine")

    assert world.canaries() == 1


def test_an_answer_to_others_since_shows_as_much_as_a_harmless_request() -> None:
    def answer(text: str) -> Any:
        if "cursed" not in text:
            return None
        # What another thread was answered while this one waited.
        world.ask("fine")
        return error("ModelErrorException", 424)

    world = World(answer)

    assert world.ask("cursed").error is None
    assert world.canaries() == 0


def test_an_invalid_request_is_our_fault_if_a_harmless_one_is_refused_too() -> None:
    world = World(lambda _: error("ValidationException"))

    replies = [world.ask(), world.ask()]

    assert all(isinstance(reply.error, ModelRefused) for reply in replies)
    assert world.health.failures == 0
    assert world.canaries() == 1


def test_a_model_error_for_everybody_is_an_outage_in_which_nothing_fails() -> None:
    answered = True
    world = World(lambda _: None if answered else error("ModelErrorException", 424))
    world.ask()
    answered = False

    for number in range(FAILURES):
        world.ask(f"text {number}")
    replies = [world.ask(f"text {number}") for number in range(FAILURES)]

    assert all(isinstance(reply.error, ModelBusy) for reply in replies)
    assert {reply.error.about for reply in replies if isinstance(reply.error, ModelBusy)} == {About.EVERYBODY}
    assert world.health.failures >= FAILURES
    assert world.canaries() == 1


@pytest.mark.parametrize(
    "code, status",
    [("InternalServerException", 500), ("ModelTimeoutException", 408), ("SomethingNew", 502), ("Odd", 400)],
)
def test_an_error_that_does_not_say_whom_it_is_about_is_the_requests_own_while_others_are_answered(
    code: str, status: int
) -> None:
    world = World(lambda text: error(code, status) if "cursed" in text else None)

    alone, pack = world.ask("cursed"), world.ask("cursed", "fine")

    for reply in (alone, pack):
        assert isinstance(reply.error, ModelBusy)
        assert (reply.error.code, reply.error.about) == (code, About.REQUEST)
        assert (reply.labels, reply.usage) == ({}, Usage(calls=1))
        assert not reply.concerns_everybody
    assert world.health.failures == 0


def test_an_error_that_does_not_say_whom_it_is_about_is_everybodys_if_nobody_is_answered() -> None:
    world = World(lambda _: error("InternalServerException", 500))

    reply = world.ask("one", "two")

    assert reply.concerns_everybody
    assert world.health.failures == 2


def test_a_harmless_request_that_is_throttled_shows_nothing_against_a_record() -> None:
    world = World(
        lambda text: error(
            *(("ModelErrorException", 424) if "cursed" in text else ("ThrottlingException", 429))
        )
    )

    reply = world.ask("cursed")

    assert isinstance(reply.error, ModelBusy)
    assert reply.error.about is About.SHARE
    assert world.health.failures == 0
    assert world.health.throttles


@pytest.mark.parametrize(
    "code, status", [("ServiceUnavailableException", 503), ("InternalServerException", 500)]
)
def test_one_request_that_fails_again_and_again_is_no_outage(code: str, status: int) -> None:
    world = World(lambda text: error(code, status) if "cursed" in text else None)

    for _ in range(3 * FAILURES):
        world.ask("cursed")
        assert world.health.failures < FAILURES


def test_access_denied_is_not_tried_with_another_record() -> None:
    world = World(lambda _: error("AccessDeniedException", 403))
    before = world.free()

    reply = world.ask()

    assert isinstance(reply.error, ModelRefused)
    assert len(world.asked) == 1
    assert world.health.failures == 0
    assert world.free() == before


@pytest.mark.parametrize("code, status", [("InternalServerException", 500), ("ModelErrorException", 424)])
def test_an_outage_is_known_by_the_code_that_everybody_meets(code: str, status: int) -> None:
    world = World(lambda _: error(code, status))

    world.ask("one", "two")

    assert world.health.code == code
