"""One busy afternoon on the deployed template, with IAM enforced.

Everything of `afternoon` goes on at once, as it would on AWS; the tests then look at what became of it.
"""

from __future__ import annotations

import gzip

import pytest

from local.stack import Stack
from tests.e2e.afternoon import GERMAN, REFUSED, SAMPLE, SMALL, direct
from tests.e2e.mailbox import Mailbox
from tests.e2e.world import World


@pytest.fixture(scope="session")
def world(stack: Stack) -> World:
    return World(stack)


@pytest.fixture(scope="session")
def mailbox(world: World) -> Mailbox:
    return Mailbox(world)


@pytest.fixture(scope="session")
def afternoon(world: World, mailbox: Mailbox) -> World:
    """A file, more files while it runs, one of them twice, and direct feedback by both ways, all at once."""
    world.listen()
    world.upload("incoming/feedback.csv", SAMPLE.read_bytes())
    world.upload("incoming/small.csv", SMALL)
    for start in (0, 100):
        answer = world.api("POST", "/feedback", [direct(n, "api") for n in range(start, start + 100)])
        assert answer.status == 202, answer.body
    world.upload("incoming/small.csv", SMALL)
    world.send([direct(n, "sqs") for n in range(200)])
    world.send([direct(n, "sqs") for n in range(20)])  # a producer that repeats itself
    world.send(["not even JSON", {"id": "x", "fedback": "typo"}, direct(0, "x") | {"execution_id": "mine"}])
    world.upload(
        "german.csv", gzip.compress(GERMAN.encode("cp1252"))
    )  # at the root, and not as its name says
    for key, (body, _) in REFUSED.items():
        world.upload(key, body)
    return world
