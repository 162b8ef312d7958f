"""Requests of whoever knows the stack's ports, with a signature or without."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.request import Request

import botocore.auth
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.emulator import REGION
from tests.e2e.world import Answer, World, fetch

KEY = "incoming/private.csv.txt"
TEXT = "feedback\nNobody else is to read this.\n"
EVIL = "https://evil.example"


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


def at(monkeypatch: pytest.MonkeyPatch, later: timedelta) -> None:
    """Signs at another time than now."""
    then = datetime.now(UTC) + later
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: then)


def link(world: World, keys: Credentials, seconds: int = 60, key: str = KEY) -> str:
    """A presigned URL of an object."""
    request = AWSRequest("GET", f"{world.stack.emulator.url}/{world.stack.bucket}/{key}")
    S3SigV4QueryAuth(keys, "s3", REGION, expires=seconds).add_auth(request)
    return str(request.url)
