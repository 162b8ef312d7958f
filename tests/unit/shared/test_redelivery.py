from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    ParamValidationError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from shared.contracts.errors import DatabaseUnavailable, PermanentError, TransientError
from shared.platform.deferral import (
    MAX_DEFERRALS,
    come_back_soon,
    copy_delay,
    is_transient,
    try_later,
)

URL = "https://sqs/q"
AWAY = DatabaseUnavailable("no server")


def refused(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Any")  # type: ignore[typeddict-item]


class Queue:
    """SQS that notes what it is asked; `error` is for visibilities, `send_error` for copies."""

    def __init__(self, error: Exception | None = None, send_error: Exception | None = None) -> None:
        self.error, self.send_error = error, send_error
        self.asked: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []

    def change_message_visibility(self, **arguments: Any) -> None:
        if self.error:
            raise self.error
        self.asked.append(arguments)

    def send_message(self, **arguments: Any) -> None:
        if self.send_error:
            raise self.send_error
        self.sent.append(arguments)


def a_record(received: int = 1, /, **attributes: str) -> SQSRecord:
    typed = {name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()}
    return SQSRecord(
        {
            "messageId": "message-7",
            "receiptHandle": "handle",
            "body": "what it says",
            "attributes": {"ApproximateReceiveCount": str(received)},
            "messageAttributes": typed,
        }
    )


def carried(message: dict[str, Any]) -> dict[str, str]:
    return {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}


def delivered(message: dict[str, Any]) -> SQSRecord:
    """The copy as the queue hands it out, under an id of its own."""
    record = a_record(1, **carried(message)).raw_event
    return SQSRecord({**record, "messageId": "message-8", "body": message["MessageBody"]})


@pytest.mark.parametrize("received, seconds", [(1, 30), (2, 90), (3, 270), (4, 810), (5, 900), (50, 900)])
def test_a_message_that_failed_comes_back_later_each_time(received: int, seconds: int) -> None:
    queue: Any = Queue()

    come_back_soon(queue, URL, a_record(received))

    assert queue.asked == [{"QueueUrl": URL, "ReceiptHandle": "handle", "VisibilityTimeout": seconds}]


def test_where_it_cannot_be_asked_for_the_visibility_timeout_decides() -> None:
    queue: Any = Queue(ClientError({"Error": {"Code": "AccessDenied"}}, "ChangeMessageVisibility"))

    come_back_soon(queue, URL, a_record())


@pytest.mark.parametrize(
    "error",
    [
        TransientError("away"),
        AWAY,
        EndpointConnectionError(endpoint_url="https://s3"),
        ConnectTimeoutError(endpoint_url="https://s3"),
        ReadTimeoutError(endpoint_url="https://s3"),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
        ResponseStreamingError(error="reset"),
        refused("Anything", 503),
        refused("Anything", 500),
        refused("Anything", 429),
        refused("SlowDown"),
        refused("ThrottlingException"),
        refused("RequestTimeout"),
    ],
)
def test_what_is_away_or_busy_is_waited_for(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        PermanentError("never"),
        ValueError("a bug"),
        refused("AccessDenied", 403),
        refused("NoSuchKey", 404),
        refused("InvalidParameter"),
        ParamValidationError(report="wrong"),
    ],
)
def test_what_would_fail_again_counts_towards_the_dead_letter_queue(error: Exception) -> None:
    queue: Any = Queue()

    assert not is_transient(error)
    assert not try_later(queue, URL, a_record(), error)
    assert (queue.sent, len(queue.asked)) == ([], 1)


def test_a_message_that_met_an_outage_waits_as_a_fresh_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.platform.deferral.random", SimpleNamespace(random=lambda: 0.0))
    queue: Any = Queue()

    assert try_later(queue, URL, a_record(4), AWAY)

    [copy] = queue.sent
    assert (copy["QueueUrl"], copy["MessageBody"], copy["DelaySeconds"]) == (URL, "what it says", 30)
    assert carried(copy) == {"deferrals": "1"}
    assert queue.asked == []


def test_copies_of_copies_wait_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.platform.deferral.random", SimpleNamespace(random=lambda: 0.0))
    queue: Any = Queue()
    record = a_record()

    for _ in range(6):
        assert try_later(queue, URL, record, AWAY)
        record = delivered(queue.sent[-1])

    assert [copy["DelaySeconds"] for copy in queue.sent] == [30, 90, 270, 810, 900, 900]
    assert [carried(copy)["deferrals"] for copy in queue.sent] == ["1", "2", "3", "4", "5", "6"]


def test_what_failed_together_does_not_come_back_together() -> None:
    assert [copy_delay(1, jitter) for jitter in (0.0, 0.5, 1.0)] == [90, 81, 72]
    assert copy_delay(399, 0.0) == 900


def test_after_its_last_hop_a_message_is_left_to_the_dead_letter_queue() -> None:
    queue: Any = Queue()

    assert try_later(queue, URL, a_record(deferrals=str(MAX_DEFERRALS - 1)), AWAY)
    assert not try_later(queue, URL, a_record(deferrals=str(MAX_DEFERRALS)), AWAY)

    assert (len(queue.sent), len(queue.asked)) == (1, 1)


@pytest.mark.parametrize("send_error", [refused("AccessDenied", 403), ReadTimeoutError(endpoint_url="sqs")])
def test_where_no_copy_can_be_sent_the_message_itself_comes_back(send_error: Exception) -> None:
    queue: Any = Queue(send_error=send_error)

    assert not try_later(queue, URL, a_record(), AWAY)

    assert len(queue.asked) == 1


def test_without_its_queue_s_address_a_message_waits_for_its_visibility() -> None:
    queue: Any = Queue()

    assert not try_later(queue, "", a_record(), AWAY)

    assert (queue.sent, queue.asked) == ([], [])


@pytest.mark.parametrize("deferrals", ["", "-1", "many", "²", "9" * 30])
def test_a_count_that_is_none_of_ours_is_no_count(deferrals: str) -> None:
    queue: Any = Queue()

    assert try_later(queue, URL, a_record(deferrals=deferrals), AWAY)

    assert carried(queue.sent[0])["deferrals"] == "1"
