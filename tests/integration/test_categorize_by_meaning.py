"""Discovery against the real local model server: texts that mean the same and share few words."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from evaluation.model import Models, models
from services.categorize.dependencies import Dependencies
from services.categorize.discovery import discover
from services.categorize.settings import CategorizeSettings
from shared.changes import curation
from shared.platform.consumer import Attempt
from shared.platform.database import Database
from shared.platform.received import Received
from shared.platform.telemetry import Telemetry
from tests.integration.test_categorize import (
    ID,
    add_category,
    categories,
    classified,
    counters_equal_rows,
    find,
    labels,
    rows,
)

PACKAGING = [
    "So much plastic wrapping for one small cable.",
    "Why is a tiny charger sent in a box of this size, full of plastic?",
    "The amount of packaging waste is shameful.",
    "Three layers of plastic and foam around it, all for the bin.",
    "Please use less plastic in your packages.",
    "Excessive packaging, my recycling bin is full from one order.",
    "Box inside a box inside a box. What a waste of cardboard.",
    "Could you pack things in paper instead of plastic foam?",
    "Not happy about all the bubble wrap and plastic bags, bad for the planet.",
    "Wasteful packaging: the box was ten times larger than the item.",
]
TRACKING = [
    "The app wants to know my location all the time, why?",
    "Why do headphones need access to my contacts and position?",
    "The app demands location permission or it does not start.",
    "It collects my data and sends it who knows where.",
    "Privacy nightmare: the app tracks where I am.",
    "I do not want an app that follows my location in the background.",
    "An account with my phone number just to use a speaker? That is spying on customers.",
    "The privacy policy allows them to share my personal data.",
    "App asks for permissions it does not need, such as contacts and location.",
    "I uninstalled the app because it tracks me and my data.",
]
PACKAGING_AGAIN = [
    "So many layers of plastic around a tiny thing.",
    "The box was huge and full of foam.",
    "Too much cardboard and plastic waste with every order.",
    "Why wrap everything in plastic? Paper would do.",
    "Packaging is excessive, bad for the environment.",
    "A whole bin of bubble wrap for one cable.",
    "Less packaging waste please.",
    "Ridiculous amount of plastic packaging.",
    "Everything came wrapped three times in plastic.",
    "The packaging was ten times larger than the product.",
]
ODD = ["Greetings from Ohio.", "My dog is called Rex.", "Blue."]


@pytest.fixture(scope="module")
def server() -> Iterator[Models]:
    with models("amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0") as running:
        yield running


def run(database: Database, server: Models, execution_id: str, **changes: Any) -> None:
    settings = CategorizeSettings(
        model_id=server.label.model_id, embedding_model_id=server.embed.model_id, **changes
    )
    deps = Dependencies(settings, database, server.label, server.embed, Telemetry("test"))
    discover(deps, Attempt(lambda: 900.0, Received("m", "", "")), execution_id)


def test_two_themes_nobody_had_named_become_two_categories(database: Database, server: Models) -> None:
    add_category(database, "Delivery")
    classified(database, ID, PACKAGING + TRACKING + ODD, ["The parcel came two days late."] * 12)
    run(database, server, ID)
    found = [category for category in categories(database).values() if category.origin == "discovered"]
    assert len(found) == 2
    by_text = {row.feedback: str(row.label_final) for row in rows(database)}
    kept = [
        [by_text[text] for text in theme if by_text[text] != "unknown"] for theme in (PACKAGING, TRACKING)
    ]
    for given in kept:
        assert len(given) >= 8
        assert max(map(given.count, given)) >= 0.8 * len(given)
    assert max(kept[0], key=kept[0].count) != max(kept[1], key=kept[1].count)
    assert all(category.description for category in found)
    assert counters_equal_rows(database)
    assert 2 < find(database).usage.calls < len(PACKAGING + TRACKING)


def test_a_theme_that_people_turned_down_does_not_come_back_in_other_words(
    database: Database, server: Models
) -> None:
    late = ["The parcel came two days late."] * 12
    add_category(database, "Delivery")
    classified(database, ID, PACKAGING + TRACKING + ODD, late)
    run(database, server, ID, category_approval="manual")
    proposed = [each for each in categories(database).values() if each.status == "proposed"]
    assert len(proposed) == 2
    for each in proposed:
        database.transact(partial(curation.reject, category_id=each.id))
    before = categories(database)
    classified(database, "next", PACKAGING_AGAIN, late)

    run(database, server, "next")

    assert categories(database) == before
    assert labels(database, "next") == {"unknown": len(PACKAGING_AGAIN), "Delivery": len(late)}
