"""SendMessageBatch: what fits into one call, and what SQS says that it did not take."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from shared.contracts.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

BATCH_ENTRIES = 10
BATCH_BYTES = 256 * 1024
"""Of a batch of several messages; one alone may be larger, as SQS allows."""
_ATTEMPTS = 4
_FIRST_WAIT_SECONDS = 0.2


class NotSent(TransientError):
    """SQS did not take some messages, or did not say whether it did.

    Attributes:
        positions: which, by their place in what was to be sent.
    """

    def __init__(self, positions: Sequence[int], cause: str) -> None:
        super().__init__(f"SQS did not take {len(positions)} messages ({cause})")
        self.positions = tuple(positions)
        self.cause = cause


def queue_body(message: BaseModel) -> str:
    """The message as JSON; the two characters that SQS refuses though JSON allows them are escaped."""
    return message.model_dump_json().replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


class QueueMessage(NamedTuple):
    """A message to send: its body, the seconds before it is seen, and numbers that it carries by name.

    Among others of its message group it waits its turn; the groups are served fairly.
    """

    body: str
    delay: int = 0
    numbers: Mapping[str, int] = {}
    message_group: str = ""

    @property
    def size(self) -> int:
        """Bytes that it counts for, at most."""
        carried = sum(len(name) + len("Number") + len(str(value)) for name, value in self.numbers.items())
        return len(self.body.encode("utf-8", "surrogatepass")) + carried

    def entry(self, entry_id: str) -> "SendMessageBatchRequestEntryTypeDef":
        """As boto3 takes it."""
        entry: SendMessageBatchRequestEntryTypeDef = {"Id": entry_id, "MessageBody": self.body}
        if self.message_group:
            entry["MessageGroupId"] = self.message_group
        if self.delay:
            entry["DelaySeconds"] = self.delay
        if self.numbers:
            entry["MessageAttributes"] = {
                name: {"DataType": "Number", "StringValue": str(value)}
                for name, value in self.numbers.items()
            }
        return entry


class Batch:
    """What fits into one SendMessageBatch, as it grows."""

    def __init__(self) -> None:
        self.messages: list[QueueMessage] = []
        self._bytes = 0

    def add(self, message: QueueMessage) -> bool:
        """Takes the message in; False if it does not fit in besides the others."""
        size = message.size
        if self.messages and (len(self.messages) == BATCH_ENTRIES or self._bytes + size > BATCH_BYTES):
            return False
        self.messages.append(message)
        self._bytes += size
        return True


def batches(messages: Iterable[QueueMessage]) -> Iterator[list[QueueMessage]]:
    """The messages in their order, cut into what fits into one call each."""
    batch = Batch()
    for message in messages:
        if not batch.add(message):
            yield batch.messages
            batch = Batch()
            batch.add(message)
    if batch.messages:
        yield batch.messages


def send_batch(
    sqs: "SQSClient",
    queue_url: str,
    messages: Sequence[QueueMessage],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Sends at most ten messages, those that SQS names as failed again a few times.

    Raises:
        NotSent: SQS did not take some; names which.
        PermanentError: SQS calls a message invalid.
    """
    waiting = list(range(len(messages)))
    for attempt in range(_ATTEMPTS):
        if attempt:
            sleep(_FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
        waiting = _send_once(sqs, queue_url, messages, waiting)
        if not waiting:
            return
    raise NotSent(waiting, f"asked {_ATTEMPTS} times")


def _send_once(
    sqs: "SQSClient", queue_url: str, messages: Sequence[QueueMessage], positions: Sequence[int]
) -> list[int]:
    """Sends these, and returns which were not taken."""
    entries = [messages[position].entry(str(position)) for position in positions]
    try:
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
    except (BotoCoreError, ClientError) as error:
        # boto3 has tried again by itself; another loop around it would only multiply the calls.
        raise NotSent(positions, _cause(error)) from error
    failed = answer.get("Failed", [])
    invalid = [
        entry["Code"] for entry in failed if entry.get("SenderFault") and "Throttl" not in entry["Code"]
    ]
    if invalid:
        raise PermanentError(f"SQS refuses a message ({invalid[0]})")
    return [int(entry["Id"]) for entry in failed]


def _cause(error: BotoCoreError | ClientError) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
