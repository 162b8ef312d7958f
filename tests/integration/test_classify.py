"""Classify against a real database and the Bedrock-compatible server, spoken to by an unmodified boto3."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from services.classify.groups import LONE_DEFERRALS, Group
from services.classify.incoming import parse
from services.classify.prompt_library import Topic
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
    world.handle([message({"id": "a", "feedback": LATE, "profile": "returns"})])

    (row,) = world.rows()
    assert (row["label_llm"], row["status"], row["profile"]) == (UNKNOWN, "unknown", "returns")
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


CASE = Path(__file__).parents[1] / "cases" / "one-record-the-model-cannot-answer.csv"
ZEBRA = [row["feedback"] for row in csv.DictReader(CASE.read_text("utf-8").splitlines())]


def test_one_record_that_bedrock_cannot_answer_fails_with_its_words_and_stops_nobody(world: World) -> None:
    world.start_file(25)
    world.faults({"fault": "model_error", "containing": "zebra crossing", "kinds": ["label"]})

    assert world.handle(world.file_messages(ZEBRA)) == set()

    assert counted(world.execution()) == {"rows_read": 25, "accepted": 25, "labelled": 24, "failed": 1}
    (row,) = [row for row in world.rows() if row["status"] == "failed"]
    assert "zebra crossing" in row["feedback"]
    assert row["failure_reason"] == (
        "the model cannot answer this text (ModelErrorException: The model returned an error.)"
    )
    assert world.bus.types() == ["ExecutionStarted", "ExecutionIngested", "ExecutionClassified"]
    assert world.copies() == []
    # Two packs; the one with the record in halves down to it, and once more alone; a harmless request for the
    # batch, and one for the record alone.
    assert world.calls <= 2 + 2 * 5 + 1 + 2


def test_a_model_error_for_everybody_fails_nothing_and_is_announced_once(world: World) -> None:
    world.start_file(25)
    world.faults({"fault": "model_error"})

    for messages in (world.file_messages(ZEBRA), *[None] * 5):
        assert world.handle(messages or world.copies()) == set()

    assert world.rows() == []
    assert len(world.copies()) == 25
    assert world.bus.types() == ["ExecutionStarted", "ExecutionIngested", "ModelUnavailable"]
    world.faults()
    world.handle(world.file_messages(ZEBRA))
    assert counted(world.execution()) == {"rows_read": 25, "accepted": 25, "labelled": 25}


def test_a_record_alone_on_which_the_model_breaks_fails_after_its_deferrals_and_keeps_nobody(
    world: World,
) -> None:
    world.start_file(25)
    world.faults({"fault": "server_error", "containing": "zebra crossing", "kinds": ["label"]})

    world.handle(world.file_messages(ZEBRA))

    assert counted(world.execution()) == {"rows_read": 25, "accepted": 25, "labelled": 24}
    for deferrals in range(1, LONE_DEFERRALS + 1):
        (copy,) = world.copies()
        assert copy.deferrals == deferrals
        world.handle([copy])

    assert world.copies() == []
    (row,) = [row for row in world.rows() if row["status"] == "failed"]
    assert row["failure_reason"] == "the model fails on this text each time (InternalServerException)"
    assert world.bus.types() == ["ExecutionStarted", "ExecutionIngested", "ExecutionClassified"]


def test_an_outage_however_long_fails_no_record_that_was_put_off_often(world: World) -> None:
    world.start_file(1)
    world.faults({"fault": "server_error"})

    world.handle(world.file_messages([LATE], deferrals=LONE_DEFERRALS + 1))

    assert world.rows() == []
    assert len(world.copies()) == 1


def test_answers_that_nobody_can_read_are_told_as_an_outage_with_their_shape_and_fail_nothing(
    world: World,
) -> None:
    world.start_file(25)
    world.faults({"fault": "malformed", "kinds": ["label"]})

    calls = []
    for messages in (world.file_messages(ZEBRA), *[None] * 8):
        assert world.handle(messages or world.copies()) == set()
        calls.append(world.calls)

    assert world.rows() == []
    assert len(world.copies()) == 25
    # Once it is known, a batch is left after its first calls, side by side, and a harmless request.
    assert calls[-1] - calls[0] <= 8 * (2 + 1)
    (told,) = [
        json.loads(entry["Detail"])
        for entry in world.bus.entries
        if entry["DetailType"] == "ModelUnavailable"
    ]
    assert (told["cause"], told["needs_person"]) == ("UnusableAnswers", True)
    assert told["shape"]
    assert not any(word in told["shape"] for word in ("tent", "courier", "zebra"))


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
    group = Group("feedback", None, Topic(empty_taxonomy(), None), "m")
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

    def look(tx: Any) -> int:
        feedback_store.answered(tx, [row["text_key"], b"0" * 32], "feedback", versions)
        return int(tx.rowcount)

    assert world.database.transact(look) == 1
