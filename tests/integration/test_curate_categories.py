"""Category lists by upload, with a real database and S3 by moto."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.changes import curation, lifecycle
from shared.contracts.events import Counts
from shared.contracts.taxonomy import Category, CategoryOrigin
from shared.platform.database import Database
from shared.stores import category_store, feedback_store
from tests.integration.curate_world import Room, room_with
from tests.integration.notify_case import ID, an_outcome, categorized, find
from tests.integration.reading import decisions

KEY = "categories/list.json"


@pytest.fixture
def room(database: Database) -> Iterator[Room]:
    statuses = {"Delivery": "active", "Price": "active", "Old": "retired", "Found": "proposed"}
    with room_with(database, statuses) as room:
        database.transact(lambda tx: category_store.next_taxonomy_version(tx, "feedback"))
        yield room


def upload(room: Room, document: Any, key: str = KEY) -> None:
    room.upload(document if isinstance(document, str | bytes) else json.dumps(document), key=key)


def stored(room: Room, profile: str = "feedback") -> dict[str, Category]:
    return {c.name: c for c in room.database.transact(lambda tx: category_store.categories(tx, profile))}


def statuses(room: Room) -> dict[str, str]:
    return {name: category.status.value for name, category in stored(room).items()}


def version(room: Room) -> int:
    return room.database.transact(lambda tx: category_store.taxonomy(tx, "feedback")).taxonomy_version


def test_a_list_adds_retires_describes_and_brings_back(room: Room) -> None:
    ids = {name: category.id for name, category in stored(room).items()}

    upload(
        room,
        [
            {"name": "delivery", "description": "The parcel."},
            {"name": "Old", "description": "Back again."},
            {"name": "Privacy", "description": "Who sees the data."},
        ],
    )

    assert statuses(room) == {
        "Delivery": "active",
        "Price": "retired",
        "Old": "active",
        "Found": "proposed",
        "Privacy": "active",
    }
    after = stored(room)
    assert after["Delivery"].description == "The parcel."
    assert after["Old"].description == "Back again."
    assert {name: after[name].id for name in ids} == ids
    assert after["Privacy"].origin is CategoryOrigin.MANUAL
    assert version(room) > 1
    message = room.notices[0].text
    for told in (
        "Added:\n  Privacy",
        "Active again:\n  Old",
        "Described anew:\n  Delivery",
        "given no more):\n  Price",
    ):
        assert told in message
    assert "waiting for a decision:\n  Found" in message


def test_the_same_list_again_changes_nothing(room: Room) -> None:
    upload(room, ["Delivery", "Privacy"])
    before = version(room)

    upload(room, ["Delivery", "Privacy"])

    assert version(room) == before
    assert "changed nothing" in room.notices[1].text


@pytest.mark.parametrize(
    "document",
    [
        {"1": "Delivery", "2": "Price"},
        ["Delivery", "Price"],
        {"categories": [{"name": "Delivery"}, {"name": "Price"}]},
        {"categories": {"1": "Delivery", "2": "Price"}},
        {"1": {"name": "Delivery"}, "2": {"name": "Price"}},
    ],
)
def test_a_list_of_bare_names_keeps_the_descriptions(room: Room, document: Any) -> None:
    upload(room, document)

    assert stored(room)["Delivery"].description == "About Delivery."
    assert "changed nothing" in room.notices[0].text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_list_is_read_however_it_was_saved(room: Room, encoding: str) -> None:
    upload(room, '{"1": "Größe"}'.encode(encoding))

    assert statuses(room)["Größe"] == "active"


def test_a_list_of_another_profile_makes_that_profile(room: Room) -> None:
    upload(room, ["Login"], key="categories/it-tickets/list.json")

    assert list(stored(room, "it-tickets")) == ["Login"]
    assert statuses(room)["Delivery"] == "active"


def test_a_listed_proposal_is_approved_and_its_rows_get_it(room: Room) -> None:
    categorized(room.database, [an_outcome(1, "unknown")])
    row = room.rows()[1]["id"]
    room.database.transact(lambda tx: feedback_store.discovered.attach(tx, stored(room)["Found"].id, [row]))

    upload(room, ["Delivery", "Price", {"name": "Found", "description": "Better said."}])

    assert statuses(room)["Found"] == "active"
    assert stored(room)["Found"].description == "Better said."
    assert (room.rows()[1]["label_final"], room.rows()[1]["status"]) == ("Found", "labelled")
    assert "Approved:\n  Found" in room.notices[0].text


def test_rows_of_a_category_that_the_list_retires_are_asked_again(room: Room) -> None:
    categorized(room.database, [an_outcome(1), an_outcome(2, "unknown")])
    room.database.transact(lambda tx: lifecycle.completed(tx, ID))
    assert room.rows()[1]["label_final"] == "Delivery"

    upload(room, ["Price"])

    assert [room.rows()[n]["status"] for n in (1, 2)] == ["parked", "unknown"]
    assert find(room.database).counts == Counts(rows_read=2, accepted=2, unknown=1, parked=1)
    assert [each["execution_id"] for each in room.events("ExecutionRevised")] == [ID]
    assert "1 row of retired categories will be labelled anew" in room.notices[0].text

    # AND what was retired can be taken back, as any decision can
    [retired] = room.database.transact(decisions)
    room.database.transact(lambda tx: curation.undo(tx, retired.id))
    assert statuses(room)["Delivery"] == "active"
    assert room.rows()[1]["label_final"] == "Delivery"


@pytest.mark.parametrize(
    "document, told",
    [
        ("not json", "is not JSON"),
        ('{"1": "A", "1": "B"}', "stands in one object of the JSON twice"),
        ("[" * 100_000, "nested too deeply"),
        ("42", "neither a list nor an object"),
        ([], "The list is empty"),
        ({"name": "A", "description": "b"}, "one category and not a list"),
        (["A", " a "], "are one name"),
        (["Cafe", "Café"], "are one name"),
        (["Caf\u00e9", "Cafe\u0301"], "are one name"),
        (["Straße", "STRASSE"], "are one name"),
        (["Price", "Ｐｒｉｃｅ"], "are one name"),
        (["İade", "iade"], "are one name"),
        # What only the database takes for one: it knows no emoji apart.
        (["Delivery", "Smile \U0001f642", "Smile \U0001f621"], "too like another category's name"),
        (["A", "\u200b\u2060"], "- entry 2: name: a name needs a character that can be seen"),
        (["A", None], "- entry 2"),
        (["A", {"description": "nameless"}], "- entry 2: name: Field required"),
        ([{"name": f"c {n}", "description": "long " * 100} for n in range(300)], "shorten the descriptions"),
        (["A", ""], "- entry 2: name"),
        (["A", "Unknown"], "- entry 2: name: 'unknown' is the answer"),
        ([{"name": "A", "descripton": "typo"}], "- entry 1: descripton: Extra inputs are not permitted"),
        (["x" * 201], "- entry 1: name"),
        ([["A"]], "- entry 1:"),
        ([f"category {n}" for n in range(501)], "more than 500"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\2\3\4\5\6\7", "no text"),
        (" " * (2 * 1024 * 1024 + 1), "too large"),
    ],
)
def test_a_list_with_anything_wrong_changes_nothing(room: Room, document: Any, told: str) -> None:
    before = stored(room)

    upload(room, document)

    assert stored(room) == before
    assert room.notices[0].subject == f"Upload not taken: {KEY}"
    assert told in room.notices[0].text


@pytest.mark.parametrize(
    "key", ["categories/a/b/c.json", "categories/list.txt", "categories/Bad Name/list.json"]
)
def test_a_list_in_a_place_that_nobody_expects_is_told(room: Room, key: str) -> None:
    upload(room, ["A"], key=key)

    assert room.notices[0].subject == f"Upload not taken: {key}"
