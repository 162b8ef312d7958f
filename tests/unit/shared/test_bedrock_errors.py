"""Whom an error of Bedrock is about, and what of it is kept."""

import json
from collections.abc import Iterator
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

from shared.model.bedrock import Model
from shared.model.bedrock_client import About, ModelBusy, ModelFailed, ModelRefused, translate, whom
from tests.unit.shared.asking_bedrock import NOVA, Client, client_error, question


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
