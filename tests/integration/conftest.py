"""The model's server and classify's world; tests of other functions have a `world` of their own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.bedrock.engine import load_engine
from local.bedrock.faults import FaultSettings
from local.bedrock.server import BedrockServer
from local.bedrock.service import BedrockService
from local.bedrock.settings import EngineSettings
from shared.platform.database import Database
from tests.integration.classify_world import World, serving


@pytest.fixture(scope="session")
def bedrock_server() -> Iterator[BedrockServer]:
    with serving(BedrockService(load_engine(EngineSettings()))) as server:
        yield server


@pytest.fixture
def bedrock(bedrock_server: BedrockServer) -> BedrockServer:
    """The server with its real embedding model, which nobody has called and nothing ails yet."""
    bedrock_server.service.stats.reset()
    bedrock_server.service.faults.put(FaultSettings())
    return bedrock_server


@pytest.fixture
def make_world(database: Database, bedrock: BedrockServer) -> Callable[..., World]:
    """Makes a worker with these settings."""

    def make(**settings: Any) -> World:
        bedrock.service.stats.reset()
        world = World(database, bedrock, settings)
        world.add_categories()
        return world

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()
