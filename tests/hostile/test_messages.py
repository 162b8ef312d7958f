"""Each hostile message has its outcome, as a delivery and as a dead letter; its neighbours are labelled."""

import json
from typing import Any

import pytest

from shared.platform.received import received
from tests.hostile import CANARY
from tests.hostile.messages import BODIES, Body
from tests.hostile.stage import Stage


@pytest.fixture(scope="module")
def execution(stage: Stage) -> Any:
    """A real execution, of a file with one row, which nobody may write to."""
    event = stage.pipeline.put("incoming/honest.csv", b"feedback\nhonest 1\n")
    stage.ingest(event)
    stage.classify_all()
    return stage.execution(event)


def filled(body: Body, execution: Any) -> str:
    return body.text.replace("{execution}", execution.execution_id).replace("{key}", execution.execution_key)


def good(record_id: str) -> str:
    return json.dumps({"id": record_id, "feedback": "fine 1"})


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_a_hostile_message_ends_as_it_should_beside_a_good_one(
    stage: Stage, execution: Any, body: Body, capsys: pytest.CaptureFixture[str]
) -> None:
    text, neighbour = filled(body, execution), f"beside-{body.name}"

    with stage.listening(capsys):
        assert stage.classify(good(neighbour), text) == []

    assert stage.execution_counts(execution) == {"labelled": 1}
    assert _status(stage, neighbour) == ["labelled"]
    if body.rejected:
        assert body.rejected in _reason(stage, text)
    else:
        assert _status(stage, json.loads(text)["id"]) == ["labelled"]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_a_hostile_dead_letter_is_settled_beside_a_good_one(
    stage: Stage, execution: Any, body: Body, capsys: pytest.CaptureFixture[str]
) -> None:
    text, neighbour = filled(body, execution), f"buried-{body.name}"

    with stage.listening(capsys):
        assert stage.bury(text, good(neighbour)) == []

    assert stage.execution_counts(execution) == {"labelled": 1}
    assert _status(stage, neighbour) == ["failed"]
    if body.rejected:
        assert body.rejected in _reason(stage, text)


@pytest.mark.parametrize(
    "attribute",
    [
        {"stringValue": "-1", "dataType": "Number"},
        {"stringValue": "9" * 5000, "dataType": "Number"},
        {"stringValue": f"{CANARY}\nforged", "dataType": "String"},
        {"stringValue": "٣", "dataType": "String"},
        {"stringValue": None, "dataType": "String"},
        {"binaryValue": "AAAA", "dataType": "Binary"},
        {},
    ],
    ids=["minus", "5000-digits", "text", "arabic-digits", "null", "binary", "nothing"],
)
def test_a_hostile_attribute_counts_as_none(attribute: dict[str, Any]) -> None:
    raw = {
        "messageId": "m",
        "body": "b",
        "eventSourceARN": "arn",
        "messageAttributes": {"deferrals": attribute},
    }
    assert received(raw).deferrals == 0


def _status(stage: Stage, ref_id: str) -> list[str]:
    rows = stage.select("SELECT status FROM customer_feedback WHERE ref_id = %s", ref_id)
    return [row["status"] for row in rows]


def _reason(stage: Stage, text: str) -> str:
    (row,) = stage.select("SELECT reason FROM rejected_row WHERE position = %s", _digest(text))
    return str(row["reason"])


def _digest(text: str) -> str:
    return received({"messageId": "m", "body": text, "eventSourceARN": "arn"}).digest
