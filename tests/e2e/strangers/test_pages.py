"""What a page in the user's browser gets of the stack: nothing."""

from __future__ import annotations

import pytest
from botocore.credentials import Credentials

from tests.e2e.strangers.asking import EVIL, KEY, TEXT, ask, assert_refused, signed, unsigned
from tests.e2e.world import World


@pytest.fixture(scope="module", autouse=True)
def private(world: World) -> None:
    world.s3.put_object(Bucket=world.stack.bucket, Key=KEY, Body=TEXT)


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
