"""The pipeline's services around a real database, in a world where the process may die at any effect.

Queues, bus, S3 and the model are lists and dictionaries that burn a fuse at each effect on the world
outside, before it and after it, as each commit does. Where the fuse ends, the process dies (nothing that
follows has an effect) or the world says no, once.
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Literal, TypeVar

from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from typing_extensions import override

from shared.contracts.errors import DatabaseUnavailable
from shared.model.prompt_blocks import parse_block
from shared.platform.database import Database, Transaction
from shared.platform.outbox import Outgoing

T = TypeVar("T")
Ending = Literal["kill", "fail", "meanwhile"]
Mood = Literal["right", "odd", "busy", "refused"]


class Killed(BaseException):
    """The process is gone: no handler of errors sees this."""


def away(operation: str = "Any") -> ClientError:
    """What boto3 raises when a service is away."""
    response: Any = {"Error": {"Code": "ServiceUnavailable"}, "ResponseMetadata": {"HTTPStatusCode": 503}}
    return ClientError(response, operation)


def _nothing() -> None:
    """Happens."""


class Fuse:
    """Counts effects down to the one where the process dies, the world says no, or somebody else acts."""

    def __init__(self) -> None:
        self._left: int | None = None
        self._ending: Ending = "kill"
        self._meanwhile: Callable[[], None] = _nothing
        self.dead = False

    def light(
        self, effects: int | None, ending: Ending = "kill", meanwhile: Callable[[], None] = _nothing
    ) -> None:
        """Gives the process life, for so many effects; None: for ever.

        Args:
            meanwhile: what another process does, if that is the ending, before this one goes on.
        """
        self._left, self._ending, self._meanwhile, self.dead = effects, ending, meanwhile, False

    def burn(self, error: Callable[[], Exception] = away, *, locked: bool = False) -> None:
        """An effect is about to happen, or has just happened.

        Args:
            error: how this place says no.
            locked: this process holds rows that another one would wait for.
        """
        if self.dead:
            raise Killed
        if self._left is None:
            return
        self._left -= 1
        if self._left >= 0 or (locked and self._ending == "meanwhile"):
            return
        self._left = None
        if self._ending == "meanwhile":
            self._meanwhile()
            return
        self.dead = self._ending == "kill"
        raise Killed if self.dead else error()


class MortalDatabase(Database):
    """The services' database; a commit is an effect, and its outcome may stay unknown to who asked for it."""

    def __init__(self, database: Database, fuse: Fuse) -> None:
        super().__init__(database._settings, database._secret)
        self._fuse = fuse

    @override
    def _commit(self, work: Callable[[Transaction], T]) -> tuple[T, list[Outgoing]]:
        def mortal(tx: Transaction) -> T:
            result = work(tx)
            self._fuse.burn(lambda: DatabaseUnavailable("connection lost"), locked=True)
            return result

        result = super()._commit(mortal)
        self._fuse.burn(lambda: DatabaseUnavailable("connection lost during commit"))
        return result


@dataclass(eq=False)
class Message:
    """What lies in a queue until it is acknowledged."""

    message_id: str
    body: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    receives: int = 0

    def raw(self, queue: str) -> dict[str, Any]:
        """As Lambda hands it over."""
        return {
            "messageId": self.message_id,
            "receiptHandle": self.message_id,
            "body": self.body,
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
            "attributes": {"ApproximateReceiveCount": str(self.receives)},
            "messageAttributes": {
                name: {"dataType": each["DataType"], "stringValue": each["StringValue"]}
                for name, each in self.attributes.items()
            },
        }


class Queues:
    """SQS: what was sent and not acknowledged, by the queue's name."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse
        self._sent = 0
        self.waiting: dict[str, list[Message]] = {}

    def put(self, queue: str, body: str, attributes: Mapping[str, Any] | None = None) -> None:
        """Somebody outside sends a message."""
        self._sent += 1
        message = Message(f"m-{self._sent}", body, attributes or {})
        self.waiting.setdefault(queue, []).append(message)

    def send_message(self, *, QueueUrl: str, MessageBody: str, **_: Any) -> Mapping[str, Any]:
        self._fuse.burn()
        self.put(QueueUrl.rpartition("/")[2], MessageBody)
        self._fuse.burn()
        return {}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        self._fuse.burn()
        for entry in Entries:
            self.put(QueueUrl.rpartition("/")[2], entry["MessageBody"], entry.get("MessageAttributes"))
        self._fuse.burn()
        return {}

    def get_queue_attributes(self, *, QueueUrl: str, **_: Any) -> Mapping[str, Any]:
        held = len(self.waiting.get(QueueUrl.rpartition("/")[2], ()))
        return {"Attributes": {"ApproximateNumberOfMessages": str(held)}}

    def change_message_visibility(self, **_: Any) -> None:
        """What failed is delivered again when the test says so."""


class Bus:
    """EventBridge: what arrived, as (detail-type, execution)."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse
        self.arrived: list[tuple[str, str | None]] = []

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        self._fuse.burn()
        for entry in Entries:
            self.arrived.append((entry["DetailType"], json.loads(entry["Detail"]).get("execution_id")))
        self._fuse.burn()
        return {"Entries": [{} for _ in Entries]}


class Store:
    """S3: one bucket."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse
        self.objects: dict[str, bytes] = {}

    def get_object(self, *, Key: str, Range: str = "", **_: Any) -> Mapping[str, Any]:
        self._fuse.burn()
        data = self.objects[Key]
        if Range:
            first, last = map(int, Range.removeprefix("bytes=").split("-"))
            if first >= len(data):
                raise ClientError({"Error": {"Code": "InvalidRange"}}, "GetObject")
            data = data[first : last + 1]
        return {"ETag": '"0a"', "Body": StreamingBody(io.BytesIO(data), len(data))}

    def upload_fileobj(self, file: IO[bytes], bucket: str, key: str, **_: Any) -> None:
        self._fuse.burn()
        self.objects[key] = file.read()
        self._fuse.burn()


class Tracker:
    """Step Functions, started under the execution's name."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse

    def start_execution(self, **_: Any) -> Mapping[str, Any]:
        self._fuse.burn()
        return {}


class Bedrock:
    """A model in a mood: it labels a text by the digit at its end, and may be at a loss with odd ones."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse
        self.mood: Mood = "right"

    def converse(self, **arguments: Any) -> Mapping[str, Any]:
        self._fuse.burn()
        if self.mood in ("busy", "refused"):
            code = "ThrottlingException" if self.mood == "busy" else "AccessDeniedException"
            status: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(status, "Converse")
        categories = len(parse_block(arguments["system"][0]["text"], "categories"))
        entries = parse_block(arguments["messages"][0]["content"][0]["text"], "feedback")
        lines = [self._line(number, strings[-1], categories) for number, strings in entries]
        self._fuse.burn()
        tool = {"toolUseId": "1", "name": "label_feedback", "input": {"labels": lines}}
        return {
            "output": {"message": {"role": "assistant", "content": [{"toolUse": tool}]}},
            "stopReason": "tool_use",
            "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15},
        }

    def _line(self, number: int, text: str, categories: int) -> str:
        if self.mood == "odd" and text.startswith("odd"):
            return f"{number} 999 positive"
        return f"{number} {ord(text[-1]) % (categories + 1)} positive"
