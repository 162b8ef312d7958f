"""The other engine, against an endpoint that answers what a test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest

from local.bedrock.engine import EnginePrompt, MiniLMEngine
from local.bedrock.errors import BedrockError, EngineError
from local.bedrock.openai_engine import OpenAIEngine
from local.bedrock.settings import ServerSettings
from tests.unit.bedrock_server.requests import LABELS


class Endpoint(HTTPServer):
    """Remembers what it was asked and answers `status` and `answer`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str | None, Any]] = []
        self.status = 200
        self.answer: Any = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers.get("Authorization"), body))
        payload = json.dumps(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    log_message: Callable[..., None] = lambda *_: None


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02)).start()
        yield server
        server.shutdown()


def connect(endpoint: Endpoint, engine: MiniLMEngine, **settings: Any) -> OpenAIEngine:
    return OpenAIEngine(ServerSettings(model_url=endpoint.url, model="tiny", **settings), engine.embed)


def prompt(tool: str = "label_feedback", mode: str = "forced") -> EnginePrompt:
    return EnginePrompt("Label.", "1 one", LABELS, tool, 50, mode)


def said(message: dict[str, Any], finish: str = "stop") -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": finish}]}


def called(arguments: str) -> dict[str, Any]:
    return {
        "content": None,
        "tool_calls": [{"function": {"name": "label_feedback", "arguments": arguments}}],
    }


def test_a_tool_call_is_passed_on(endpoint: Endpoint, engine: MiniLMEngine) -> None:
    endpoint.answer = said(called('{"labels": ["1 2 neutral"]}'))
    answer = connect(endpoint, engine, api_key="key").answer(prompt())
    assert answer.value == {"labels": ["1 2 neutral"]}
    ((path, authorization, body),) = endpoint.asked
    assert (path, authorization) == ("/v1/chat/completions", "Bearer key")
    assert [turn["role"] for turn in body["messages"]] == ["system", "user"]
    assert body["tools"][0]["function"] == {"name": "label_feedback", "parameters": LABELS}
    assert body["tool_choice"]["function"]["name"] == "label_feedback"
    assert (body["model"], body["max_tokens"]) == ("tiny", 50)


def test_an_offered_tool_leaves_the_choice_and_structured_output_sends_the_schema(
    endpoint: Endpoint, engine: MiniLMEngine
) -> None:
    endpoint.answer = said({"content": '{"labels": []}'})
    other = connect(endpoint, engine)
    assert other.answer(prompt(mode="offered")).value == '{"labels": []}'
    assert other.answer(prompt(tool="", mode="structured")).value == '{"labels": []}'
    offered, structured = (body for _, _, body in endpoint.asked)
    assert offered["tool_choice"] == "auto"
    assert structured["response_format"]["json_schema"]["schema"] == LABELS
    assert "tools" not in structured


def test_what_the_model_says_wrongly_is_passed_on_as_it_is(endpoint: Endpoint, engine: MiniLMEngine) -> None:
    endpoint.answer = said(called('{"labels": ["1 2'), finish="length")
    answer = connect(endpoint, engine).answer(prompt())
    assert (answer.value, answer.stop_reason) == ('{"labels": ["1 2', "max_tokens")


@pytest.mark.parametrize(
    "status, code",
    [
        (400, "ValidationException"),
        (401, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (408, "ModelTimeoutException"),
        (429, "ThrottlingException"),
        (500, "ServiceUnavailableException"),
    ],
)
def test_a_refusal_is_put_in_bedrocks_words(
    endpoint: Endpoint, engine: MiniLMEngine, status: int, code: str
) -> None:
    endpoint.status = status
    with pytest.raises(BedrockError) as caught:
        connect(endpoint, engine).answer(prompt())
    assert caught.value.code == code


def test_an_endpoint_that_is_not_there_is_unavailable(engine: MiniLMEngine) -> None:
    gone = OpenAIEngine(ServerSettings(model_url="http://127.0.0.1:9", model="tiny"), engine.embed)
    with pytest.raises(BedrockError) as caught:
        gone.answer(prompt())
    assert caught.value.status == 503


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [{"message": None}]}, ["no object"]])
def test_an_answer_that_is_no_completion_is_an_error(
    endpoint: Endpoint, engine: MiniLMEngine, answer: Any
) -> None:
    endpoint.answer = answer
    with pytest.raises(EngineError):
        connect(endpoint, engine).answer(prompt())


def test_embeddings_stay_with_the_embedded_model_unless_another_is_named(
    endpoint: Endpoint, engine: MiniLMEngine
) -> None:
    assert np.array_equal(connect(endpoint, engine).embed(["x"]), engine.embed(["x"]))
    assert endpoint.asked == []
    endpoint.answer = {"data": [{"embedding": [3, 4]}]}
    rows = connect(endpoint, engine, embedding_model="tiny-embed").embed(["x"])
    assert rows.tolist() == [pytest.approx([0.6, 0.8])]
    assert endpoint.asked[0][0] == "/v1/embeddings"
    endpoint.answer = {"data": "none"}
    with pytest.raises(EngineError):
        connect(endpoint, engine, embedding_model="tiny-embed").embed(["x"])


def test_a_url_with_a_path_is_taken_as_it_is(endpoint: Endpoint, engine: MiniLMEngine) -> None:
    endpoint.answer = said({"content": "OK"})
    settings = ServerSettings(model_url=f"{endpoint.url}/api/", model="tiny")
    OpenAIEngine(settings, engine.embed).answer(prompt())
    assert endpoint.asked[0][0] == "/api/chat/completions"
