"""Rows that are asked again: decision or order, sweeper, and classify itself, on a real database and model.

And direct feedback, whose day is closed by the sweeper and discovered like a file.
"""

import json
from datetime import timedelta
from typing import Any

import pytest

from local.bedrock.server import BedrockServer
from services.curate import correcting
from services.curate.corrections import read_corrections
from services.curate.matching import match
from shared.changes import curation, lifecycle
from shared.platform.database import Database
from tests.integration.categorize_function import Function
from tests.integration.categorize_world import about, categories, counters_equal_rows, labels
from tests.integration.classify_world import ID, TODAY, World, counted, direct_message, message
from tests.integration.sweep_world import World as Sweeper

LATE = "The parcel came two weeks after the promised day."
DEAR = "Far too expensive for what it is."
EMPTY = "The battery does not charge any more."


@pytest.fixture
def world(world: World, database: Database) -> World:
    """A completed file of six rows: three late, two dear, one about a battery."""
    texts = [LATE, f"{LATE} Twice!", f"Again: {LATE}", DEAR, f"{DEAR} Really.", EMPTY]
    world.start_file(len(texts))
    world.handle(world.file_messages(texts))
    database.transact(lambda tx: lifecycle.categorized(tx, ID, failed=False))
    database.transact(lambda tx: lifecycle.completed(tx, ID))
    assert labels(database, ID) == {"Late delivery": 3, "Price": 2, "Battery": 1}
    return world


def sweep(world: World) -> int:
    """One sweep; what it sends is delivered to classify. Returns how many rows that were."""
    sweeper = Sweeper(world.database)
    released = sweeper.sweep().figures["released"]
    bodies = sweeper.queue.of("feedback")
    assert len(bodies) == released
    world.handle([message(body) for body in bodies])
    return int(released)


def retire(world: World, name: str) -> int:
    category_id = categories(world.database)[name].id
    curated = world.database.transact(lambda tx: curation.retire(tx, category_id))
    assert curated.curation_id is not None
    return curated.curation_id


def correct(world: World, number: int, label: str) -> None:
    """Curate's own way with a line of a corrections file."""
    lines = ["record_id,label_correction\n", f"{ID}:{number},{label}\n"]
    found = match(world.database, read_corrections(lines))
    world.database.transact(lambda tx: correcting.apply(tx, "corrections/a.csv", found))


def revisions(world: World) -> list[str]:
    rows = world.query("SELECT payload FROM outbox WHERE event_type = 'ExecutionRevised' ORDER BY id")
    return [str(json.loads(row["payload"])["reason"]) for row in rows]


def test_rows_of_a_retired_category_are_sent_by_the_sweeper_and_labelled_without_it(world: World) -> None:
    calls = world.calls
    retire(world, "Late delivery")
    assert counted(world.execution()) == {"rows_read": 6, "accepted": 6, "labelled": 3, "parked": 3}

    assert sweep(world) == 3

    assert world.calls > calls
    assert "Late delivery" not in labels(world.database, ID)
    assert sum(labels(world.database, ID).values()) == 6
    assert world.execution().parked == 0
    assert counters_equal_rows(world.database, ID)
    asked = [row for row in world.rows() if row["feedback"].find(LATE) >= 0]
    version = max(row["taxonomy_version"] for row in world.rows())
    assert {row["taxonomy_version"] for row in asked} == {version}
    assert sweep(world) == 0


def test_an_execution_that_had_ended_is_revised_once_when_its_rows_are_answered(world: World) -> None:
    retire(world, "Late delivery")
    before = len(revisions(world))

    sweep(world)

    assert len(revisions(world)) == before + 1
    assert revisions(world)[-1] == "rows that had waited were labelled"


def test_a_retirement_that_is_undone_before_the_sweep_asks_nothing(world: World) -> None:
    calls = world.calls
    number = retire(world, "Late delivery")

    world.database.transact(lambda tx: curation.undo(tx, number))

    assert sweep(world) == 0
    assert world.calls == calls
    assert labels(world.database, ID) == {"Late delivery": 3, "Price": 2, "Battery": 1}
    assert counters_equal_rows(world.database, ID)


