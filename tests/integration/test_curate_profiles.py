"""Profiles that are uploaded: what they change, and what people are told of it."""

from collections.abc import Iterator

import pytest

from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import Record
from shared.platform.database import Database
from shared.stores import category_store, profile_store
from shared.stores.feedback_store import Outcome, RowStatus
from tests.builders import a_feedback
from tests.integration.curate_world import Room, completed, room_with

KEY = "profiles/feedback.yaml"
DOCUMENT = """
instructions: Label each hotel review.
aspects: 2
categories:
  - name: Delivery
    description: About Delivery.
  - {name: Rooms, description: Clean or not.}
attributes:
  - {name: nights, type: number, description: how many nights}
report: [nights]
"""


@pytest.fixture
def room(database: Database) -> Iterator[Room]:
    with room_with(database) as room:
        yield room


def document(room: Room, name: str = "feedback") -> ProfileDocument:
    return room.database.transact(lambda tx: profile_store.current(tx, name)).document


def statuses(room: Room, name: str = "feedback") -> dict[str, str]:
    found = room.database.transact(lambda tx: category_store.categories(tx, name))
    return {each.name: each.status.value for each in found}


def a_row(number: int, label: str) -> Outcome:
    record = Record(
        record_id=f"reviews-0123456789abcdef:{number}",
        profile="feedback",
        row_number=number,
        feedback=a_feedback(feedback=f"text {number}"),
    )
    return Outcome(record=record, status=RowStatus.LABELLED, label=label, sentiment="neutral")


def test_a_profile_is_taken_over_and_told_of_by_mail(room: Room) -> None:
    completed(room, a_row(1, "Delivery"), a_row(2, "Price and value"))

    room.upload(DOCUMENT, KEY)

    assert document(room).instructions == "Label each hotel review."
    assert [each.name for each in document(room).attributes] == ["nights"]
    (mail,) = room.notices
    assert mail.subject == "Profile feedback: version 1"
    assert "Changed: instructions, aspects, report." in mail.text
    assert "New attributes:\n  nights\n" in mail.text
    assert "Added:\n  Rooms\n" in mail.text
    assert "2 rows labelled before keep what they have." in mail.text


def test_no_category_is_retired_unless_the_profile_says_so(room: Room) -> None:
    room.upload(DOCUMENT, KEY)
    assert statuses(room) == {
        "Delivery": "active",
        "Price and value": "active",
        "Old theme": "retired",
        "Rooms": "active",
    }

    room.upload(DOCUMENT + "retire_others: true\n", KEY)
    assert statuses(room)["Price and value"] == "retired"
    assert "Retired (kept, but given no more):\n  Price and value\n" in room.notices[1].text


def test_the_same_profile_again_changes_nothing_and_says_so(room: Room) -> None:
    room.upload(DOCUMENT, KEY)
    room.upload(DOCUMENT, KEY)

    second = room.notices[1]
    assert second.subject == "Profile feedback: 0 changes"
    assert "changed nothing: profile feedback is like this already" in second.text
    assert room.database.transact(lambda tx: profile_store.current(tx, "feedback")).version == 1


def test_an_event_that_comes_twice_stores_one_version(room: Room) -> None:
    room.upload(DOCUMENT, KEY)
    room.event(KEY, sequencer=f"{room.uploads:016x}")

    assert len(room.notices) == 1


def test_a_new_profile_needs_no_more_than_its_file(room: Room) -> None:
    room.upload("categories: [{name: Rooms}]\naspects: 1", "profiles/hotel-reviews.yml")

    assert statuses(room, "hotel-reviews") == {"Rooms": "active"}
    assert document(room, "hotel-reviews").aspects.most == 1
    assert room.database.transact(category_store.profiles) == ["feedback", "hotel-reviews"]


def test_a_profile_without_categories_is_taken_with_a_word_of_what_is_missing(room: Room) -> None:
    room.upload("aspects: 1", "profiles/hotel.yaml")

    assert "The profile has no category yet" in room.notices[0].text


@pytest.mark.parametrize(
    "text, key, said",
    [
        ("aspects: 9", KEY, "profiles/feedback.yaml line 1: aspects.most"),
        ("a: &x [1]\nb: [*x, *x]", KEY, "line 1: has an anchor"),
        ("name: other", KEY, "line 1: name: must be 'feedback'"),
        ("x: \x07", KEY, "holds a character that YAML does not allow"),
        ("'<b>\\n\\u202eSubject: ': 1", KEY, "there is no such field here"),
        (DOCUMENT, "profiles/Feed Back.yaml", "'Feed Back' cannot name a profile"),
        (DOCUMENT, "profiles/feedback.json", "Profiles are read from profiles/<name>.yaml"),
        (DOCUMENT, "profiles/deep/feedback.yaml", "Profiles are read from profiles/<name>.yaml"),
    ],
)
def test_what_is_no_profile_is_answered_and_changes_nothing(
    room: Room, text: str, key: str, said: str
) -> None:
    before = statuses(room)

    room.upload(text, key)

    (mail,) = room.notices
    assert said in mail.text
    assert "\u202e" not in mail.text
    assert statuses(room) == before
    assert document(room) == ProfileDocument()
