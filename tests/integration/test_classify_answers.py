"""Every form of answer labels alike, and a bad answer is mended whatever its form."""

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