def test_a_retirement_that_is_undone_after_the_sweep_leaves_what_was_answered_since(world: World) -> None:
    number = retire(world, "Late delivery")
    sweep(world)
    answered = labels(world.database, ID)

    world.database.transact(lambda tx: curation.undo(tx, number))

    assert labels(world.database, ID) == answered
    assert categories(world.database)["Late delivery"].status == "active"
    assert counters_equal_rows(world.database, ID)
    # The category is back: whoever wants its rows back has them asked again.
    world.database.transact(lambda tx: curation.relabel(tx, "feedback"))
    sweep(world)
    assert labels(world.database, ID) == {"Late delivery": 3, "Price": 2, "Battery": 1}


def test_messages_of_parked_rows_that_come_twice_are_asked_and_counted_once(world: World) -> None:
    retire(world, "Late delivery")
    sweeper = Sweeper(world.database)
    sweeper.sweep()
    messages = [message(body) for body in sweeper.queue.of("feedback")]

    world.handle(messages)
    calls = world.calls
    world.handle(messages)

    assert world.calls == calls
    assert world.execution().counts.accepted == 6
    assert counters_equal_rows(world.database, ID)


def test_corrections_change_no_earlier_label_until_somebody_orders_it(world: World) -> None:
    calls = world.calls
    correct(world, 1, "Battery")
    assert sweep(world) == 0
    assert labels(world.database, ID) == {"Late delivery": 2, "Price": 2, "Battery": 2}

    relabelled = world.database.transact(lambda tx: curation.relabel(tx, "feedback")).rows

    # The corrected row stays as people said, and is not asked.
    assert relabelled == 5
    assert sweep(world) == 5
    assert world.calls > calls
    rows = world.rows()
    assert [row["label_correction"] for row in rows] == ["Battery", None, None, None, None, None]
    assert {row["corrections_version"] for row in rows[1:]} == {1}
    assert rows[0]["corrections_version"] == 0
    assert counters_equal_rows(world.database, ID)
    assert world.database.transact(lambda tx: curation.relabel(tx, "feedback")).rows == 0


def test_a_text_like_a_corrected_one_gets_its_label_without_a_call_when_it_is_asked_again(
    world: World,
) -> None:
    other = "other-0123456789abcdef"
    world.start_file(1, other)
    world.handle(world.file_messages([f"  {LATE.upper()}"], other))
    assert labels(world.database, other) == {"Late delivery": 1}
    correct(world, 1, "Battery")
    world.database.transact(lambda tx: curation.relabel(tx, "feedback", other))
    calls = world.calls

    sweep(world)

    assert labels(world.database, other) == {"Battery": 1}
    assert world.calls == calls


@pytest.mark.parametrize(
    "activates, status, label",
    [(False, "proposed", "unknown"), (True, "active", "Battery breaks early")],
    ids=["proposed by default", "used at once where direct feedback may"],
)
def test_unknown_direct_feedback_of_a_day_is_discovered_when_the_day_is_closed(
    database: Database,
    bedrock: BedrockServer,
    monkeypatch: pytest.MonkeyPatch,
    activates: bool,
    status: str,
    label: str,
) -> None:
    world = World(database, bedrock)
    texts = about("battery", 6)
    # Without a category all of it is unknown.
    world.handle([direct_message(f"crm-{number}", text) for number, text in enumerate(texts)])
    day = world.direct()
    assert (day.accepted, day.unknown) == (6, 6)
    sweeper = Sweeper(database)
    assert sweeper.sweeping.close_days(TODAY + timedelta(days=10_000)) == [day.execution_id]

    (event,) = world.query("SELECT payload FROM outbox WHERE event_type = 'ExecutionClassified'")
    detail: dict[str, Any] = json.loads(event["payload"])
    assert detail["execution_id"] == day.execution_id
    function = Function(database, monkeypatch, activate_from_direct=activates)
    body = {"source": "insights", "detail-type": "ExecutionClassified", "id": "1", "detail": detail}
    assert function.receive(json.dumps(body)) == []

    assert categories(database)["Battery breaks early"].status == status
    assert labels(database, day.execution_id) == {label: 6}
    assert world.execution(day.execution_id).discovered == 1
    assert counters_equal_rows(database, day.execution_id)
