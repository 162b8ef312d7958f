"""Messages leave in batches that SQS takes, and none counts as sent that it did not take."""

import json
import threading
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingest.sender import Sender
from shared.contracts.errors import PermanentError
from shared.platform.queue_batches import (
    BATCH_BYTES,
    BATCH_ENTRIES,
    NotSent,
    QueueMessage,
    batches,
    queue_body,
    send_batch,
)
from tests.builders import a_feedback, a_file_message

URL = "https://sqs/feedback"


class FakeSqs:
    """Takes messages, but for those in `deaf_to`, as often as it says there."""

    def __init__(self, deaf_to: dict[str, int] | None = None, *, sender_fault: bool = False) -> None:
        self.taken: list[str] = []
        self.calls: list[int] = []
        self.groups: set[str | None] = set()
        self._deaf_to = dict(deaf_to or {})
        self._sender_fault = sender_fault
        self._lock = threading.Lock()

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        failed = []
        with self._lock:
            self.calls.append(len(Entries))
            for entry in Entries:
                body = entry["MessageBody"]
                self.groups.add(entry.get("MessageGroupId"))
                if self._deaf_to.get(body, 0) > 0:
                    self._deaf_to[body] -= 1
                    failed.append(
                        {"Id": entry["Id"], "Code": "InternalError", "SenderFault": self._sender_fault}
                    )
                else:
                    self.taken.append(body)
        return {"Failed": failed}


def send(sqs: FakeSqs, bodies: list[str], waits: list[float] | None = None) -> None:
    messages = [QueueMessage(body) for body in bodies]
    send_batch(cast(Any, sqs), URL, messages, (waits if waits is not None else []).append)


def test_a_message_that_sqs_names_as_failed_is_sent_again_alone_and_later() -> None:
    sqs, waits = FakeSqs({"b": 2}), list[float]()
    send(sqs, ["a", "b", "c"], waits)
    assert sorted(sqs.taken) == ["a", "b", "c"]
    assert sqs.calls == [3, 1, 1]
    assert waits == [0.2, 0.4]


def test_a_message_that_sqs_never_takes_is_named() -> None:
    with pytest.raises(NotSent) as not_sent:
        send(FakeSqs({"b": 99}), ["a", "b", "c"])
    assert not_sent.value.positions == (1,)


def test_a_message_that_sqs_calls_invalid_is_not_sent_again() -> None:
    sqs = FakeSqs({"b": 99}, sender_fault=True)
    with pytest.raises(PermanentError, match="SQS refuses a message"):
        send(sqs, ["a", "b"])
    assert len(sqs.calls) == 1


@given(st.lists(st.integers(1, 120_000), max_size=60))
def test_batches_keep_order_and_both_limits(sizes: list[int]) -> None:
    bodies = ["x" * size for size in sizes]
    made = list(batches(map(QueueMessage, bodies)))
    assert [message.body for batch in made for message in batch] == bodies
    for batch in made:
        assert len(batch) <= BATCH_ENTRIES
        assert sum(message.size for message in batch) <= BATCH_BYTES or len(batch) == 1


def test_a_batch_is_measured_in_bytes_and_not_in_characters() -> None:
    body = "€" * (BATCH_BYTES // 6 + 1)
    assert [len(batch) for batch in batches([QueueMessage(body), QueueMessage(body)])] == [1, 1]


def test_everything_is_sent_when_flush_returns() -> None:
    sqs = FakeSqs()
    with Sender(cast(Any, sqs), URL, "file-1", threads=4) as sender:
        for number in range(1005):
            sender.send(str(number))
        sender.flush()
        assert sorted(map(int, sqs.taken)) == list(range(1005))
    assert sqs.groups == {"file-1"}


def test_flush_raises_what_a_thread_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.platform.queue_batches._FIRST_WAIT_SECONDS", 0)
    with Sender(cast(Any, FakeSqs({"7": 99})), URL, "file-1", threads=2) as sender:
        for number in range(20):
            sender.send(str(number))
        with pytest.raises(NotSent):
            sender.flush()


def test_messages_do_not_pile_up_before_a_slow_queue() -> None:
    gate = threading.Event()
    under_way: list[int] = []

    class Slow:
        def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
            gate.wait(5)
            return {}

    def feed(sender: Sender) -> None:
        for number in range(1000):
            sender.send(str(number))
            under_way.append(number)

    with Sender(cast(Any, Slow()), URL, "file-1", threads=2) as sender:
        feeder = threading.Thread(target=feed, args=(sender,))
        feeder.start()
        feeder.join(0.3)
        waiting = len(under_way)
        gate.set()
        feeder.join()
    assert waiting <= (2 * 2 + 2) * BATCH_ENTRIES


@given(st.text(max_size=200).filter(str.strip))
@example("\ufffe \uffff \x00 \x1f")
def test_every_body_holds_only_characters_that_sqs_takes(text: str) -> None:
    message = a_file_message(feedback=a_feedback(feedback=text.encode("utf-8", "replace").decode()))
    body = queue_body(message)
    assert not set(body) & {chr(code) for code in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)}
    assert json.loads(body)["feedback"]["feedback"] == message.feedback.feedback
