import json
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    EventStreamError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError
from typing_extensions import override

from shared.contracts.execution import Usage
from shared.model.bedrock import MOST_TOKENS, Model, ModelAnswer, token_count
from shared.model.bedrock_client import About, ModelBusy, ModelFailed, ModelRefused, translate, whom
from shared.model.converse_request import SCHEMA_SENTENCE, ModelRequest, converse_arguments
from shared.model.model_table import AnswerForm, family_of

SCHEMA = {"type": "object", "properties": {"labels": {"type": "array"}}, "required": ["labels"]}
NOVA, LLAMA = "amazon.nova-lite-v1:0", "us.meta.llama3-3-70b-instruct-v1:0"
CLAUDE, UNKNOWN = "global.anthropic.claude-haiku-4-5-20251001-v1:0", "someone.new-model-v9"


class Client:
    def __init__(self, content: list[dict[str, Any]] | None = None, error: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.content, self.error = content or [], error

    def converse(self, **request: Any) -> Any:
        self.asked.append(request)
        if self.error:
            raise self.error
        usage = {"inputTokens": 1000, "outputTokens": 100, "cacheReadInputTokens": 10}
        return {"output": {"message": {"content": self.content}}, "stopReason": "end_turn", "usage": usage}


def question(system: str = "Sort.") -> ModelRequest:
    return ModelRequest(system, "1", "label_feedback", "The labels.", SCHEMA, max_tokens=50)


def sent(model_id: str, system: str = "Sort.") -> dict[str, Any]:
    client = Client()
    Model(client, model_id).converse(question(system))
    return client.asked[0]


def client_error(code: str, status: int = 400) -> ClientError:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Converse")  # type: ignore[arg-type]


def test_a_model_with_tool_choice_is_forced_to_call_the_tool() -> None:
    arguments = sent(NOVA)

    assert arguments["toolConfig"]["toolChoice"] == {"tool": {"name": "label_feedback"}}
    assert arguments["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"] == {"json": SCHEMA}
    assert arguments["inferenceConfig"] == {"maxTokens": 50, "temperature": 0.0}


def test_a_model_that_refuses_tool_choice_is_offered_the_tool() -> None:
    assert "toolChoice" not in sent(LLAMA)["toolConfig"]


def test_a_model_with_structured_output_gets_the_schema_and_no_tool() -> None:
    arguments = sent(CLAUDE)

    schema = arguments["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert json.loads(schema["schema"]) == {**SCHEMA, "additionalProperties": False}
    assert "toolConfig" not in arguments


def test_a_model_nobody_knows_is_asked_for_text_and_the_schema_is_quoted() -> None:
    arguments = sent(UNKNOWN)

    assert f"\n{SCHEMA_SENTENCE} " in arguments["system"][0]["text"]
    assert "toolConfig" not in arguments
    assert "outputConfig" not in arguments


def test_a_model_without_a_system_prompt_reads_it_in_the_users_words() -> None:
    arguments = sent("mistral.mistral-7b-instruct-v0:2")

    assert "system" not in arguments
    assert arguments["messages"][0]["content"][0]["text"].startswith("Sort.")


def test_a_model_that_takes_no_temperature_gets_none() -> None:
    assert sent("us.anthropic.claude-opus-9-v1:0")["inferenceConfig"] == {"maxTokens": 50}


def test_a_model_that_would_think_out_of_its_answers_tokens_is_told_not_to() -> None:
    thinking = {"thinking": {"type": "disabled"}}

    assert sent("us.anthropic.claude-haiku-5-5")["additionalModelRequestFields"] == thinking
    assert "additionalModelRequestFields" not in sent(CLAUDE)
    assert "additionalModelRequestFields" not in sent(NOVA)


def test_a_cache_point_stands_only_behind_a_prefix_that_is_surely_long_enough() -> None:
    assert {"cachePoint": {"type": "default"}} in sent(NOVA, "word " * 2000)["system"]
    assert sent(NOVA, "word " * 500)["system"] == [{"text": "word " * 500}]
    assert sent(LLAMA, "word " * 2000)["system"] == [{"text": "word " * 2000}]


CACHE_POINT = {"cachePoint": {"type": "default"}}
CATEGORIES, EXAMPLES = "word " * 2000, "late " * 100


def system_of(model_id: str, *prefixes: int) -> list[dict[str, Any]]:
    request = replace(question(f"{CATEGORIES}\n{EXAMPLES}"), prefixes=prefixes)
    system: list[dict[str, Any]] = converse_arguments(model_id, family_of(model_id), request)["system"]
    return system


def test_a_cache_point_stands_before_what_changes_from_call_to_call() -> None:
    assert system_of(NOVA, len(CATEGORIES)) == [{"text": CATEGORIES}, CACHE_POINT, {"text": EXAMPLES}]


def test_what_comes_again_for_now_has_a_cache_point_of_its_own() -> None:
    whole = len(CATEGORIES) + 1 + len(EXAMPLES)
    system = system_of(NOVA, len(CATEGORIES), whole)

    assert system == [{"text": CATEGORIES}, CACHE_POINT, {"text": EXAMPLES}, CACHE_POINT]


def test_a_prefix_too_short_to_be_cached_counts_towards_a_longer_one() -> None:
    request = replace(question(f"Sort.\n{CATEGORIES}"), prefixes=(5, 6 + len(CATEGORIES)))
    system = converse_arguments(NOVA, family_of(NOVA), request)["system"]

    assert system == [{"text": "Sort."}, {"text": CATEGORIES}, CACHE_POINT]


def test_a_model_without_a_prompt_cache_reads_the_same_words_without_points() -> None:
    assert system_of(LLAMA, len(CATEGORIES)) == [{"text": CATEGORIES}, {"text": EXAMPLES}]


def test_the_schema_in_words_stands_before_what_changes() -> None:
    first, second = system_of(UNKNOWN, len(CATEGORIES))

    assert SCHEMA_SENTENCE in first["text"]
    assert second == {"text": EXAMPLES}


@pytest.mark.parametrize(
    "content",
    [
        [{"text": "Sure."}, {"toolUse": {"name": "label_feedback", "input": {"labels": []}}}],
        [{"text": '{"labels": []}'}],
        [{"text": '```json\n{"labels": []}\n```'}],
        [{"text": 'Here you are: {"labels": []}'}],
        [{"toolUse": {"name": "another_tool", "input": {"labels": []}}}],
    ],
    ids=["tool", "text", "fenced", "behind prose", "the only tool's name altered"],
)
def test_an_answer_is_read_from_a_tool_call_or_from_json_text(content: list[dict[str, Any]]) -> None:
    assert Model(Client(content), LLAMA).converse(question()).value == {"labels": []}


@pytest.mark.parametrize(
    "content",
    [
        [],
        [{"text": "I cannot help with that."}],
        [{"text": 'Either {"labels": ["1 2 positive"]} or {"labels": []}.'}],
        [{"text": "[" * 100_000}],
        [{"text": "As the guide says [1], and [sic]."}],
        [{"toolUse": {"name": name, "input": {"labels": [name]}}} for name in ("another", "a_third")],
    ],
)
def test_what_is_no_answer_has_no_value(content: list[dict[str, Any]]) -> None:
    assert Model(Client(content), NOVA).converse(question()).value is None


@pytest.mark.parametrize(
    "said",
    [
        *("[", "[1,", '{"a":', "[ ", "```", "<think>", "</think>", '["', "```\n "),
        *("\n", "#", "- ", "1", "1\n", "<a>", "<a", "; ", "{'a':", "[-", "[(", "“[", ",]", "\\n"),
    ],
)
def test_no_answer_takes_long_to_read(said: str) -> None:
    started = time.process_time()

    Model(Client([{"text": said * 20_000}]), NOVA).converse(question())

    assert time.process_time() - started < 3


def test_what_a_call_cost_is_counted_by_the_table() -> None:
    usage = Model(Client(), NOVA).converse(question()).usage

    assert usage == Usage(
        calls=1,
        input_tokens=1000,
        output_tokens=100,
        cache_read_tokens=10,
        estimated_cost=Decimal("0.00008415"),
    )


@pytest.mark.parametrize(
    "said, counted",
    [
        (17, 17),
        ("17", 17),
        (-5, 0),
        (None, 0),
        ("many", 0),
        ([], 0),
        (float("nan"), 0),
        (float("inf"), 0),
        (10**30, MOST_TOKENS),
        ("9" * 10_000, 0),
    ],
)
def test_a_count_of_tokens_that_cannot_be_is_none_or_the_most(said: object, counted: int) -> None:
    assert token_count(said) == counted

    class Odd(Client):
        @override
        def converse(self, **arguments: Any) -> Any:
            return {**super().converse(**arguments)} | {"usage": {"inputTokens": said, "outputTokens": said}}

    usage = Model(Odd(), NOVA).converse(question()).usage
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (1, counted, counted)
    assert usage.estimated_cost >= 0


def test_every_reason_to_stop_is_known_to_be_early_or_not() -> None:
    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    shape: Any = model.shape_for("StopReason")
    answers = {reason: ModelAnswer(None, reason, Usage()).cut_off for reason in shape.enum}
    whole = {reason for reason, early in answers.items() if not early}
    # What is malformed did end, and says nothing of which end it has.
    assert whole == {"end_turn", "tool_use", "stop_sequence", "malformed_model_output", "malformed_tool_use"}


@pytest.mark.parametrize("usage", [None, [], "none", 3])
def test_an_answer_without_counts_is_an_answer(usage: object) -> None:
    class Odd(Client):
        @override
        def converse(self, **arguments: Any) -> Any:
            return {**super().converse(**arguments)} | {"usage": usage}

    assert Model(Odd(), NOVA).converse(question()).usage == Usage(calls=1)


@pytest.mark.parametrize(
    "error",
    [
        client_error("ThrottlingException", 429),
        client_error("ServiceUnavailableException", 503),
        client_error("SomethingNew", 502),
        client_error("ExpiredTokenException", 403),
        ReadTimeoutError(endpoint_url="http://x"),
        EndpointConnectionError(endpoint_url="http://x"),
        ConnectionClosedError(endpoint_url="http://x"),
        ResponseParserError("no JSON"),
    ],
)
def test_what_waiting_may_heal_is_a_busy_model(error: Exception) -> None:
    with pytest.raises(ModelBusy):
        Model(Client(error=error), NOVA).converse(question())


@pytest.mark.parametrize(
    "error",
    [
        client_error("AccessDeniedException", 403),
        client_error("ResourceNotFoundException", 404),
        NoCredentialsError(),
        ParamValidationError(report="x"),
    ],
)
def test_what_a_person_must_heal_is_a_refusal(error: Exception) -> None:
    with pytest.raises(ModelRefused):
        Model(Client(error=error), NOVA).probe()


BEDROCK: list[tuple[Exception, About]] = [
    (client_error("ModelErrorException", 424), About.REQUEST),
    (client_error("SomethingNew", 424), About.REQUEST),
    (client_error("ValidationException", 400), About.REQUEST),
    (client_error("Unknown", 413), About.REQUEST),
    (client_error("ServiceUnavailableException", 503), About.EVERYBODY),
    (client_error("ModelNotReadyException", 429), About.EVERYBODY),
    (client_error("ExpiredTokenException", 403), About.EVERYBODY),
    (client_error("SomethingNew", 503), About.EVERYBODY),
    (EndpointConnectionError(endpoint_url="http://x"), About.EVERYBODY),
    (ConnectTimeoutError(endpoint_url="http://x"), About.EVERYBODY),
    (client_error("ThrottlingException", 429), About.SHARE),
    (client_error("TooManyRequestsException", 429), About.SHARE),
    (client_error("SomethingNew", 429), About.SHARE),
    (client_error("AccessDeniedException", 403), About.PERSON),
    (client_error("ResourceNotFoundException", 404), About.PERSON),
    (client_error("UnrecognizedClientException", 403), About.PERSON),
    (client_error("SomethingNew", 403), About.PERSON),
    (NoCredentialsError(), About.PERSON),
    (ParamValidationError(report="x"), About.PERSON),
    (client_error("ModelStreamErrorException", 424), About.REQUEST),
    (client_error("RequestEntityTooLargeException", 413), About.REQUEST),
    (client_error("InvalidSignatureException", 403), About.EVERYBODY),
    (client_error("ServiceQuotaExceededException", 400), About.SHARE),
    (client_error("ThrottledException", 400), About.SHARE),
    (client_error("MissingAuthenticationToken", 403), About.PERSON),
    (client_error("InternalFailure", 500), About.UNCLEAR),
    (client_error("ConflictException", 409), About.UNCLEAR),
    (client_error("Overloaded", 529), About.UNCLEAR),
    (CredentialRetrievalError(provider="x", error_msg="x"), About.UNCLEAR),
    (IncompleteReadError(actual_bytes=1, expected_bytes=2), About.UNCLEAR),
    (client_error("InternalServerException", 500), About.UNCLEAR),
    (client_error("ModelTimeoutException", 408), About.UNCLEAR),
    (client_error("SomethingNew", 400), About.UNCLEAR),
    (ReadTimeoutError(endpoint_url="http://x"), About.UNCLEAR),
    (ConnectionClosedError(endpoint_url="http://x"), About.UNCLEAR),
    (ResponseParserError("no JSON"), About.UNCLEAR),
    (ClientError({}, "Converse"), About.UNCLEAR),
    # A clock that is off, a session that ended: by whatever name.
    (client_error("RequestTimeTooSkewed", 403), About.EVERYBODY),
    (client_error("RequestExpired", 400), About.EVERYBODY),
    (client_error("ExpiredToken", 403), About.EVERYBODY),
    (client_error("SignatureDoesNotMatch", 403), About.EVERYBODY),
    (client_error("IncompleteSignature", 400), About.EVERYBODY),
    # As event streams write them.
    (client_error("throttlingException", 400), About.SHARE),
    (client_error("modelStreamErrorException", 424), About.REQUEST),
    (client_error("modelTimeoutException", 400), About.UNCLEAR),
    (EventStreamError({"Error": {"Code": "internalServerException"}}, "ConverseStream"), About.UNCLEAR),
    (SSLError(endpoint_url="http://x", error=OSError("certificate")), About.EVERYBODY),
    (ProxyConnectionError(proxy_url="http://x"), About.EVERYBODY),
    (HTTPClientError(error="reset"), About.UNCLEAR),
    (PartialCredentialsError(provider="x", cred_var="y"), About.PERSON),
    (client_error("InvalidClientTokenId", 403), About.PERSON),
    (client_error("OptInRequired", 403), About.PERSON),
    (client_error("502", 502), About.UNCLEAR),
    (client_error("407", 407), About.UNCLEAR),
]


def test_every_error_of_converse_is_in_the_table() -> None:
    """As the service model lists them; those that evidence decides are named here."""
    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    shapes = model.operation_model("Converse").error_shapes
    unclear = {
        shape.name
        for shape in shapes
        if whom(client_error(shape.name, shape.metadata["error"]["httpStatusCode"]))[0] is About.UNCLEAR
    }
    assert len(shapes) >= 9
    assert unclear == {"InternalServerException", "ModelTimeoutException"}


OK_ANSWER: dict[str, Any] = {
    "output": {"message": {"role": "assistant", "content": [{"text": "{}"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
}
SHAPELESS: list[Any] = [[], None, "x", 5]
ODD_BODIES: list[tuple[int, Any]] = [
    *((200, body) for body in SHAPELESS),
    (200, b"\xff{}"),
    (200, b"[" * 100_000),
    (200, OK_ANSWER | {"output": "x"}),
    (200, OK_ANSWER | {"output": {"message": {"content": "x"}}}),
    (200, OK_ANSWER | {"output": {"message": {"content": [{}]}}}),
    (200, OK_ANSWER | {"usage": [1]}),
    (200, OK_ANSWER | {"usage": {"inputTokens": "x"}}),
    (200, OK_ANSWER | {"usage": {"inputTokens": float("nan")}}),
    (200, OK_ANSWER | {"usage": {"inputTokens": float("inf")}}),
    *((status, body) for status in (400, 500) for body in SHAPELESS[:3]),
    (400, {"__type": ["x"]}),
]


@pytest.mark.parametrize("status, body", ODD_BODIES)
def test_a_body_that_boto3_stumbles_over_is_unclear_and_no_crash(status: int, body: Any) -> None:
    said = body if isinstance(body, bytes) else json.dumps(body).encode()
    client: Any = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )

    class Raw(BytesIO):
        def stream(self) -> Iterator[bytes]:
            yield self.read()

    client.meta.events.register(
        "before-send", lambda **_: AWSResponse("http://x", status, HTTPHeaders(), Raw(said))
    )
    with pytest.raises(ModelBusy) as caught:
        Model(client, NOVA).converse(question())
    assert caught.value.about is About.UNCLEAR


@pytest.mark.parametrize("error, about", BEDROCK, ids=[f"{error!r:.50}" for error, _ in BEDROCK])
def test_each_error_is_about_whom_the_table_of_decisions_says(error: Any, about: About) -> None:
    assert whom(error)[0] is about


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


def test_a_request_that_bedrock_cannot_deal_with_keeps_bedrocks_words_for_the_record_and_off_the_log() -> (
    None
):
    error = client_error("ModelErrorException", 424)
    error.response["Error"]["Message"] = "invalid  sequence\nof Ann\u202e" + "x" * 999

    with pytest.raises(ModelFailed) as caught:
        Model(Client(error=error), NOVA).converse(question())

    assert caught.value.words.startswith("invalid sequence of Ann xxx")
    assert len(caught.value.words) == 300
    assert "Ann" not in str(caught.value)


def test_an_errors_text_is_not_kept_for_it_may_quote_a_customer() -> None:
    error = client_error("ValidationException")
    error.response["Error"]["Message"] = "bad input: my name is Ann"

    assert "Ann" not in str(translate(error))


@pytest.mark.parametrize(
    "model_id",
    [
        "anthropic.claude-haiku-4-5-20251001-v1:0",
        "eu.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
    ],
)
def test_profiles_and_arns_belong_to_the_family_of_their_model(model_id: str) -> None:
    assert family_of(model_id).ids == ("anthropic.claude-haiku-4-5",)


def test_the_longest_matching_prefix_wins() -> None:
    assert family_of("amazon.nova-2-lite-v1:0").input == Decimal("0.30")
    assert family_of("amazon.nova-9").answer_form is AnswerForm.FORCED_TOOL


def test_output_tokens_burn_the_quota_at_the_familys_rate() -> None:
    assert family_of(CLAUDE).quota_tokens(1000, 100) == 1500
    assert family_of(NOVA).quota_tokens(1000, 100) == 1100
