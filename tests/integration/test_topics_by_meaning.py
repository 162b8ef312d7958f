"""From a file to categories with the embedded engine, where themes stand only beside what is known."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.categorize.discovery import discover
from shared.model.bedrock import Model
from shared.model.embedding import Embedder
from shared.platform.consumer import Attempt
from shared.platform.received import Received
from tests.integration.categorize_world import (
    TRACKING,
    categories,
    categorize_dependencies,
    counters_equal_rows,
)
from tests.integration.classify_world import DEAR, ID, LATE, World
from tests.integration.model_server import client

KNOWN = [
    LATE,
    "The parcel was supposed to come on Monday and came on Friday.",
    DEAR,
    "Much too expensive, I paid twice as much as elsewhere.",
    "The battery is empty after an hour and does not charge.",
]
WAITING = [
    "There is not a single chair to sit on while you wait at the counter.",
    "Please put some seats near the desk, my grandmother had to stand for an hour.",
    "No bench anywhere, we all had to stand in the queue.",
    "I am on crutches and there was nowhere to sit down.",
    "A few chairs in the waiting area would help people who cannot stand.",
    "Everyone stands, there are no seats for those who wait.",
    "I had to sit on the floor because you have no chairs.",
    "Old people need a seat while they wait, and you have none.",
    "Why are there no benches in the waiting room?",
    "Standing in line for forty minutes without any chair is hard on the knees.",
]
COURSES = [
    "Where do I register my child for the swimming course on Tuesday evening?",
    "Is there a swimming lesson for adults in the morning?",
    "My daughter wants to join the swimming class, is there a place left?",
    "How old must children be for the swimming course?",
    "The swimming lessons are always full, please offer more of them.",
    "Can I book the swimming course for two children at once?",
    "Who teaches the swimming class on Saturday?",
    "I missed a swimming lesson, may I come another day?",
    "Do you offer swimming courses for toddlers?",
    "When does the next swimming course begin?",
]


def discovered(world: World, texts: Sequence[str]) -> dict[str, int]:
    """The new categories, and how many rows speak of each besides their own."""
    world.start_file(len(texts))
    world.handle(world.file_messages(texts))
    url = client(world.server.url)
    deps = categorize_dependencies(world.database, url, minimum_rows=4)
    model = Model(url, deps.settings.model_id)
    deps = replace(deps, model=model, embedder=Embedder(url, deps.settings.embedding_model_id))
    discover(deps, Attempt(lambda: 900.0, Received("m", "")), ID)
    rows = world.query(
        "SELECT category, COUNT(*) AS topics FROM feedback_mentions WHERE position > 1 GROUP BY category"
    )
    new = {each.name for each in categories(world.database).values() if each.origin == "discovered"}
    return {row["category"]: int(row["topics"]) for row in rows if row["category"] in new}


@pytest.mark.parametrize("theme", [COURSES, TRACKING, WAITING], ids=["courses", "tracking", "waiting"])
@pytest.mark.parametrize("form", ["{known} {theme}", "{theme} {known}"])
def test_a_theme_beside_known_topics_is_found(world: World, theme: Sequence[str], form: str) -> None:
    beside = [form.format(known=KNOWN[n % len(KNOWN)], theme=text) for n, text in enumerate(theme)]

    found = discovered(world, [*beside, *KNOWN, *KNOWN])

    (mentions,) = found.values()
    assert mentions >= 4
    assert counters_equal_rows(world.database)
