"""The model that an evaluation asks: the local server by default, Bedrock or any endpoint if named."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from shared.model.bedrock import Model
from shared.model.embedding import Embedder

ENDPOINT = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"
_START_SECONDS = 60


class EvaluationError(Exception):
    """The evaluation cannot be run; the text says to people why."""


@dataclass(frozen=True)
class Models:
    """What answers.

    Attributes:
        engine: in words, for the report.
    """

    client: Any
    label: Model
    embed: Embedder
    engine: str

    def labeller(self, model_id: str) -> Model:
        """Another model behind the same client."""
        return self.label if model_id == self.label.model_id else Model(self.client, model_id)


@contextmanager
def models(
    model_id: str, embedding_model_id: str, *, aws: bool = False, vectors: Path | None = None
) -> Iterator[Models]:
    """The models behind a client.

    Args:
        aws: Bedrock itself, by the environment's credentials; else the server that
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME names; else a local one, stopped at the end.
        vectors: the file in which the local server keeps what it embedded, for the next evaluation.
    """
    if aws:
        yield _models(
            boto3.client("bedrock-runtime", config=_config()), model_id, embedding_model_id, model_id
        )
    elif url := os.environ.get(ENDPOINT):
        yield _models(_local_client(url), model_id, embedding_model_id, f"what answers at {url}")
    else:
        with _server(vectors) as (url, engine):
            yield _models(_local_client(url), model_id, embedding_model_id, engine)


def _models(client: Any, model_id: str, embedding_model_id: str, engine: str) -> Models:
    return Models(client, Model(client, model_id), Embedder(client, embedding_model_id), engine)


def _config() -> Config:
    return Config(retries={"total_max_attempts": 4, "mode": "adaptive"}, max_pool_connections=32)


def _local_client(url: str) -> Any:
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local server looks at neither
        config=_config(),
    )


@contextmanager
def _server(vectors: Path | None) -> Iterator[tuple[str, str]]:
    """The Bedrock-compatible server as a process of its own: its address, and what answers in it."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w") as output:
            command = [sys.executable, "-m", "local.bedrock", "--port", "0"]
            kept = {"BEDROCK_VECTORS": str(vectors)} if vectors else {}
            process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | kept)
        try:
            engine, url = _wait(process, log)
            yield url, engine
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait(process: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    """The engine and the address that the server says when it answers."""
    deadline = time.monotonic() + _START_SECONDS
    while not (said := re.search(r"(.*) answers at (\S+)\n", log.read_text("utf-8"))):
        if process.poll() is not None or time.monotonic() > deadline:
            raise EvaluationError(f"the local model server did not start: {log.read_text('utf-8').strip()}")
        time.sleep(0.05)
    return said[1], said[2]
