"""What a page in the user's browser, or whoever else knows the ports but no key, gets of the stack: nothing.

Each attack starts from a request that works, so that what is refused is the attack and not a mistake.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPMessage
from urllib.parse import urlsplit
from urllib.request import Request

import boto3
import botocore.auth
import pymysql
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from typing_extensions import override

from local import mysql
from local.emulator import ACCOUNT, REGION
from local.stack import Stack
from local.state import Home
from tests.e2e.world import Answer, World, fetch

KEY = "incoming/private.csv.txt"
TEXT = "feedback\nNobody else is to read this.\n"
EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    return World(stack)


@pytest.fixture(scope="module")
def keys(stack: Stack) -> Credentials:
    return Credentials(stack.emulator.access_key, stack.emulator.secret_key)


@pytest.fixture(scope="module", autouse=True)
def private(world: World) -> None:
    world.s3.put_object(Bucket=world.stack.bucket, Key=KEY, Body=TEXT)


def ask(world: World, request: AWSRequest, body: bytes | None = None, **headers: str) -> Answer:
    """Sends a request as it stands, but for these headers; `Host` may be another than where it goes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = Request(str(request.url), body or request.data or None, dict(request.headers) | named,
                    method=request.method)  # fmt: skip
    return fetch(asked, world.stack.emulator.certificate)


def signed(
    world: World, keys: Credentials, service: str = "secretsmanager", host: str = "", data: bytes = b"{}"
) -> AWSRequest:
    """A call that lists secrets or buckets, signed; for this host, if one is named."""
    url = world.stack.emulator.url
    request = AWSRequest("POST", f"{url}/", data=data)
    request.headers["X-Amz-Target"] = "secretsmanager.ListSecrets"
    request.headers["Content-Type"] = "application/x-amz-json-1.1"
    if service == "s3":
        request = AWSRequest("GET", f"{url}/{world.stack.bucket}/{KEY}")
    if host:
        request.headers["Host"] = host
    (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, REGION).add_auth(request)
    return request


def unsigned(world: World, method: str, path: str) -> AWSRequest:
    return AWSRequest(method, f"{world.stack.emulator.url}{path}")


def assert_refused(answer: Answer) -> None:
    assert answer.status == 403, (answer.status, answer.body[:200])
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    assert TEXT not in answer.body.decode()


# --- what works


@pytest.mark.parametrize("service", ["secretsmanager", "s3"])
def test_a_key_of_the_stack_opens_it_and_no_answer_is_for_other_pages(
    world: World, keys: Credentials, service: str
) -> None:
    answer = ask(world, signed(world, keys, service))

    assert answer.status == 200
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_by_the_name_of_localhost_it_answers_too(world: World, keys: Credentials) -> None:
    host = f"localhost:{world.stack.emulator.process.port}"

    assert ask(world, signed(world, keys, host=host)).status == 200


def test_a_shell_uses_the_stack_by_the_file_that_up_leaves(stack_home: Home, world: World) -> None:
    program = (
        "import boto3, os; print(boto3.client('s3').head_object(Bucket=os.environ['BUCKET'], Key="
        f"{KEY!r})['ContentLength'], boto3.client('sqs').send_message(QueueUrl=os.environ['SWEEP_QUEUE'],"
        ' MessageBody=\'{"kind": "sweep"}\')["ResponseMetadata"]["HTTPStatusCode"])'
    )
    line = f'. "{stack_home.aws_file}"; exec "{sys.executable}" -c "$PROGRAM"'

    done = subprocess.run(
        ["/bin/sh", "-c", line], env={"PROGRAM": program, "AWS_PROFILE": "production"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.split() == [str(len(TEXT)), "200"]


def test_the_files_with_keys_are_their_owners_alone(stack_home: Home) -> None:
    secret = [stack_home.aws_file, stack_home.state_file, stack_home.folder / "emulator" / "key.pem",
              *(stack_home.folder / "mysql" / name for name in ("password", "grants.sql"))]  # fmt: skip

    assert {stat.S_IMODE(file.stat().st_mode) for file in secret} == {0o600}


# --- pages


@pytest.mark.parametrize("origin", [EVIL, "null", "http://localhost:8000", "https://127.0.0.1"])
@pytest.mark.parametrize("service", ["secretsmanager", "s3"])
def test_another_page_is_refused_even_with_a_key(
    world: World, keys: Credentials, service: str, origin: str
) -> None:
    assert_refused(ask(world, signed(world, keys, service), Origin=origin))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1.nip.io:{port}",
        "localhost.evil.example:{port}",
    ],
)
def test_by_another_name_it_does_not_answer_even_with_a_key(
    world: World, keys: Credentials, host: str
) -> None:
    host = host.format(port=world.stack.emulator.process.port)

    assert_refused(ask(world, signed(world, keys, host=host)))
    assert_refused(ask(world, unsigned(world, "GET", "/_ministack/ready"), Host=host))


