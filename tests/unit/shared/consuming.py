"""A queue's function with SQS as a list."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.platform.consumer import Attempt, Consumer
from shared.platform.deferral import AWAY, Policy
from tests.builders import a_context

URL = "https://sqs/q"
Work = Callable[[list[str], str, Attempt], None]


class Queue:
    def __init__(self) -> None:
        self.copies: list[Mapping[str, Any]] = []
        self.asked: list[int] = []
        self.broken = False

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        if self.broken:
            return {"Failed": [{"Id": "0", "Code": "NotAllowed", "SenderFault": True}]}
        self.copies += Entries
        return {}

    def change_message_visibility(self, *, VisibilityTimeout: int, **_: Any) -> None:
        self.asked.append(VisibilityTimeout)

    @property
    def carried(self) -> list[dict[str, str]]:
        return [
            {name: value["StringValue"] for name, value in each["MessageAttributes"].items()}
            for each in self.copies
        ]


def consuming(
    queue: Queue, work: Work, policy: Policy | None = AWAY, **more: Any
) -> Consumer[list[str], str]:
    consumer = Consumer("test", lambda _: [], parse, work, policy, **more)
    fake: Any = queue
    consumer.sqs = lambda: fake  # type: ignore[method-assign]
    return consumer


def parse(body: str) -> str:
    if body == "nonsense":
        raise ValueError(body)
    return body


def deliver(handler: Callable[[dict[str, Any], Any], Any], *bodies: str, **counted: int) -> list[str]:
    """The function with a batch of these; the bodies that are to be delivered again."""
    carried = {name: {"stringValue": str(value)} for name, value in counted.items() if name != "receives"}
    records = [
        {
            "messageId": body,
            "body": body,
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:r:1:q",
            "receiptHandle": "r",
            "attributes": {"ApproximateReceiveCount": str(counted.get("receives", 1))},
            "messageAttributes": carried,
        }
        for body in bodies
    ]
    answer = handler({"Records": records}, a_context("f", seconds=60))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def failing(error: Exception, *, kept: bool = False) -> Work:
    def work(_: list[str], __: str, attempt: Attempt) -> None:
        if kept:
            attempt.kept()
        raise error

    return work
