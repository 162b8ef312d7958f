"""Rows by the profile that asked for their topics and attributes."""

import json
from typing import Any

from shared.contracts.attributes import Attribute
from shared.contracts.profiles import ProfileDocument
from shared.stores import profile_store
from tests.integration.classify_world import LATE, World

BOTH = "My parcel arrived three weeks late. The battery is great and lasts for days."
DATED = f"{LATE} I ordered on 2026-03-05 and paid 19.99 EUR."
PRICE = Attribute.model_validate({"name": "paid", "type": "money"})
ORDERED = Attribute.model_validate({"name": "ordered", "type": "date", "description": "when"})


def store(world: World, **fields: Any) -> None:
    document = ProfileDocument.model_validate(fields)
    world.database.transact(lambda tx: profile_store.store(tx, document))


def topics(world: World) -> list[tuple[int, int, str, str]]:
    found = world.query(
        "SELECT f.`row_number` AS number, a.position, a.category, a.sentiment FROM feedback_aspect a"
        " JOIN customer_feedback f ON f.id = a.feedback_id ORDER BY f.`row_number`, a.position"
    )
    return [(row["number"], row["position"], row["category"], row["sentiment"]) for row in found]


def mentions(world: World) -> list[tuple[int, str, str]]:
    found = world.query("SELECT position, category, sentiment FROM feedback_mentions ORDER BY 1, 2")
    return [(row["position"], row["category"], row["sentiment"]) for row in found]


def attributes(world: World) -> list[dict[str, Any]]:
    return [json.loads(row["attributes"] or "{}") for row in world.rows()]
