"""What a queue's function counts."""

import json
from typing import Any

import pytest

from shared.contracts.errors import DatabaseUnavailable
from shared.platform.consumer import BatchConsumer
from shared.platform.received import Received
from tests.unit.shared.consuming import URL, Queue, Work, consuming, deliver, failing


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setenv("OWN_QUEUE_URL", URL)
    return Queue()


def metrics(output: str) -> dict[str, Any]:
    """Those that were written, at most once; none if none has a value."""
    lines = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    assert len(lines) <= 1
    found: dict[str, Any] = lines[0] if lines else {}
    return found


@pytest.mark.parametrize(
    "work, failed, deferred",
    [
        (failing(ValueError()), 1, None),
        (failing(DatabaseUnavailable("gone")), None, 1),
        (lambda _, message, __: None, None, None),
    ],
    ids=["it comes back", "a copy waits", "it is done"],
)
def test_a_message_counts_as_failed_or_as_deferred(
    queue: Queue, work: Work, failed: int, deferred: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each has an alarm of its own: counted as both, one outage would raise two."""
    deliver(consuming(queue, work).handler, "a")

    written = metrics(capsys.readouterr().out)
    assert written.get("MessagesFailed") == (failed and [failed])
    assert written.get("MessagesDeferred") == (deferred and [deferred])


def test_what_failed_of_a_batch_is_counted(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    consumer: BatchConsumer[list[str]] = BatchConsumer(
        "test", lambda _: [], lambda _, messages, __: set(messages[:2])
    )

    deliver(consumer.handler, "a", "b", "c")
    assert metrics(capsys.readouterr().out)["MessagesFailed"] == [2]
    deliver(BatchConsumer("test", lambda _: [], lambda *_: set[Received]()).handler, "a")
    assert "MessagesFailed" not in metrics(capsys.readouterr().out)
