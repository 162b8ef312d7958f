"""The AWS emulator (MiniStack, guarded) on a loopback port, in an environment without an AWS account."""

import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local import processes
from local.certificate import write_certificate
from local.processes import home_mark, plain_environment, spawn_telling, wait_until
from local.setup import ROOT
from local.state import Emulator

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

REGION = "us-east-1"
ACCOUNT = "000000000000"
PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
USER = "local"


def start(
    folder: Path,
    log: Path,
    model_url: str,
    *,
    port: int | None = None,
    more: Mapping[str, str] | None = None,
) -> Emulator:
    """Starts an empty emulator that takes what keys of its own have signed, and enforces IAM.

    Each function has its role's rights and no more; calls go by TLS, which the template's policies demand.

    Args:
        folder: for its scratch files, cleared first.
        log: where it and the functions write.
        model_url: the endpoint that functions find Bedrock at.
        port: the port it had last time, kept if it is free.
        more: further environment variables, which every function inherits.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    certificate, key = write_certificate(folder)
    root = {"access_key": f"AKIA{secrets.token_hex(8).upper()}", "secret_key": secrets.token_urlsafe(30)}
    environment = plain_environment(
        **_environment(model_url, folder / "tmp"),
        AWS_ACCESS_KEY_ID=root["access_key"],
        AWS_SECRET_ACCESS_KEY=root["secret_key"],
        USE_SSL="1",
        MINISTACK_SSL_CERT=str(certificate),
        MINISTACK_SSL_KEY=str(key),
    )
    told = folder / "port"
    command = [str(PYTHON), *home_mark(folder.parent), "-m", "local.guarded_ministack"]
    command += [str(port or 0), str(told)]
    process = spawn_telling(command, log, environment | dict(more or {}), told)
    emulator = Emulator(process=process, certificate=str(certificate), model_url=model_url, **root)
    wait_until(lambda: answers(emulator), process, log)
    return _as_user(emulator)


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
    """The variables by which an AWS tool reaches the emulator, and nothing but it."""
    return {
        "AWS_CA_BUNDLE": emulator.certificate,
        "AWS_ENDPOINT_URL": emulator.url,
        "AWS_ACCESS_KEY_ID": emulator.access_key,
        "AWS_SECRET_ACCESS_KEY": emulator.secret_key,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        **_NO_ACCOUNT,
    }


_NO_ACCOUNT = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def _environment(model_url: str, scratch: Path) -> dict[str, str]:
    """The emulator's environment. Every function inherits it, so it holds nothing that AWS would not give."""
    return {
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "TMPDIR": str(scratch),
        "AWS_ENDPOINT_URL_BEDROCK": model_url,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model_url,
        # There is no X-Ray daemon here to send traces to.
        "POWERTOOLS_TRACE_DISABLED": "true",
        **_NO_ACCOUNT,
    }


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
