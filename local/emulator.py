"""The AWS emulator (MiniStack) on a loopback port, in an environment that no real AWS account leaks into."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local import processes
from local.certificate import write_certificate
from local.processes import free_port, home_mark, plain_environment, spawn, wait_until
from local.setup import ROOT
from local.state import Emulator

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

REGION = "us-east-1"
ACCOUNT = "000000000000"
PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
# The emulator's built-in root credentials; it knows no other before IAM users are made.
ROOT_KEY = "test"
USER = "local"


def start(
    folder: Path,
    log: Path,
    model_url: str,
    *,
    auth: bool,
    port: int | None = None,
    more: Mapping[str, str] | None = None,
) -> Emulator:
    """Starts an empty emulator.

    Args:
        folder: for its scratch files, cleared first.
        log: where it and the functions write.
        model_url: the endpoint that functions find Bedrock at.
        auth: whether IAM is enforced: each function then has its role's rights and no more, and every
            call goes by TLS, which the resources' policies demand.
        port: the port it had last time, kept if it is free.
        more: further environment variables, which every function inherits.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    port = free_port(port)
    environment = _environment(port, model_url, folder / "tmp", auth=auth) | dict(more or {})
    certificate = None
    if auth:
        certificate, key = write_certificate(folder)
        environment |= {"USE_SSL": "1", "MINISTACK_SSL_CERT": str(certificate), "MINISTACK_SSL_KEY": str(key)}
    process = spawn([str(PYTHON), *home_mark(folder.parent), "-m", "ministack"], log, environment, port)
    emulator = Emulator(
        process=process,
        auth=auth,
        certificate=str(certificate) if certificate else None,
        model_url=model_url,
        access_key=ROOT_KEY,
        secret_key=ROOT_KEY,
    )
    wait_until(lambda: answers(emulator), process, log)
    return _as_user(emulator) if auth else emulator


def answers(emulator: Emulator) -> bool:
    """Whether the emulator is ready."""
    return processes.answers(f"{emulator.url}/_ministack/ready", emulator.certificate)


def client(emulator: Emulator, service: str) -> Any:
    """A boto3 client of the emulator, or (for `bedrock-runtime`) of the local model."""
    make: Callable[..., Any] = boto3.client  # its own types know only services named literally
    return make(
        service,
        region_name=REGION,
        endpoint_url=emulator.model_url if service == "bedrock-runtime" else emulator.url,
        aws_access_key_id=emulator.access_key,
        aws_secret_access_key=emulator.secret_key,
        verify=emulator.certificate,
        config=Config(retries={"total_max_attempts": 3}, s3={"addressing_style": "path"}),
    )


def aws_environment(emulator: Emulator) -> dict[str, str]:
    """The environment by which an AWS tool reaches the emulator, and nothing but it."""
    trusted = {"AWS_CA_BUNDLE": emulator.certificate} if emulator.certificate else {}
    return plain_environment(
        **trusted,
        AWS_ENDPOINT_URL=emulator.url,
        AWS_ACCESS_KEY_ID=emulator.access_key,
        AWS_SECRET_ACCESS_KEY=emulator.secret_key,
        AWS_DEFAULT_REGION=REGION,
        AWS_REGION=REGION,
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        AWS_EC2_METADATA_DISABLED="true",
    )


def _environment(port: int, model_url: str, scratch: Path, *, auth: bool) -> dict[str, str]:
    """The emulator's environment. Every function inherits it, so it holds nothing that AWS would not give."""
    return plain_environment(
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        AUTH="true" if auth else "false",
        MINISTACK_REGION=REGION,
        MINISTACK_ACCOUNT_ID=ACCOUNT,
        TMPDIR=str(scratch),
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME=model_url,
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        AWS_EC2_METADATA_DISABLED="true",
        # There is no X-Ray daemon here to send traces to.
        POWERTOOLS_TRACE_DISABLED="true",
    )


def _as_user(emulator: Emulator) -> Emulator:
    """The same emulator for an IAM user who may do all: its calls are checked by IAM, root's are not."""
    iam: IAMClient = client(emulator, "iam")
    iam.create_user(UserName=USER)
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName=USER, PolicyName="everything", PolicyDocument=json.dumps(allowed))
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    return emulator.model_copy(
        update={"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
    )
