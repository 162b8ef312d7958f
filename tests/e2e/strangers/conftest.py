"""A deployed stack with a file that nobody else is to read."""

from __future__ import annotations

import pytest
from botocore.credentials import Credentials

from local.stack import Stack
from tests.e2e.strangers.asking import KEY, TEXT
from tests.e2e.world import World


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    return World(stack)


@pytest.fixture(scope="module")
def keys(stack: Stack) -> Credentials:
    return Credentials(stack.emulator.access_key, stack.emulator.secret_key)


@pytest.fixture(scope="module", autouse=True)
def private(world: World) -> None:
    world.s3.put_object(Bucket=world.stack.bucket, Key=KEY, Body=TEXT)
