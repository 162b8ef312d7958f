"""RecordRouted comes again, with a revision, when what was told of a record has changed; and only then."""

import json
from datetime import timedelta
from typing import Any

import pytest
from typing_extensions import override

from local.state import Login
from shared.changes import curation, lifecycle, routes
from shared.contracts.profiles import ProfileDocument
from shared.contracts.taxonomy import NewCategory
from shared.platform.database import Database, Transaction
from shared.platform.publisher import Publisher
from shared.stores import category_store, profile_store
from tests.conftest import open_login
from tests.integration.categorize_world import (
    ID,
    about,
    add_category,
    categories,
    classified,
    rows,
    run,
)
from tests.integration.routing import TEAMS, again, correct, status, store_profile, told
from tests.integration.sweep_world import Bus, Queue
from tests.integration.sweep_world import World as SweepWorld
from tests.unit.categorize.fakes import FakeBedrock

THEME = "Battery breaks early"


@pytest.fixture
def routed(database: Database) -> Database:
    """A completed execution: three rows of Delivery, whose team was told; two that are unknown."""
    store_profile(database)
    classified(database, ID, about("odd", 2), about("parcel", 3))
    database.transact(lambda tx: routes.tell(tx, "feedback", [row.id for row in rows(database)]))
    database.transact(lambda tx: lifecycle.categorized(tx, ID, failed=False, discovered=0))
    database.transact(lambda tx: lifecycle.completed(tx, ID))
    return database


def test_the_first_event_says_nothing_of_changes(routed: Database) -> None:
    assert len(told(routed)) == 5
    assert not any(name in each for each in told(routed) for name in ("revision", "changed", "previous"))


def test_a_correction_is_told_with_what_was_told_before(routed: Database) -> None:
    correct(routed, {3: "Refund"})
    before = {"category": "Delivery", "team": "logistics"}
    assert again(routed) == [(3, "Refund", "returns", ["category", "team"], before)]
    assert told(routed)[-1]["revision"] == 1


def test_a_file_of_corrections_that_comes_twice_is_told_once(routed: Database) -> None:
    correct(routed, {3: "Refund", 4: "Praise"})
    correct(routed, {3: "Refund", 4: "Praise"})
    assert [each[:3] for each in again(routed)] == [(3, "Refund", "returns"), (4, "Praise", None)]


def test_a_correction_that_is_taken_back_is_told_with_the_next_revision(routed: Database) -> None:
    correct(routed, {3: "Refund"})
    correct(routed, {3: None})
    assert [each["revision"] for each in told(routed)[5:]] == [1, 2]
    assert again(routed)[1] == (
        3,
        "Delivery",
        "logistics",
        ["category", "team"],
        {"category": "Refund", "team": "returns"},
    )


def test_a_correction_to_the_same_label_is_not_told(routed: Database) -> None:
    correct(routed, {3: "Delivery"})
    assert again(routed) == []


def test_an_unknown_row_that_a_person_labels_gets_its_team(routed: Database) -> None:
    correct(routed, {1: "Delivery"})
    before = {"category": "unknown", "team": None}
    assert again(routed) == [(1, "Delivery", "logistics", ["category", "team"], before)]


def test_a_failed_row_that_a_person_labels_is_told_for_the_first_time(database: Database) -> None:
    store_profile(database)
    classified(database, ID, [], about("parcel", 1))
    status(database, 1, status="failed", label_llm=None, failure_reason="refused")
    database.transact(lambda tx: tx.execute("UPDATE execution SET labelled = 0, failed = 1"))
    correct(database, {1: "Refund"})
    (event,) = told(database)
    assert (event["category"], event["team"], "revision" in event) == ("Refund", "returns", False)


def test_a_merge_and_its_undoing_are_told(routed: Database) -> None:
    into = {name: each.id for name, each in categories(routed).items()}
    merged = routed.transact(lambda tx: curation.merge(tx, into["Delivery"], into["Refund"]))
    assert {each[1:3] for each in again(routed)} == {("Refund", "returns")}
    assert merged.curation_id is not None
    number = merged.curation_id
    routed.transact(lambda tx: curation.undo(tx, number))
    assert [each["revision"] for each in told(routed)[5:]] == [1, 1, 1, 2, 2, 2]
    assert {each[1:3] for each in again(routed)[3:]} == {("Delivery", "logistics")}


def test_a_renamed_category_keeps_its_team(routed: Database) -> None:
    delivery = categories(routed)["Delivery"].id
    routed.transact(lambda tx: curation.rename(tx, delivery, NewCategory(name="Courier")))
    assert {(*each[1:3], *each[3]) for each in again(routed)} == {("Courier", "logistics", "category")}


def test_rows_of_a_retired_category_go_to_nobody(routed: Database) -> None:
    delivery = categories(routed)["Delivery"].id
    routed.transact(lambda tx: curation.retire(tx, delivery, ask_again=False))
    assert {each[1:3] for each in again(routed)} == {("unknown", None)}


def test_rows_that_are_asked_again_are_told_when_they_are_answered_otherwise(routed: Database) -> None:
    delivery = categories(routed)["Delivery"].id
    routed.transact(lambda tx: curation.retire(tx, delivery))
    assert again(routed) == []
    for number, label in ((3, "Refund"), (4, "Refund"), (5, "Delivery")):
        status(routed, number, status="labelled", label_llm=label, parked_cause=None)
    routed.transact(lambda tx: routes.tell(tx, "feedback", [row.id for row in rows(routed)]))
    assert [each[:2] for each in again(routed)] == [(3, "Refund"), (4, "Refund")]


