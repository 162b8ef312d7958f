import json
from typing import Any

import pytest

from services.notify.inbox import ExecutionNews, ModelNews, OwnMessage, parse
from shared.contracts.events import Counts, ExecutionEvent, ModelEvent
from shared.contracts.messages import Audience, ContinueReport, DigestDue, TrackerTimedOut, TrackerWaiting
from shared.contracts.notices import UploadNotTaken, WrittenNotice


def envelope(detail_type: str, detail: Any) -> str:
    return json.dumps({"version": "0", "source": "insights", "detail-type": detail_type, "detail": detail})


@pytest.mark.parametrize("detail_type", ["ExecutionCategorized", "ExecutionRevised", "ExecutionFailed"])
def test_events_of_executions_are_read(detail_type: str) -> None:
    event = ExecutionEvent(execution_id="e", profile="feedback", status="categorized", counts=Counts())

    news = parse(envelope(detail_type, event.model_dump(mode="json")))

    assert isinstance(news, ExecutionNews)
    assert (news.type, news.detail) == (detail_type, event)


def test_events_of_the_model_are_read() -> None:
    event = ModelEvent(model_id="m", cause="ThrottlingException")

    news = parse(envelope("ModelUnavailable", event.model_dump(mode="json")))

    assert isinstance(news, ModelNews)
    assert news.detail == event


@pytest.mark.parametrize(
    "message",
    [
        WrittenNotice(subject="s", message="m"),
        UploadNotTaken(source="corrections/a.csv", reasons=("It is no text.",)),
        TrackerWaiting(execution_id="e", task_token="t"),
        TrackerTimedOut(execution_id="e"),
        DigestDue(audience=Audience.READERS),
        ContinueReport(execution_id="e", slice=3, reason="a correction"),
    ],
)
def test_messages_of_the_queue_itself_are_read(message: OwnMessage) -> None:
    assert parse(message.model_dump_json()) == message


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nonsense",
        "[]",
        "null",
        '{"kind": "other"}',
        '{"kind": "notice", "subject": "s"}',
        envelope("ExecutionStarted", {}),
        envelope("Surprise", {}),
        envelope("ExecutionRevised", {"execution_id": "../etc"}),
        '{"detail-type": "ExecutionRevised"}',
        '{"detail-type": ["ExecutionRevised"], "detail": {}}',
        "[" * 100_000,
    ],
)
def test_anything_else_is_kept_for_the_dead_letter_queue(body: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        parse(body)
