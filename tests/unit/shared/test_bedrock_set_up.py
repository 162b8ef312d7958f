"""A model that is set up wrongly is told by name, whatever a message quotes."""

import pytest

from shared.model.bedrock_client import About, whom
from tests.unit.shared.asking_bedrock import client_error

SET_UP_WRONGLY = [
    (
        "ValidationException",
        "Invocation of model ID x.m with on-demand throughput isn\u2019t supported. Retry your request",
        "InferenceProfileNeeded",
    ),
    (
        "ValidationException",
        "Invocation of model ID amazon.nova-2-lite-v1:0 with on-demand throughput isn't supported.",
        "InferenceProfileNeeded",
    ),
    ("ValidationException", "The provided model identifier is invalid.", "UnknownModelId"),
    (
        "ResourceNotFoundException",
        "Model use case details have not been submitted for this account. Fill out the form.",
        "UseCaseNotSubmitted",
    ),
    (
        "AccessDeniedException",
        "Model access is denied due to … is not authorized to perform the required AWS Marketplace actions",
        "ModelNotSubscribed",
    ),
    ("ResourceNotFoundException", "This model version has reached the end of its life.", "ModelEnded"),
    (
        "ResourceNotFoundException",
        "Access denied. This Model is marked by provider as Legacy and you have not been actively using it.",
        "ModelEnded",
    ),
]


@pytest.mark.parametrize("code, message, name", SET_UP_WRONGLY)
def test_what_is_set_up_wrongly_is_told_by_its_name(code: str, message: str, name: str) -> None:
    error = client_error(code, 400)
    error.response["Error"]["Message"] = message

    assert whom(error) == (About.PERSON, name)


@pytest.mark.parametrize("code, message, name", SET_UP_WRONGLY)
def test_a_text_that_a_message_quotes_is_about_its_request(code: str, message: str, name: str) -> None:
    error = client_error("ValidationException", 400)
    error.response["Error"]["Message"] = f"The model cannot take this text: {message}"

    assert whom(error) == (About.REQUEST, "ValidationException")
