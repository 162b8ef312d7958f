"""Classify against a real database and the Bedrock-compatible server, spoken to by an unmodified boto3."""

import json
from typing import Any

import pytest

from services.classify.groups import Group
from services.classify.incoming import parse
from services.classify.prompt_library import Prompts
from services.classify.writing import write_group
from shared.contracts.errors import DatabaseConflict
from shared.contracts.events import Counts
from shared.contracts.execution import ExecutionStatus
from shared.contracts.taxonomy import UNKNOWN, Taxonomy
from shared.platform.database import Transaction
from shared.stores import category_store, execution_store, feedback_store
from shared.stores.feedback_store import Outcome, RowStatus
from tests.integration.classify_world import (
    DEAR,
    LATE,
    ODD,
    TODAY,
    VERSIONS,
    World,
    counted,
    direct_message,
    message,
)


def test_a_file_is_labelled_counted_and_announced_in_one_go(world: World) -> None:
    world.start_file(3)

    failed = world.handle(world.file_messages([LATE, DEAR, ODD]))

    assert failed == set()
    assert [row["label_llm"] for row in world.rows()] == ["Late delivery", "Price", UNKNOWN]
    execution = world.execution()
    assert execution.status is ExecutionStatus.CLASSIFIED
    assert counted(execution) == {"rows_read": 3, "accepted": 3, "labelled": 2, "unknown": 1}
    assert world.bus.types().count("ExecutionClassified") == 1
    assert execution.usage.calls == world.calls == 1
    assert execution.usage.input_tokens > 100
    assert execution.usage.estimated_cost > 0


def test_every_row_says_what_labelled_it(world: World) -> None:
    world.start_file(1)

    world.handle(world.file_messages([LATE]))

    (row,) = world.rows()
    assert (row["model_id"], row["taxonomy_version"], row["corrections_version"]) == (
        "amazon.nova-lite-v1:0",
        0,
        0,
    )
    assert len(row["prompt_version"]) == 12
    assert row["sentiment"] in {"positive", "negative", "neutral", "mixed"}


def test_a_message_delivered_twice_is_neither_paid_nor_counted_twice(world: World) -> None:
    world.start_file(2)
    messages = world.file_messages([LATE, DEAR])

    world.handle([*messages, messages[0]])
    world.handle(messages)

    assert world.calls == 1
    assert counted(world.execution()) == {"rows_read": 2, "accepted": 2, "labelled": 2}


def test_the_same_text_is_asked_once_in_a_batch_and_once_for_ever(world: World) -> None:
    world.start_file(4)
    messages = world.file_messages([LATE, LATE.upper(), f"  {LATE} ", DEAR])

    world.handle(messages[:2])
    world.handle(messages[2:3])

    assert world.calls == 1
    assert {row["label_llm"] for row in world.rows()} == {"Late delivery"}
    assert len({(row["sentiment"], row["model_id"], row["prompt_version"]) for row in world.rows()}) == 1


def test_a_changed_taxonomy_asks_again(world: World) -> None:
    world.start_file(2)
    messages = world.file_messages([LATE, LATE])
    world.handle(messages[:1])

    world.database.transact(lambda tx: category_store.next_taxonomy_version(tx, "feedback"))
    world.handle(messages[1:])

    assert world.calls == 2


def test_without_categories_all_is_unknown_and_nothing_is_paid(world: World) -> None:
    world.query("UPDATE customer_feedback_category SET status = 'retired'")

    world.handle([direct_message("a", LATE)])

    (row,) = world.rows()
    assert (row["label_llm"], row["status"], row["profile"]) == (UNKNOWN, "unknown", "feedback")
    assert (row["model_id"], row["prompt_version"]) == (None, None)
    assert world.calls == 0


def test_direct_feedback_belongs_to_the_day_and_is_accepted_when_written(world: World) -> None:
    world.handle([direct_message("a", LATE), direct_message("b", DEAR)])
    world.handle([direct_message("b", DEAR), direct_message("c", ODD)])

    day = world.direct()
    assert day.execution_id == "direct-feedback-2026-05-04"
    assert counted(day) == {"rows_read": 3, "accepted": 3, "labelled": 2, "unknown": 1}


