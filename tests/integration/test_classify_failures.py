"""Whom a failure is about: one record, which fails alone, or everybody, and then no record fails."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from services.classify.groups import LONE_DEFERRALS
from tests.integration.classify_world import LATE, World, counted

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


def test_one_text_that_bedrock_calls_invalid_fails_alone(world: World) -> None:
    world.start_file(8)
    world.faults({"fault": "validation", "containing": "cursed"})
    texts = [f"{LATE} {number}" for number in range(7)] + ["This one is cursed."]

    world.handle(world.file_messages(texts))

    assert counted(world.execution()) == {"rows_read": 8, "accepted": 8, "labelled": 7, "failed": 1}
    (row,) = [row for row in world.rows() if row["status"] == "failed"]
    assert row["failure_reason"] == (
        "the model cannot answer this text (ValidationException: The request is not valid.)"
    )


def test_one_record_that_the_model_will_not_answer_fails_alone(world: World) -> None:
    world.start_file(20)
    world.faults({"fault": "content_filtered", "containing": "unspeakable"})
    texts = [f"{LATE} {number}" for number in range(19)] + ["Something unspeakable."]

    world.handle(world.file_messages(texts))

    assert counted(world.execution()) == {"rows_read": 20, "accepted": 20, "labelled": 19, "failed": 1}
    assert world.calls <= 1 + 2 * 5 + 1


def test_a_record_that_failed_is_not_asked_again_when_it_is_delivered_again(world: World) -> None:
    world.start_file(1)
    world.faults({"fault": "content_filtered", "containing": "parcel"})
    messages = world.file_messages([LATE])
    world.handle(messages)
    calls = world.calls

    world.handle(messages)

    assert world.calls == calls
    assert counted(world.execution()) == {"rows_read": 1, "accepted": 1, "failed": 1}


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


@pytest.mark.parametrize(
    "answer",
    [
        *({"fault": fault} for fault in ("validation", "content_filtered", "guardrail", "refusal", "empty")),
        {"fault": "given", "content": [{"text": "Entry 4 cannot be labelled."}]},
        {"fault": "given", "content": [{"toolUse": {"name": "label_feedback", "input": {}}}]},
        {"fault": "given", "content": [{"toolUse": {"name": "label_feedback", "input": {"labels": None}}}]},
    ],
)
def test_a_record_that_the_model_has_no_answer_for_fails_alone_and_is_no_outage(
    world: World, answer: Mapping[str, Any]
) -> None:
    world.start_file(25)
    world.faults({**answer, "containing": "zebra crossing", "kinds": ["label"]})

    assert world.handle(world.file_messages(ZEBRA)) == set()

    assert counted(world.execution()) == {"rows_read": 25, "accepted": 25, "labelled": 24, "failed": 1}
    assert world.bus.types() == ["ExecutionStarted", "ExecutionIngested", "ExecutionClassified"]


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


def test_an_outage_however_long_fails_no_record_that_was_put_off_often(world: World) -> None:
    world.start_file(1)
    world.faults({"fault": "server_error"})

    world.handle(world.file_messages([LATE], deferrals=LONE_DEFERRALS + 1))

    assert world.rows() == []
    assert len(world.copies()) == 1


def tool(given: object) -> list[dict[str, Any]]:
    return [{"toolUse": {"name": "label_feedback", "input": given}}]


@pytest.mark.parametrize(
    "answer",
    [
        {"fault": "malformed"},
        {"fault": "given", "content": tool({})},
        {"fault": "given", "content": tool({"labels": [f"{n} 1 negative" for n in range(20)]})},
        {"fault": "given", "content": tool({"labels": ["A 1 negative", "B 2 positive"]})},
        {"fault": "given", "content": [{"text": "<html><body>502 Bad Gateway</body></html>"}]},
        {"fault": "given", "content": [{"text": "申し訳ありませんが、お手伝いできません。"}]},
        {"fault": "given", "content": [{"text": "1. I cannot help.\n2. Please ask again."}]},
    ],
    ids=["malformed", "empty", "counted anew", "letters", "web page", "apology", "numbered apology"],
)
def test_answers_that_nobody_can_read_are_told_as_an_outage_with_their_shape_and_fail_nothing(
    world: World, answer: Mapping[str, Any]
) -> None:
    world.start_file(25)
    world.faults({**answer, "kinds": ["label"]})

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
