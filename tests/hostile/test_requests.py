"""Each hostile request is answered as documented, and a good one after it as ever."""

import json

import pytest

from shared.contracts.records import DirectFeedback
from tests.hostile.requests import REQUESTS, Request
from tests.hostile.stage import Stage


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda each: each.name)
def test_a_hostile_request_is_answered_and_the_next_one_too(
    stage: Stage, request_: Request, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage.listening(capsys):
        status, answer = stage.request(request_.method, request_.path, request_.body, **request_.changes)
        sent = stage.queues.waiting.pop("api", [])
        good = stage.request("POST", "/feedback", json.dumps({"feedback": "fine"}))

    assert status == request_.status
    if status == 422:
        assert {fault["path"] for fault in answer["errors"]} >= set(request_.paths)
    assert len(sent) == (answer["accepted"] if status == 202 else 0)
    for message in sent:
        DirectFeedback.model_validate_json(message.body)
    assert good[0] == 202
    assert len(stage.queues.waiting.pop("api")) == 1
