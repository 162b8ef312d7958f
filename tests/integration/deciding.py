"""Decisions about categories by upload, and what has changed then."""

import json
from collections import Counter
from typing import Any

import pytest

from shared.platform.database import Transaction
from tests.integration.categorize_world import (
    categories,
    counters_equal_rows,
    find,
    rows,
)
from tests.integration.curate_world import Room
from tests.integration.sweep_world import World as Sweeper

BATTERY, CHARGER = "Battery breaks early", "Charger breaks early"
BEFORE = {"unknown": 11, "Delivery": 3, "Price": 2}
KEY = "categories/decisions.json"


def upload(room: Room, *decisions: Any, key: str = KEY) -> str:
    """What people are told."""
    room.upload(json.dumps({"decisions": decisions}), key=key)
    return room.notices[-1].text


def state(room: Room) -> dict[str, str]:
    return {name: category.status.value for name, category in categories(room.database).items()}


def numbers(room: Room) -> list[int]:
    """Of all decisions that are not undone, the last one first."""

    def read(tx: Transaction) -> list[int]:
        tx.execute("SELECT id FROM curation WHERE undone_time IS NULL ORDER BY id DESC")
        return [row["id"] for row in tx.fetchall()]

    return room.database.transact(read)


def agree(room: Room) -> bool:
    return counters_equal_rows(room.database) and find(room.database).parked == sum(
        row.status == "parked" for row in rows(room.database)
    )


CASES = [
    pytest.param({"approve": BATTERY}, {BATTERY: 6, "unknown": 5, "Delivery": 3, "Price": 2}, id="approve"),
    pytest.param({"reject": BATTERY}, BEFORE, id="reject"),
    pytest.param(
        {"rename": "Delivery", "to": "Late parcels"},
        {"unknown": 11, "Late parcels": 3, "Price": 2},
        id="rename",
    ),
    pytest.param({"merge": "Price", "into": "Delivery"}, {"unknown": 11, "Delivery": 5}, id="merge"),
    pytest.param(
        {"merge": BATTERY, "into": "Delivery"},
        {"unknown": 5, "Delivery": 9, "Price": 2},
        id="merge a proposal",
    ),
    pytest.param(
        {"retire": "Delivery", "ask_again": False}, {"unknown": 14, "Price": 2}, id="retire to unknown"
    ),
    pytest.param(
        {"retire": "Delivery"}, {"unknown": 11, "Price": 2, "waiting": 3}, id="retire and ask again"
    ),
]


def labelled(room: Room) -> dict[str, int]:
    """Rows by final label; those that wait to be asked again have none for now."""
    found = Counter(
        "waiting" if row.status == "parked" else str(row.label_final) for row in rows(room.database)
    )
    return dict(found)


def follow(room: Room) -> None:
    """The sweeper's part: rows follow the decisions to the last one."""
    while Sweeper(room.database).sweep().figures["curated"]:
        pass
