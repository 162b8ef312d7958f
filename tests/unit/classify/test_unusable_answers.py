"""Answers that cannot be used: the record's fault, or an outage of form."""

from typing import Any

import pytest

from services.classify.health import UNUSABLE
from services.classify.model_calls import UNUSABLE_ANSWERS
from shared.model.bedrock_client import ModelBusy
from shared.model.label_prompt import TOOL, instructions
from shared.model.model_table import AnswerForm
from tests.unit.classify.calling import World, error


def test_answers_that_are_never_usable_are_an_outage_of_form() -> None:
    world = World(lambda _: {"labels": [{"thoughts": "Ann says 42"}] * 2})

    replies = [world.ask("one", "two") for _ in range(UNUSABLE)]

    assert [reply.error for reply in replies[:-1]] == [None] * (UNUSABLE - 1)
    last = replies[-1].error
    assert isinstance(last, ModelBusy)
    assert last.code == UNUSABLE_ANSWERS
    assert world.health.unusable >= UNUSABLE
    assert world.health.shape == "{'aaaaaa': [{'aaaaaaaa': 'aaa aaaa 99'}, {'aaaaaaaa': 'aaa aaaa 99'}]}"


@pytest.mark.parametrize(
    "content, shape",
    [
        ([], "[]"),
        ([{"text": "I can't label 3 of Ann's."}], """[{'aaaa': "a aaa'a aaaaa 9 aa aaa'a."}]"""),
        ([{"reasoningContent": {}}], "[{'aaaaaaaaaaaaaaaa': {}}]"),
        ([{"text": "Извините, Анна"}], "[{'aaaa': 'aaaaaaaa, aaaa'}]"),
        ([{"toolUse": {"name": TOOL}}], "[{'aaaaaaa': {'aaaa': 'aaaaa_aaaaaaaa'}}]"),
    ],
)
def test_the_shape_of_an_answer_without_any_value_is_that_of_its_content(content: Any, shape: str) -> None:
    world = World(lambda _: content)
    world.in_content = True

    world.ask("one", "two")

    assert world.health.shape == shape


def test_answers_that_are_usable_no_more_are_an_outage_of_form_too() -> None:
    usable = True
    world = World(lambda _: None if usable else "nonsense")
    world.ask("one", "two")
    usable = False

    replies = [world.ask("one", "two")]
    assert world.health.shape == "'aaaaaaaa'"
    replies += [world.ask("one", "two") for _ in range(UNUSABLE - 1)]

    assert isinstance(replies[-1].error, ModelBusy)
    assert replies[-1].error.code == UNUSABLE_ANSWERS


def test_a_record_alone_does_not_fail_where_nobody_gets_a_usable_answer() -> None:
    world = World(lambda text: "nonsense" if "alone" in text else {"labels": "none"})

    reply = world.ask("alone")

    assert isinstance(reply.error, ModelBusy)
    assert reply.usage.calls == 1
    assert world.health.shape == "{'aaaaaa': 'aaaa'}"


def test_a_record_that_spoils_its_answer_is_judged_by_what_others_were_answered() -> None:
    world = World(lambda text: "nonsense" if "cursed" in text else None)
    world.ask("fine")

    assert world.ask("cursed").error is None
    assert world.canaries() == 0


def test_an_outage_that_a_harmless_request_meets_after_an_unusable_answer_is_known_by_its_code() -> None:
    world = World(lambda text: "nonsense" if "alone" in text else error("ServiceUnavailableException", 503))

    world.ask("alone")

    assert (world.health.failures, world.health.code) == (1, "ServiceUnavailableException")


def test_records_that_spoil_their_answers_are_no_outage_of_form_while_a_harmless_one_is_answered() -> None:
    world = World(lambda text: "nonsense" if "cursed" in text else None)

    for _ in range(2 * UNUSABLE):
        assert world.ask("cursed").error is None

    assert world.health.unusable < UNUSABLE


@pytest.mark.parametrize(
    "stop_reason, reason",
    [
        ("content_filtered", "the model's content filter withheld its answer"),
        ("guardrail_intervened", "a guardrail withheld the model's answer"),
        ("max_tokens", "the model's answer was cut off"),
        ("model_context_window_exceeded", "the model's answer was cut off"),
        ("malformed_tool_use", "the model's answer was malformed"),
        ("malformed_model_output", "the model's answer was malformed"),
        ("end_turn", "the model gave no usable answer"),
        ("", "the model gave no usable answer"),
        ("a_reason_of_tomorrow", "the model gave no usable answer"),
    ],
)
def test_a_record_that_fails_alone_says_why(stop_reason: str, reason: str) -> None:
    world = World(lambda text: "nonsense" if "odd" in text else None)
    world.stop_reason = stop_reason

    assert world.ask("odd").reason == reason


def test_the_harmless_record_is_asked_about_in_the_models_own_form() -> None:
    """One that only knows of a tool must be told to call it."""
    world = World(
        lambda text: error("ValidationException") if "cursed" in text else None, "cohere.command-r-v1:0"
    )

    world.ask("cursed")

    assert instructions(AnswerForm.OFFERED_TOOL) in world.instructed[-1]