@pytest.mark.parametrize("path", ["/", "/{bucket}/" + KEY, "/restapis/{api}/v1/_user_request_/feedback",
                                  "/_ministack/ready"])  # fmt: skip
def test_a_preflight_is_refused(world: World, path: str) -> None:
    path = path.format(bucket=world.stack.bucket, api=world.output("ApiId"))
    preflight = unsigned(world, "OPTIONS", path)
    preflight.headers["Access-Control-Request-Method"] = "PUT"
    preflight.headers["Access-Control-Request-Headers"] = "authorization"

    assert_refused(ask(world, preflight, Origin=EVIL))


# --- no signature, or another's


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/"),
        ("GET", "/{bucket}/" + KEY),
        ("GET", "/{bucket}?list-type=2"),
        ("PUT", "/{bucket}/incoming/mine.csv"),
        ("POST", "/"),
        ("GET", "/?Action=ListQueues"),
        ("POST", "/_ministack/reset"),
        ("POST", "/_ministack/config"),
        ("GET", "/_ministack/sqs/messages"),
        ("GET", "/_ministack/health"),
        ("GET", "/_ministack/ready/../health"),
        ("GET", "/_ministack/lambda-code/{function}"),
        ("GET", "/_aws/execute-api/{api}/v1/executions/none"),
        ("GET", "/{bucket}/x/restapis/{api}/v1/_user_request_/"),
        ("GET", "/_ministack/cfn-response/" + "0" * 32),
        ("DELETE", "/{bucket}/" + KEY),
        ("POST", "/restapis/{api}/v1/_user_request_/feedback"),
        ("GET", "/restapis/{api}/v1/_user_request_/executions/none"),
    ],
)
def test_without_a_signature_nothing_is_to_be_had(world: World, method: str, path: str) -> None:
    path = path.format(
        bucket=world.stack.bucket, api=world.output("ApiId"), function=world.output("SchemaFunctionName")
    )

    assert_refused(ask(world, unsigned(world, method, path)))


def known_pairs(stack: Stack) -> dict[str, Credentials]:
    """Keys that someone could try who has read the emulator's source, or the template."""
    lambdas = stack.client("lambda")
    config = lambdas.get_function_configuration(FunctionName=stack.deployment.resources["SweepFunction"])
    made = hashlib.sha256(f"{config['FunctionArn']}:{config['Role']}".encode()).hexdigest()
    role = Credentials(
        f"ASIA{made[:16].upper()}",
        hashlib.sha256(f"secret:{made}".encode()).hexdigest(),
        hashlib.sha256(f"token:{made}".encode()).hexdigest(),
    )
    ours = stack.emulator.access_key
    return {
        "test/test": Credentials("test", "test"),
        "the account": Credentials(ACCOUNT, "test"),
        "an account": Credentials("123456789012", "test"),
        "a key nobody gave out": Credentials(
            "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        ),
        "our key, another secret": Credentials(ours, "test"),
        "our key, no secret": Credentials(ours, ""),
        "our key and secret, a token": Credentials(ours, stack.emulator.secret_key, "token"),
        "a function's role by the emulator's recipe": role,
    }


WRONG = (
    "test/test", "the account", "an account", "a key nobody gave out", "our key, another secret",
    "our key, no secret", "our key and secret, a token", "a function's role by the emulator's recipe",
)  # fmt: skip


@pytest.mark.parametrize("which", WRONG)
@pytest.mark.parametrize("service", ["secretsmanager", "s3", "execute-api"])
def test_another_key_opens_nothing(world: World, which: str, service: str) -> None:
    pair = known_pairs(world.stack)[which]
    if service == "execute-api":
        url = f"{world.stack.emulator.url}/restapis/{world.output('ApiId')}/v1/_user_request_/executions/none"
        request = AWSRequest("GET", url)
        SigV4Auth(pair, service, REGION).add_auth(request)
    else:
        request = signed(world, pair, service)

    assert_refused(ask(world, request))


class HostNotSigned(SigV4Auth):
    """A signature that holds at any host."""

    @override
    def headers_to_sign(self, request: AWSRequest) -> HTTPMessage:
        headers = super().headers_to_sign(request)
        del headers["host"]
        return headers


def test_another_body_path_time_or_key_than_was_signed_is_refused(world: World, keys: Credentials) -> None:
    assert_refused(ask(world, signed(world, keys), b'{"MaxResults": 100}'))
    put = AWSRequest(
        "PUT", f"{world.stack.emulator.url}/{world.stack.bucket}/incoming/mine.csv", data=b"feedback"
    )
    S3SigV4Auth(keys, "s3", REGION).add_auth(put)
    assert_refused(ask(world, put, b"feedbock"))
    other = signed(world, keys, "s3")
    other.url = str(other.url).replace("private", "other")
    assert_refused(ask(world, other))
    both = signed(world, keys, "s3")
    both.url = f"{both.url}?X-Amz-Credential=test%2F20261128%2F{REGION}%2Fs3%2Faws4_request"
    assert_refused(ask(world, both))
    anywhere = unsigned(world, "POST", "/")
    HostNotSigned(keys, "secretsmanager", REGION).add_auth(anywhere)
    assert_refused(ask(world, anywhere, X_Amz_Target="secretsmanager.ListSecrets"))
    basic = unsigned(world, "GET", f"/{world.stack.bucket}/{KEY}")
    assert_refused(ask(world, basic, Authorization="Basic dGVzdDp0ZXN0"))
    assert_refused(ask(world, basic, Authorization=f"AWS {keys.access_key}:signature"))


@pytest.mark.parametrize("hours", [-1, 1, 24])
def test_an_old_signature_or_one_of_tomorrow_is_refused(
    world: World, keys: Credentials, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, timedelta(hours=hours))

    assert_refused(ask(world, signed(world, keys)))


# --- links


def at(monkeypatch: pytest.MonkeyPatch, later: timedelta) -> None:
    """Signs at another time than now."""
    then = datetime.now(UTC) + later
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: then)


