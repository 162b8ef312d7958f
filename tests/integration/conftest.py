"""The local model's server and classify's world; tests of other functions have a `world` of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from shared.platform.database import Database

# Not imported for all tests: `make mutate` runs some of this folder where there is no embedding model.
if TYPE_CHECKING:
    from local.bedrock.server import BedrockServer
    from tests.integration.classify_world import World


@pytest.fixture(scope="session")
def bedrock_server() -> Iterator[BedrockServer]:
    from tests.integration.model_server import local_model

    with local_model() as server:
        yield server


@pytest.fixture
def bedrock(bedrock_server: BedrockServer) -> BedrockServer:
    """The server with the real embedding model; its counts and faults are cleared for each test."""
    from local.bedrock.faults import FaultSettings

    bedrock_server.service.stats.reset()
    bedrock_server.service.faults.put(FaultSettings())
    return bedrock_server


@pytest.fixture
def make_world(database: Database, bedrock: BedrockServer) -> Callable[..., World]:
    """Makes a worker with these settings."""
    from tests.integration.classify_world import World

    def make(**settings: Any) -> World:
        bedrock.service.stats.reset()
        world = World(database, bedrock, settings)
        world.add_categories()
        return world

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()
