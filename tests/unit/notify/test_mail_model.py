"""Mails about the model: answers nobody can read, its end, and what is set up wrongly."""

from typing import Any

import pytest

from services.notify.mail import writing
from shared.contracts.events import EventType, ModelEndingEvent, ModelEvent
from shared.contracts.messages import Audience


def test_a_model_whose_answers_nobody_can_read_is_told_of_with_the_shape_of_one() -> None:
    event = ModelEvent(model_id="m", cause="UnusableAnswers", needs_person=True, shape="{'aaaa': [9]}")

    told = writing.model(EventType.MODEL_UNAVAILABLE, event).text

    assert "in no form that can be read" in told
    assert "{'aaaa': [9]}" in told
    assert "access to the model" not in told


def ending(**changes: Any) -> ModelEndingEvent:
    fields: dict[str, Any] = {"model_id": "us.maker.model", "name": "maker.model", "ends_on": "2027-03-14"}
    fields |= {"days_left": 30, "stage": 30, "candidates": [CANDIDATE]}
    return ModelEndingEvent.model_validate(fields | changes)


CANDIDATE = {"name": "maker.next", "input": "0.25", "output": "1.25", "answer_form": "forced_tool"}


def test_of_a_model_that_ends_operators_hear_when_and_what_could_follow() -> None:
    mail = writing.model_ending(ending())

    assert (mail.subject, mail.audience) == ("maker.model ends in 30 days", Audience.OPERATORS)
    assert "Bedrock ends maker.model on 14 March 2027." in mail.text
    assert "The stack asks it as us.maker.model." in mail.text
    assert "the stack's ModelId parameter" in mail.text
    assert "- maker.next: 0.25 and 1.25, forced tool\n" in mail.text + "\n"


@pytest.mark.parametrize(
    "changes, subject, told",
    [
        ({"days_left": 1, "stage": 7}, "maker.model ends in 1 day", "on 14 March 2027"),
        ({"days_left": 0, "stage": 7}, "maker.model ends in 0 days", "on 14 March 2027"),
        ({"days_left": -1, "stage": 7}, "maker.model has ended", "ended maker.model on 14 March 2027"),
        (
            {"ends_on": None, "days_left": None, "stage": 0},
            "maker.model is legacy",
            "on a day that is not said",
        ),
        ({"candidates": []}, "maker.model ends in 30 days", "the stack's EmbeddingModelId parameter"),
        ({"name": "a\nBcc: b"}, "a Bcc: b ends in 30 days", "Bedrock ends a Bcc: b on"),
    ],
)
def test_the_mail_of_a_model_that_ends_says_what_is_known(
    changes: dict[str, Any], subject: str, told: str
) -> None:
    mail = writing.model_ending(ending(**changes))

    assert mail.subject == subject
    assert told in mail.text


@pytest.mark.parametrize("needs_person, told", [(True, "This needs a person"), (False, "passes by itself")])
def test_a_model_that_is_gone_says_whether_anyone_must_act(needs_person: bool, told: str) -> None:
    event = ModelEvent(model_id="m", cause="AccessDeniedException", needs_person=needs_person)

    mail = writing.model(EventType.MODEL_UNAVAILABLE, event)

    assert told in mail.text
    assert "AccessDeniedException" in mail.text


@pytest.mark.parametrize(
    "cause, helps",
    [
        ("InferenceProfileNeeded", "Set the stack's ModelId parameter to the profile's id"),
        ("UnknownModelId", "Correct the stack's ModelId parameter"),
        ("UseCaseNotSubmitted", "fill in the form"),
        ("ModelNotSubscribed", "aws-marketplace:Subscribe"),
        ("ModelEnded", "Name another one"),
    ],
)
def test_a_model_that_is_set_up_wrongly_is_told_with_what_helps(cause: str, helps: str) -> None:
    event = ModelEvent(model_id="m", cause=cause, needs_person=True)

    told = writing.model(EventType.MODEL_UNAVAILABLE, event)

    assert told.subject == "The model does not answer: m"
    assert helps in told.text
    assert cause not in told.text