def link(world: World, keys: Credentials, seconds: int = 60, key: str = KEY) -> str:
    """A presigned URL of an object."""
    request = AWSRequest("GET", f"{world.stack.emulator.url}/{world.stack.bucket}/{key}")
    S3SigV4QueryAuth(keys, "s3", REGION, expires=seconds).add_auth(request)
    return str(request.url)


def test_a_presigned_link_is_opened_by_anyone_who_has_it(world: World, keys: Credentials) -> None:
    answer = ask(world, AWSRequest("GET", link(world, keys)))

    assert (answer.status, answer.body.decode()) == (200, TEXT)
    assert ask(world, AWSRequest("GET", link(world, keys)), Origin=EVIL).status == 403


def test_a_presigned_link_of_yesterday_holds_as_long_as_it_says(
    world: World, keys: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, timedelta(days=-1))

    assert ask(world, AWSRequest("GET", link(world, keys, seconds=2 * 86400))).status == 200
    assert_refused(ask(world, AWSRequest("GET", link(world, keys, seconds=3600))))


TAMPERED: dict[str, Callable[[str], str]] = {
    "object": lambda url: url.replace("private", "other"),
    "bucket": lambda url: re.sub(r"(:\d+)/[^/]+/", r"\1/feedback-insights-artifacts/", url),
    "expiry": lambda url: url.replace("X-Amz-Expires=60", "X-Amz-Expires=604800"),
    "no expiry": lambda url: url.replace("&X-Amz-Expires=60", ""),
    "signature": lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
    "no signature": lambda url: url[: url.index("&X-Amz-Signature")],
    "key": lambda url: re.sub("X-Amz-Credential=[^%]+", "X-Amz-Credential=test", url),
    "one parameter more": lambda url: f"{url}&response-content-type=text%2Fhtml",
    "letter case": lambda url: url.replace("X-Amz-", "x-amz-"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_presigned_link_that_was_tampered_with_is_refused(
    world: World, keys: Credentials, what: str
) -> None:
    url = link(world, keys)
    assert TAMPERED[what](url) != url

    assert_refused(ask(world, AWSRequest("GET", TAMPERED[what](url))))


def test_a_link_to_read_does_not_write_and_opens_no_other_service(world: World, keys: Credentials) -> None:
    assert_refused(ask(world, AWSRequest("PUT", link(world, keys)), b"mine"))
    moved = f"{world.stack.emulator.url}/?{urlsplit(link(world, keys)).query}"
    assert_refused(ask(world, AWSRequest("POST", moved), X_Amz_Target="secretsmanager.ListSecrets"))


@pytest.mark.parametrize("pair", [("test", "test"), (ACCOUNT, "test")])
def test_a_link_that_anybody_could_sign_is_refused(world: World, pair: tuple[str, str]) -> None:
    assert_refused(ask(world, AWSRequest("GET", link(world, Credentials(*pair)))))


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


def test_what_was_refused_is_said_without_secrets(stack_home: Home, world: World, keys: Credentials) -> None:
    ask(world, AWSRequest("PUT", link(world, keys)), b"mine")
    log = stack_home.log("aws").read_text(errors="replace")

    assert "refused PUT: " in log
    assert json.dumps(keys.secret_key)[1:-1] not in log
