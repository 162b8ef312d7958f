"""What whoever knows the ports but no key gets of the stack: nothing.

Each attack starts from a request that works, so that what is refused is the attack and not a mistake."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import sys
from datetime import timedelta
from http.client import HTTPMessage

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from typing_extensions import override

from local.emulator import ACCOUNT, REGION
from local.stack import Stack
from local.state import Home
from tests.e2e.strangers.asking import KEY, TEXT, ask, assert_refused, at, link, signed, unsigned
from tests.e2e.world import World


@pytest.fixture(scope="module", autouse=True)
def private(world: World) -> None:
    world.s3.put_object(Bucket=world.stack.bucket, Key=KEY, Body=TEXT)


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


# --- the database, and every port


def test_what_was_refused_is_said_without_secrets(stack_home: Home, world: World, keys: Credentials) -> None:
    ask(world, AWSRequest("PUT", link(world, keys)), b"mine")
    log = stack_home.log("aws").read_text(errors="replace")

    assert "refused PUT: " in log
    assert json.dumps(keys.secret_key)[1:-1] not in log
