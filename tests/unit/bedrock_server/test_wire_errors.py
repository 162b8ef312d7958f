"""What an unmodified boto3 client sees of errors, dropped connections and requests of a wrong form."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from local.bedrock.server import BedrockServer
from tests.unit.bedrock_server.conftest import Admin
from tests.unit.bedrock_server.requests import (
    LLAMA,
    NOVA,
    TITAN,
    converse,
    forced,
    invoke,
    offered,
    refused,
    structured,
)

IMAGE = {"image": {"format": "png", "source": {"bytes": b"-"}}}


@pytest.mark.parametrize(
    "body", [{"inputText": ""}, {}, {"inputText": "x", "dimensions": 3}, {"inputText": "x", "colour": 1}]
)
def test_an_embedding_request_of_another_shape_is_refused(client: Any, body: dict[str, object]) -> None:
    with pytest.raises(client.exceptions.ValidationException):
        invoke(client, TITAN, **body)


@pytest.mark.parametrize(
    "fault, code, status",
    [
        ("throttling", "ThrottlingException", 429),
        ("server_error", "InternalServerException", 500),
        ("service_unavailable", "ServiceUnavailableException", 503),
        ("model_not_ready", "ModelNotReadyException", 429),
        ("model_timeout", "ModelTimeoutException", 408),
        ("model_error", "ModelErrorException", 424),
        ("access_denied", "AccessDeniedException", 403),
        ("resource_not_found", "ResourceNotFoundException", 404),
        ("unknown_model", "ValidationException", 400),
        ("validation", "ValidationException", 400),
        ("on_demand", "ValidationException", 400),
        ("no_use_case", "ResourceNotFoundException", 404),
    ],
)
def test_an_error_is_the_exception_that_boto3_knows(
    client: Any, admin: Admin, fault: str, code: str, status: int
) -> None:
    admin.fault(fault=fault)
    with pytest.raises(getattr(client.exceptions, code)) as caught:
        client.converse(**converse())
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status
    assert error["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == code
    assert error["Error"]["Message"]


def test_a_dropped_connection_gives_no_answer(client: Any, admin: Admin) -> None:
    admin.fault(fault="dropped", next=1)
    with pytest.raises(ConnectionClosedError):
        client.converse(**converse())
    assert client.converse(**converse())["stopReason"] == "end_turn"


def test_a_call_that_hangs_is_let_go_when_the_fault_goes(client: Any, admin: Admin) -> None:
    admin.fault(fault="hang")
    with ThreadPoolExecutor() as pool:
        hanging = pool.submit(client.converse, **converse())
        while not admin.get("/stats")["in_flight"]:
            time.sleep(0.01)
        admin.put("/faults", {})
        with pytest.raises(ConnectionClosedError):
            hanging.result(timeout=3)


def test_a_call_that_hangs_longer_than_the_client_waits_times_out(
    server: BedrockServer, session_client: Any, admin: Admin
) -> None:
    admin.fault(fault="hang", seconds=0.4)
    session_client.meta.config.read_timeout = 0.1
    try:
        with pytest.raises((ReadTimeoutError, ConnectionClosedError)):
            session_client.converse(**converse())
    finally:
        session_client.meta.config.read_timeout = 5


@pytest.mark.parametrize(
    "change, words",
    [
        ({"modelId": "acme.model-1"}, "model identifier is invalid"),
        ({"modelId": TITAN}, "doesn't support the model"),
        ({"modelId": LLAMA, "toolConfig": forced()}, "doesn't support the toolConfig.toolChoice.tool field"),
        ({"modelId": "deepseek.r1-v1:0", "toolConfig": offered()}, "doesn't support tool use"),
        ({"outputConfig": structured()}, "doesn't support the outputConfig.textFormat"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "assistant", "content": [{"text": "hi"}]}]}, "start with a user message"),
        ({"messages": [{"role": "user", "content": [{"text": " "}]}]}, "is blank"),
        ({"messages": [{"role": "user", "content": []}]}, "is empty"),
        ({"toolConfig": {**offered(), "toolChoice": {"tool": {"name": "other"}}}}, "none of the tools"),
        ({"toolConfig": {"tools": offered()["tools"] * 2}}, "different names"),
        ({"inferenceConfig": {"temperature": 1.5}}, "'inferenceConfig.temperature' must be at most 1"),
        ({"toolConfig": forced(name="no name")}, "toolSpec.name' must match"),
        ({"messages": [{"role": "nobody", "content": [{"text": "hi"}]}]}, "[0].role' must be one of user"),
        ({"messages": [{"role": "user", "content": [IMAGE]}]}, "reads no image"),
    ],
)
def test_a_request_that_bedrock_would_not_take_is_refused(
    client: Any, change: dict[str, Any], words: str
) -> None:
    error = refused(client, **{**converse(), **change})
    assert error.response["Error"]["Code"] == "ValidationException"
    assert words in error.response["Error"]["Message"]


def test_a_member_that_bedrock_does_not_know_is_refused_by_name(admin: Admin, client: Any) -> None:
    body = {
        "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "inferenceConfig": {"max_tokens": 5},
    }
    assert admin.status("POST", f"/model/{NOVA}/converse", body) == 400
    assert admin.status("POST", f"/model/{NOVA}/converse-stream", body) == 404


def test_what_the_engine_cannot_answer_is_the_models_error(client: Any) -> None:
    schema = {"type": "object", "properties": {"haiku": {"type": "string"}}}
    error = refused(client, **converse(toolConfig=forced(schema)))
    assert error.response["Error"]["Code"] == "ModelErrorException"
