"""Every form of answer labels alike, a bad one is mended, and a record that spoils its own fails alone."""

from collections.abc import Callable

import pytest

from tests.integration.classify_world import DEAR, LATE, World, counted


@pytest.mark.parametrize(
    "model_id, mode",
    [
        ("amazon.nova-lite-v1:0", "forced"),
        ("us.meta.llama3-3-70b-instruct-v1:0", "offered"),
        ("global.anthropic.claude-haiku-4-5-20251001-v1:0", "structured"),
        ("amazon.titan-text-express-v1", "text"),
        ("mistral.mistral-7b-instruct-v0:2", "text"),
    ],
)
def test_every_form_of_answer_labels_alike(
    make_world: Callable[..., World], model_id: str, mode: str
) -> None:
    world = make_world(model_id=model_id)
    world.start_file(2)

    world.handle(world.file_messages([LATE, DEAR]))

    assert [row["label_llm"] for row in world.rows()] == ["Late delivery", "Price"]
    assert [call["mode"] for call in world.server.service.stats.calls(0)] == [mode]


@pytest.mark.parametrize(
    "fault",
    [
        "malformed",
        "missing_ids",
        "duplicate_ids",
        "invented_ids",
        "wrong_labels",
        "truncated",
        "refusal",
        "content_filtered",
        "guardrail",
        "empty",
        "chatty",
    ],
)
@pytest.mark.parametrize(
    "model_id",
    [
        "amazon.nova-lite-v1:0",
        "us.meta.llama3-3-70b-instruct-v1:0",
        "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        "amazon.titan-text-express-v1",
    ],
)
def test_a_bad_answer_is_mended_whatever_its_form(
    make_world: Callable[..., World], model_id: str, fault: str
) -> None:
    world = make_world(model_id=model_id)
    world.start_file(9)
    world.faults({"fault": fault, "next": 2})

    world.handle(world.file_messages([f"{LATE} {number}" for number in range(9)]))

    assert counted(world.execution()) == {"rows_read": 9, "accepted": 9, "labelled": 9}
    assert world.calls > 1 or fault in {"chatty", "invented_ids"}


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
