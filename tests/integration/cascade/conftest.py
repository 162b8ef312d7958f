"""Worlds of classify in which neighbours answer."""

import pytest

from services.classify import neighbours
from shared.stores import category_store
from tests.integration.cascade.cascade_world import KNOWN, label, never_audit
from tests.integration.classify_world import ID, World


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few texts are enough to vote."""
    monkeypatch.setattr(neighbours, "FEWEST", len(KNOWN) // 2)


@pytest.fixture
def cascade(world: World, small: None) -> World:
    """A world that has labelled the known texts, and in which nothing is audited by chance."""
    world.settings |= {"cascade": "on"}
    world.start_worker()
    world.database.transact(lambda tx: category_store.next_taxonomy_version(tx, "feedback"))
    never_audit(world)
    label(world, KNOWN, ID)
    return world
