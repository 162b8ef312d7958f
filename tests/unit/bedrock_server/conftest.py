"""One server with the real engine for all tests, clean before each, and unmodified boto3 clients."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.bedrock.engine import MiniLMEngine, load_engine
from local.bedrock.faults import FaultSettings
from local.bedrock.latency import Latency
from local.bedrock.quota import QuotaSettings
from local.bedrock.server import BedrockServer
from local.bedrock.service import BedrockService


@pytest.fixture(scope="session")
def engine() -> MiniLMEngine:
    return load_engine()


@pytest.fixture(scope="session")
def running_server(engine: MiniLMEngine) -> Iterator[BedrockServer]:
    with BedrockServer(BedrockService(engine)) as server:
        threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02)).start()
        yield server
        server.shutdown()


@pytest.fixture
def server(running_server: BedrockServer) -> BedrockServer:
    service = running_server.service
    service.faults.put(FaultSettings())
    service.quota.put(QuotaSettings())
    service.models.put(())
    service.latency = Latency()
    service.stats.reset()
    return running_server


@pytest.fixture(scope="session")
def session_client(running_server: BedrockServer) -> Iterator[Any]:
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=running_server.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=5),
    )
    yield client
    client.close()


@pytest.fixture
def client(server: BedrockServer, session_client: Any) -> Any:
    return session_client


class Admin:
    """Speaks to the paths beside Bedrock's, as a test in another process would."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)[1]

    def put(self, path: str, body: object) -> Any:
        status, answer = self._ask("PUT", path, body)
        assert status == 200, answer
        return answer

    def status(self, method: str, path: str, body: object = None) -> int:
        return self._ask(method, path, body)[0]

    def fault(self, **rule: object) -> None:
        self.put("/faults", {"rules": [rule]})

    def _ask(self, method: str, path: str, body: object) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@pytest.fixture
def admin(server: BedrockServer) -> Admin:
    return Admin(server.url)
