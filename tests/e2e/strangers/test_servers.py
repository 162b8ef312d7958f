"""The model's server and the database answer nobody without a key, and no port is open to others."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit
from urllib.request import Request

import boto3
import pymysql
import pytest

from local import mysql
from local.emulator import REGION
from local.state import Home
from tests.e2e.strangers.asking import EVIL, KEY, TEXT, assert_refused
from tests.e2e.world import Answer, World, fetch


@pytest.fixture(scope="module", autouse=True)
def private(world: World) -> None:
    world.s3.put_object(Bucket=world.stack.bucket, Key=KEY, Body=TEXT)


# --- the model's server


def model(world: World, path: str = "", method: str = "GET", **headers: str) -> Answer:
    url = f"{world.stack.emulator.model_url}{path}"
    body = b"{}" if method in ("POST", "PUT") else None
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return fetch(Request(url, body, named, method=method), None)


MODEL_PATHS = [("GET", "/stats"), ("PUT", "/faults"), ("POST", "/stats/reset"),
               ("POST", "/model/amazon.nova-lite-v1%3A0/converse")]  # fmt: skip


@pytest.mark.parametrize("method, path", MODEL_PATHS)
def test_no_page_reads_or_drives_the_models_server(world: World, method: str, path: str) -> None:
    port = urlsplit(world.stack.emulator.model_url).port
    assert model(world, path, method).status in (200, 400)

    for headers in ({"Origin": EVIL}, {"Origin": "null"}, {"Origin": f"http://127.0.0.1:{port}"},
                    {"Host": f"evil.example:{port}"}, {"Host": "127.0.0.1"}):  # fmt: skip
        assert_refused(model(world, path, method, **headers))


@pytest.mark.parametrize("method, path", [*MODEL_PATHS, ("GET", "/health")])
@pytest.mark.parametrize("key", ["", "/test", "/" + "x" * 32])
def test_without_its_key_the_models_server_answers_nobody(
    world: World, method: str, path: str, key: str
) -> None:
    parts = urlsplit(world.stack.emulator.model_url)
    body = b"{}" if method in ("POST", "PUT") else None

    assert_refused(fetch(Request(f"{parts.scheme}://{parts.netloc}{key}{path}", body, method=method), None))


def test_the_models_server_refuses_a_preflight(world: World) -> None:
    assert_refused(model(world, "/faults", "OPTIONS", Origin=EVIL, Access_Control_Request_Method="PUT"))


def test_a_client_with_the_models_address_gets_answers(world: World) -> None:
    client = boto3.client(
        "bedrock-runtime", endpoint_url=world.stack.emulator.model_url, region_name=REGION,
        aws_access_key_id="any", aws_secret_access_key="any",
    )  # fmt: skip
    said = client.converse(
        modelId="amazon.nova-lite-v1:0", messages=[{"role": "user", "content": [{"text": "ok?"}]}]
    )

    assert said["output"]["message"]["content"]


# --- the database, and every port


@pytest.mark.parametrize(
    "user, password", [("insights", ""), ("insights", "insights"), ("root", ""), ("", "")]
)
def test_the_database_lets_nobody_in_without_its_password(world: World, user: str, password: str) -> None:
    login = world.stack.login.model_copy(update={"user": user, "password": password})

    with pytest.raises(pymysql.Error):
        mysql.connect(login, database="")


def test_a_page_that_talks_http_to_the_database_gets_and_does_nothing(world: World) -> None:
    login = world.stack.login
    said = b""
    for _ in range(150):  # more than the errors after which MySQL blocks an address
        with socket.create_connection((login.host, login.port), timeout=5) as talk:
            talk.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n\r\n")
            said = talk.recv(10_000)

    assert b"HTTP" not in said
    assert world.query("SELECT 1 AS one") == [{"one": 1}]


def test_every_port_is_on_the_loopback_address_alone(stack_home: Home, world: World) -> None:
    state = stack_home.load()
    assert state.mysql
    assert state.bedrock
    assert state.emulator
    for port in (state.mysql.port, state.bedrock.port, state.emulator.process.port):
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
        with pytest.raises(OSError):  # noqa: PT011 - refused, or unknown: not every system has it
            socket.create_connection(("127.0.0.2", port), timeout=5)
