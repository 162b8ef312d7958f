"""SQS and EventBridge as lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import EndpointConnectionError


class Queues:
    """SQS as classify sees it: what was sent, by queue."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.broken = False

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> Mapping[str, Any]:
        self.sent.append((QueueUrl, {"MessageBody": MessageBody}))
        return {}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        if self.broken:
            return {"Failed": [{"Id": entry["Id"], "Code": "x", "SenderFault": True} for entry in Entries]}
        self.sent += [(QueueUrl, entry) for entry in Entries]
        return {}


class Bus:
    """EventBridge: what was put on it."""

    def __init__(self) -> None:
        self.entries: list[Mapping[str, Any]] = []
        self.away = False

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        if self.away:
            raise EndpointConnectionError(endpoint_url="https://events")
        self.entries += Entries
        return {"Entries": [{} for _ in Entries]}

    def types(self) -> list[str]:
        return [entry["DetailType"] for entry in self.entries]
