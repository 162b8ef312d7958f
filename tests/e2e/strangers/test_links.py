"""Presigned links open what they say, to anyone, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.emulator import ACCOUNT
from tests.e2e.strangers.asking import EVIL, KEY, TEXT, ask, assert_refused, at, link
from tests.e2e.world import World


@pytest.fixture(scope="module", autouse=True)
def private(world: World) -> None:
    world.s3.put_object(Bucket=world.stack.bucket, Key=KEY, Body=TEXT)


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
