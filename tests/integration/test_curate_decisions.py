"""Decisions about categories, by upload and by the functions: each once, twice, and taken back."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from shared.changes import curation, lifecycle
from shared.changes.row_batches import NOTHING, Curated
from shared.contracts.taxonomy import CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.stores import category_store, feedback_store
from tests.integration.categorize_world import (
    ID,
    about,
    add_category,
    categories,
    classified,
    labels,
    run,
)
from tests.integration.curate_world import Room
from tests.integration.deciding import (
    BATTERY,
    BEFORE,
    CASES,
    CHARGER,
    KEY,
    agree,
    follow,
    labelled,
    numbers,
    state,
    upload,
)
from tests.unit.categorize.fakes import FakeBedrock


@pytest.fixture
def room(database: Database) -> Iterator[Room]:
    """A completed execution: two themes are proposed, two categories active."""
    add_category(database, "Delivery")
    add_category(database, "Price")
    classified(database, ID, about("battery", 6) + about("charger", 5), about("parcel", 5))
    price = "UPDATE customer_feedback SET label_llm = 'Price' WHERE `row_number` IN (12, 13)"
    database.transact(lambda tx: tx.execute(price))
    run(database, FakeBedrock(), category_approval="manual")
    database.transact(lambda tx: lifecycle.completed(tx, ID))
    assert labels(database) == BEFORE
    with mock_aws():
        yield Room(database)


@pytest.mark.parametrize("decision, after", CASES)
@pytest.mark.parametrize("batch", [5_000, 2])
def test_a_decision_by_upload_is_carried_out_once_and_taken_back(
    room: Room, monkeypatch: pytest.MonkeyPatch, decision: dict[str, Any], after: dict[str, int], batch: int
) -> None:
    monkeypatch.setattr(feedback_store.curate, "BATCH", batch)
    before = state(room)

    told = upload(room, decision)
    follow(room)
    decided = labelled(room), state(room)
    assert decided[0] == after
    assert decided[1] != before
    assert agree(room)
    assert f"{next(iter(decision))} {next(iter(decision.values()))}" in told

    assert "changed nothing" in upload(room, decision)
    assert (labelled(room), state(room)) == decided

    (number,) = numbers(room)
    assert f'{{"undo": {number}}}' in told
    upload(room, {"undo": number})
    follow(room)
    assert (labelled(room), state(room)) == (BEFORE, before)
    assert agree(room)

    assert "changed nothing" in upload(room, {"undo": number})
    assert (labelled(room), state(room)) == (BEFORE, before)

    # AND it can be decided again
    upload(room, decision)
    follow(room)
    assert (labelled(room), state(room)) == decided
    assert agree(room)


Call = Callable[[Transaction, dict[str, int]], Curated]
CALLS: dict[str, Call] = {
    "approve": lambda tx, ids: curation.approve(tx, ids[BATTERY]),
    "reject": lambda tx, ids: curation.reject(tx, ids[BATTERY]),
    "rename": lambda tx, ids: curation.rename(tx, ids["Delivery"], NewCategory(name="Late parcels")),
    "merge": lambda tx, ids: curation.merge(tx, ids["Price"], ids["Delivery"]),
    "retire": lambda tx, ids: curation.retire(tx, ids["Delivery"], ask_again=False),
    "retire and ask again": lambda tx, ids: curation.retire(tx, ids["Delivery"]),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_function_called_twice_changes_once_and_its_undo_too(room: Room, call: Call) -> None:
    ids = {name: category.id for name, category in categories(room.database).items()}
    before = state(room)
    curated = room.database.transact(lambda tx: call(tx, ids))
    decided = labelled(room), state(room)
    assert curated.curation_id is not None
    number = curated.curation_id

    assert room.database.transact(lambda tx: call(tx, ids)) == NOTHING
    assert (labelled(room), state(room)) == decided
    assert agree(room)

    assert room.database.transact(lambda tx: curation.undo(tx, number)).rows == curated.rows
    assert room.database.transact(lambda tx: curation.undo(tx, number)) == NOTHING
    assert (labelled(room), state(room)) == (BEFORE, before)
    assert agree(room)


def test_several_decisions_are_carried_out_in_their_order(room: Room) -> None:
    told = upload(
        room,
        {"approve": BATTERY},
        {"rename": BATTERY, "to": "Battery wear", "description": "It lasts less and less."},
        {"merge": "Price", "into": "battery WEAR"},
        {"reject": CHARGER},
    )

    assert labelled(room) == {"Battery wear": 8, "unknown": 5, "Delivery": 3}
    assert categories(room.database)["Battery wear"].description == "It lasts less and less."
    assert state(room)[CHARGER] == "retired"
    assert "4 decisions" in room.notices[-1].subject
    assert f"approve {BATTERY}: 6 rows" in told
    assert agree(room)

    # AND all of them can be taken back by what people were told to upload
    upload(
        room, *json.loads(told[told.index('{"decisions"') : told.index(" in the same folder")])["decisions"]
    )
    assert labelled(room) == BEFORE
    assert state(room) == {BATTERY: "proposed", CHARGER: "proposed", "Delivery": "active", "Price": "active"}
    assert agree(room)


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"approve": "Nobody's"}, "Decision 2: profile 'feedback' has no category \"Nobody's\""),
        ({"approve": "Old"}, "Decision 2: 'Old' is not proposed but retired"),
        ({"reject": "Delivery"}, "retire it instead"),
        ({"rename": "Price", "to": "délivery"}, "called 'Delivery' already: merge"),
        ({"rename": "Nobody's", "to": "New"}, 'has no category "Nobody\'s"'),
        ({"merge": "Price", "into": CHARGER}, "is not active but proposed"),
        ({"merge": "Price", "into": "Price"}, "another one of its own profile"),
        ({"undo": 4711}, "there is no decision 4711"),
        ({"undo": "Price"}, "- decision 2: undo"),
        ({"rename": "Price"}, "- decision 2: to: Field required"),
        ({"rename": "Price", "to": ""}, "- decision 2: to"),
        ({"rename": "Price", "to": "unknown"}, "'unknown' is the answer"),
        ({"retire": "Price", "approve": "Price"}, "- decision 2: it is not one of approve, reject"),
        ("Price", "- decision 2: it is not one of"),
        ({"aprove": "Price"}, "- decision 2: it is not one of"),
    ],
)
def test_of_decisions_with_anything_wrong_none_is_carried_out(room: Room, wrong: Any, told: str) -> None:
    add_category(room.database, "Old", CategoryStatus.RETIRED)
    before = state(room)

    said = upload(room, {"approve": BATTERY}, wrong)

    assert room.notices[-1].subject == f"Upload not taken: {KEY}"
    assert told in said
    assert (labelled(room), state(room), numbers(room)) == (BEFORE, before, [])
    assert agree(room)


@pytest.mark.parametrize("document", [{"decisions": []}, {"decisions": {"approve": BATTERY}}])
def test_a_file_without_a_decision_is_refused(room: Room, document: Any) -> None:
    room.upload(json.dumps(document), key=KEY)
    assert "There is no decision in it" in room.notices[-1].text


def test_decisions_of_another_profile_are_not_taken_back_from_here(room: Room) -> None:
    upload(room, {"approve": BATTERY})
    (number,) = numbers(room)
    assert "there is no decision" in upload(room, {"undo": number}, key="categories/returns/undo.json")
    assert numbers(room) == [number]


def test_a_rejected_proposal_stays_away_under_its_name_and_is_shown_to_the_next_run(room: Room) -> None:
    upload(room, {"reject": BATTERY})
    shown: list[list[str]] = []

    def judge(texts: list[str], names: list[str]) -> Any:
        shown.append(names)
        return FakeBedrock().judge(texts, names)

    classified(room.database, "next", about("battery", 7))
    run(room.database, FakeBedrock(judge), "next", category_approval="manual")

    assert any(BATTERY in names for names in shown)
    assert state(room)[BATTERY] == "retired"
    assert labels(room.database, "next") == {"unknown": 7}


def test_a_list_that_approves_and_retires_says_how_to_take_it_back(room: Room) -> None:
    room.upload(json.dumps(["Price", BATTERY]), key="categories/list.json")
    told = room.notices[-1].text
    assert labelled(room) == {BATTERY: 6, "unknown": 5, "Price": 2, "waiting": 3}
    undo = json.loads(told[told.index('{"decisions"') : told.index(" in the same folder")])

    room.upload(json.dumps(undo), key=KEY)

    assert labelled(room) == BEFORE
    assert agree(room)


def test_the_taxonomy_is_another_after_each_decision(room: Room) -> None:
    def version() -> int:
        return room.database.transact(lambda tx: category_store.taxonomy(tx, "feedback")).taxonomy_version

    first = version()
    upload(room, {"approve": BATTERY})
    second = version()
    upload(room, {"approve": BATTERY})
    assert first < second == version()


@pytest.mark.parametrize(
    "decision, status",
    [
        pytest.param({"retire": "Unknown?"}, "retired", id="retire"),
        pytest.param({"merge": "Unknown?", "into": "Delivery"}, "retired", id="merge"),
        pytest.param({"rename": "Unknown?", "to": "Said too little"}, None, id="rename"),
    ],
)
def test_a_category_that_could_not_be_named_so_today_can_be_decided_about(
    room: Room, decision: Any, status: str | None
) -> None:
    update = "UPDATE customer_feedback_category SET name = 'Unknown?' WHERE name = 'Price'"
    room.database.transact(lambda tx: tx.execute(update))
    upload(room, decision)
    assert state(room).get("Unknown?") == status
    assert "cannot name one" in upload(room, {"rename": "Delivery", "to": "(unknown)"})
