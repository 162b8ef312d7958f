"""The Bedrock-compatible server as a process of its own, so that it shares no interpreter with us."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config


class Server:
    """Its address, and what can be set and read there."""

    def __init__(self, url: str) -> None:
        self.url = url

    def put(self, path: str, **body: Any) -> None:
        self._call("PUT", path, body)

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def reset(self) -> None:
        self._call("POST", "/stats/reset")

    def client(self) -> Any:
        config = Config(
            retries={"total_max_attempts": 1}, read_timeout=60, connect_timeout=3, max_pool_connections=64
        )
        return boto3.client(
            "bedrock-runtime",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="bench",
            aws_secret_access_key="bench",  # noqa: S106  # the local server looks at neither
            config=config,
        )

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)  # noqa: S310  # our own
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def running() -> Iterator[Server]:
    """The server, stopped at the end."""
    process = subprocess.Popen([sys.executable, "-m", "local.bedrock"], stdout=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline() if process.stdout else ""
        if not said:
            raise RuntimeError("the Bedrock-compatible server did not start")
        yield Server(said.split()[-1])
    finally:
        process.terminate()
        process.wait(timeout=10)
