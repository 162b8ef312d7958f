"""The local model's server, as tests start and call it."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import boto3
from botocore.config import Config

from local.bedrock.engine import load_engine
from local.bedrock.server import BedrockServer
from local.bedrock.service import BedrockService


def client(url: str) -> Any:
    config = Config(
        retries={"total_max_attempts": 1}, read_timeout=60, connect_timeout=2, max_pool_connections=10
    )
    return boto3.client("bedrock-runtime", endpoint_url=url, config=config)


@contextmanager
def serving(service: BedrockService) -> Iterator[BedrockServer]:
    server = BedrockServer(service)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def local_model() -> AbstractContextManager[BedrockServer]:
    """A server with the real embedding model."""
    return serving(BedrockService(load_engine()))
