from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.redelivery import come_back_soon


class Queue:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[dict[str, Any]] = []

    def change_message_visibility(self, **arguments: Any) -> None:
        if self.error:
            raise self.error
        self.asked.append(arguments)


def a_record(received: int) -> Any:
    return SimpleNamespace(
        receipt_handle="handle", attributes=SimpleNamespace(approximate_receive_count=str(received))
    )


@pytest.mark.parametrize("received, seconds", [(1, 30), (2, 90), (3, 270), (4, 810), (5, 900), (50, 900)])
def test_a_message_that_failed_comes_back_later_each_time(received: int, seconds: int) -> None:
    queue: Any = Queue()

    come_back_soon(queue, "https://sqs/q", a_record(received))

    assert queue.asked == [
        {"QueueUrl": "https://sqs/q", "ReceiptHandle": "handle", "VisibilityTimeout": seconds}
    ]


def test_where_it_cannot_be_asked_for_the_visibility_timeout_decides() -> None:
    queue: Any = Queue(ClientError({"Error": {"Code": "AccessDenied"}}, "ChangeMessageVisibility"))

    come_back_soon(queue, "https://sqs/q", a_record(1))