def test_a_message_that_is_no_feedback_is_recorded_once_and_blocks_nobody(world: World) -> None:
    good, bad = direct_message("a", LATE), message("{not json")

    assert world.handle([bad, good]) == set()
    assert world.handle([bad]) == set()

    (rejected,) = world.query("SELECT * FROM rejected_row")
    assert (rejected["raw"], rejected["position"]) == ("{not json", bad.digest)
    assert counted(world.direct()) == {"rows_read": 2, "accepted": 1, "rejected": 1, "labelled": 1}


@pytest.mark.parametrize("key", ["0" * 32, ""])
def test_a_message_that_names_an_execution_without_its_key_is_rejected(world: World, key: str) -> None:
    world.start_file(1)
    forged = json.loads(world.file_messages([LATE])[0].body) | {"execution_key": key}

    world.handle([message(forged)])

    assert world.rows() == []
    assert counted(world.direct()) == {"rows_read": 1, "rejected": 1}


def test_a_message_that_names_no_execution_of_ours_is_rejected(world: World) -> None:
    world.start_file(1)
    stray = json.loads(world.file_messages([LATE])[0].body) | {"execution_id": "other-0123456789abcdef"}

    world.handle([message(stray)])

    assert counted(world.direct()) == {"rows_read": 1, "rejected": 1}


def test_one_record_sent_on_two_days_at_once_counts_once(world: World) -> None:
    """Each day has a lock of its own, so that both may look before either has written."""
    world.handle([direct_message("a", LATE)])
    record = parse(direct_message("a", LATE)).record
    outcome = Outcome(record=record, status=RowStatus.UNKNOWN, label=UNKNOWN)

    def write_unaware(tx: Transaction) -> None:
        feedback_store.write_outcomes(tx, "direct-feedback-2026-05-05", [outcome], rows={})

    with pytest.raises(DatabaseConflict):
        world.database.transact(write_unaware)


def test_a_direct_record_that_meanwhile_got_its_row_in_another_day_stays_there(world: World) -> None:
    """Two deliveries at midnight: the other worker wrote the row between our look and our lock."""
    world.handle([direct_message("a", LATE)])
    first = world.direct()
    world.database.transact(
        lambda tx: execution_store.set_status(tx, first.execution_id, ExecutionStatus.CLASSIFYING)
    )
    world.database.transact(lambda tx: tx.execute("UPDATE customer_feedback SET status = 'parked'"))
    delivery = parse(direct_message("a", LATE))
    record = delivery.record
    group = Group("feedback", None, Prompts(empty_taxonomy(), None), "m")
    group.deliveries[record.record_id] = delivery
    group.outcomes[record.record_id] = Outcome(record=record, status=RowStatus.UNKNOWN, label=UNKNOWN)

    written = world.database.transact(lambda tx: write_group(tx, group, TODAY))

    assert written.counts == Counts()
    assert [row["status"] for row in world.rows()] == ["parked"]


def empty_taxonomy() -> Taxonomy:
    return Taxonomy(profile="feedback", taxonomy_version=0, corrections_version=0, categories=())


def test_a_text_that_everybody_sends_is_answered_by_one_row(world: World) -> None:
    world.start_file(5)
    world.handle(world.file_messages([LATE] * 5))
    (row,) = {row["text_key"]: row for row in world.rows()}.values()
    versions = {name: row[name] for name in VERSIONS}
    read: list[int] = []

    def look(tx: Any) -> None:
        execute = tx.execute
        tx.execute = lambda *args: read.append(execute(*args))
        try:
            asked = [feedback_store.ShownText(key) for key in (row["text_key"], b"0" * 32)]
            feedback_store.answered(tx, asked, "feedback", versions)
        finally:
            tx.execute = execute

    world.database.transact(look)
    assert read == [1, 1]  # the row, and its one topic
