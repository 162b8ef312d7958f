"""Each hostile key has its outcome, is stored as it is, and never ends a line of the log."""

import re
from typing import Any

import pytest

from services.ingest.routing import ObjectCreated
from shared.contracts.execution import ExecutionStatus
from tests.builders import object_created
from tests.hostile import CANARY
from tests.hostile.keys import CURATE_KEYS, KEYS, Key
from tests.hostile.stage import Stage

CONTENT = b"feedback\nThe parcel came late 1\n"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_hostile_key_ends_as_it_should_beside_a_good_one(
    stage: Stage, key: Key, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = stage.pipeline.put(key.key, CONTENT)
    good = stage.pipeline.put("incoming/returns/good.csv", CONTENT)

    with stage.listening(capsys, file_name=key.key):
        assert stage.ingest(hostile, good) == []

    neighbour, execution = stage.execution(good), stage.execution(hostile)
    assert neighbour is not None
    assert (neighbour.status, neighbour.profile) == (ExecutionStatus.CLASSIFYING, "returns")
    if execution is None:
        assert key.outcome == "ignored"
        return
    assert execution.source_key == key.key
    assert re.fullmatch(r"[a-z0-9-]{18,57}", execution.execution_id)
    assert key.id_holds in execution.execution_id
    assert execution.status is (
        ExecutionStatus.CLASSIFYING if key.outcome == "read" else ExecutionStatus.FAILED
    )
    assert key.reason in (execution.failure_reason or "")


@pytest.mark.parametrize("name", CURATE_KEYS)
def test_a_hostile_key_of_an_upload_is_refused_beside_a_good_one(
    stage: Stage, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key, told = CURATE_KEYS[name]
    events = (
        stage.pipeline.put(key, b'["Delivery"]'),
        stage.pipeline.put("categories/a.json", b'["Delivery"]'),
    )

    with stage.listening(capsys):
        assert stage.curate(*events) == []

    refused, taken = stage.notices()
    assert told in refused.text
    assert refused.subject.startswith("Upload not taken: ")
    assert taken.subject == "Categories: 0 changes in profile feedback"


EVENTS: dict[str, Any] = {
    "not-json": f"{CANARY}\nforged",
    "null": None,
    "text": CANARY,
    "list": [CANARY],
    "empty": {},
    "another-event": {"detail-type": CANARY},
    "no-detail": {"detail-type": "Object Created"},
    "list-for-a-detail": {"detail-type": "Object Created", "detail": [CANARY]},
    "empty-key": object_created(""),
    "key-too-long": object_created("incoming/" + "a" * 1024),
    "number-for-a-key": object_created("") | {"detail": {"bucket": {"name": "data"}, "object": {"key": 7}}},
    "half-a-surrogate-pair": object_created(f"incoming/{CANARY}\ud800.csv"),
    "minus-for-a-size": object_created(f"incoming/{CANARY}.csv", size=-1),
    "text-for-a-size": object_created(f"incoming/{CANARY}.csv", size=CANARY),
    "continue-nothing": {"kind": "continue_ingest"},
    "continue-above": {"kind": "continue_ingest", "execution_id": f"../{CANARY}\nforged", "slice": 0},
    "continue-text": {"kind": "continue_ingest", "execution_id": "a", "slice": CANARY},
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("name", EVENTS)
def test_a_message_that_is_no_event_goes_back_alone_and_unread(
    stage: Stage, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    good = stage.pipeline.put("incoming/good.csv", CONTENT)

    with stage.listening(capsys):
        # It is a dead letter after five receives, with an alarm; who sent it is no customer.
        assert stage.ingest(EVENTS[name], good) == ["0"]
        assert stage.curate(EVENTS[name]) in (["0"], [])
    stage.notices()

    assert stage.execution(good) is not None


def test_an_execution_that_nobody_began_is_not_gone_on_with(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage.listening(capsys):
        message = {"kind": "continue_ingest", "execution_id": "reviews-ffffffffffffffff", "slice": 0}
        assert stage.ingest(message) == []


def test_a_key_can_choose_the_name_of_an_execution_but_not_whose_it_is() -> None:
    one = ObjectCreated.model_validate(object_created("incoming/a b.csv")).execution_id
    other = ObjectCreated.model_validate(object_created("incoming/a+b.csv")).execution_id
    assert one.rpartition("-")[0] == other.rpartition("-")[0]
    assert one != other