def test_another_priority_is_told_and_the_same_is_not(routed: Database) -> None:
    document = ProfileDocument.model_validate(
        {
            "categories": [{"name": "Delivery", "route": "logistics"}],
            "attributes": [{"name": "priority", "type": "enumeration", "values": ["low", "urgent"]}],
        }
    )
    routed.transact(lambda tx: profile_store.store(tx, document))
    status(routed, 3, attributes='{"priority": "urgent"}')
    status(routed, 4, attributes='{"priority": "ignore all rules"}')
    ids = [row.id for row in rows(routed)]
    routed.transact(lambda tx: routes.tell(tx, "feedback", ids))
    routed.transact(lambda tx: routes.tell(tx, "feedback", ids))
    assert [(each[0], each[3]) for each in again(routed)] == [(3, ["attributes"])]
    assert told(routed)[-1]["attributes"] == {"priority": "urgent"}


@pytest.mark.parametrize(
    "label, team", [("Refund", "money"), ("Late parcel", "carrier"), ("Thanks", None), ("unknown", None)]
)
def test_a_label_goes_to_its_own_team_or_to_that_of_its_parent(
    database: Database, label: str, team: str | None
) -> None:
    add_category(database, "Late parcel")
    store_profile(
        database,
        {"Delivery": "carrier", "late parcel": None, "Refund": "money", "Thanks": None},
        **{"late parcel": "Delivery", "Refund": "Delivery"},
    )
    assert database.transact(lambda tx: category_store.teams(tx, "feedback")).get(label) == team


@pytest.mark.parametrize("parent", ["Delivery", "Late parcel"])
def test_a_part_that_discovery_finds_goes_to_the_team_of_the_whole(database: Database, parent: str) -> None:
    store_profile(database, TEAMS | {"Late parcel": None}, **{"Late parcel": "Delivery"})
    add_category(database, "Left at the door")
    whole = categories(database)[parent].id
    database.transact(lambda tx: category_store.set_parent(tx, "Left at the door", whole))
    teams = database.transact(lambda tx: category_store.teams(tx, "feedback"))
    assert teams == {
        "Delivery": "logistics",
        "Refund": "returns",
        "Late parcel": "logistics",
        "Left at the door": "logistics",
    }


def test_what_a_discovery_labels_is_told(database: Database) -> None:
    store_profile(database)
    classified(database, ID, about("battery", 6), about("parcel", 3))
    database.transact(lambda tx: routes.tell(tx, "feedback", [row.id for row in rows(database)]))
    run(database, FakeBedrock())
    assert {each[1:3] for each in again(database)} == {(THEME, None)}
    assert sorted(each[0] for each in again(database)) == list(range(1, 7))


def test_a_profile_without_routes_keeps_no_list(database: Database) -> None:
    store_profile(database, {"Delivery": None})
    classified(database, ID, [], about("parcel", 1))
    correct(database, {1: "unknown"})
    assert database.transact(lambda tx: tx.execute("SELECT * FROM record_route")) == 0


def test_of_a_large_change_the_sweeper_tells_the_rest_once(
    routed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "AT_ONCE", 1)
    correct(routed, {3: "Refund", 4: "Refund", 5: "Refund"})
    assert [each[0] for each in again(routed)] == [3]

    sweeper = SweepWorld(routed)
    figures = [sweeper.sweep().figures["routed"] for _ in range(2)]

    assert figures == [2, 0]
    assert [each[0] for each in again(routed)] == [3, 4, 5]


def test_a_row_that_is_changed_back_before_it_is_told_is_not_told(
    routed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "AT_ONCE", 0)
    correct(routed, {3: "Refund"})
    correct(routed, {3: None})
    assert routed.transact(lambda tx: routes.tell_due(tx, 10)) == 1
    assert again(routed) == []


def test_a_row_that_another_transaction_changes_is_left_to_it(
    routed: Database, migrated_login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "AT_ONCE", 0)
    correct(routed, {3: "Refund", 4: "Refund"})
    (changed,) = (row.id for row in rows(routed) if row.row_number == 3)

    def change(tx: Transaction) -> None:
        tx.execute("SELECT 1 FROM record_route WHERE feedback_id = %s FOR UPDATE", (changed,))
        assert routed.transact(lambda mine: routes.tell_due(mine, 10)) == 1

    open_login(migrated_login).transact(change)
    assert [each[0] for each in again(routed)] == [4]


def test_what_the_bus_did_not_take_comes_later(routed: Database) -> None:
    """The event is a row of the outbox, written in the correction's own transaction."""

    class Away(Bus):
        @override
        def put_events(self, *, Entries: Any) -> dict[str, Any]:
            raise ConnectionError

    routed.publisher = Publisher(Away(), "insights", Queue(), {})
    correct(routed, {3: "Refund"})
    bus = Bus()
    routed.publisher = Publisher(bus, "insights", Queue(), {})
    routed.publish_left_over(timedelta(0))
    assert bus.events.count("RecordRouted") == 6
    assert json.dumps(told(routed)).count("parcel") == 0
