"""SendMessageBatch: what fits into one call, and what SQS says that it did not take."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

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


class Batch:
    """What fits into one SendMessageBatch, as it grows."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self._bytes = 0

    def add(self, body: str) -> bool:
        """Takes the body in; False if it does not fit in besides the others."""
        size = len(body.encode())
        if self.bodies and (len(self.bodies) == BATCH_ENTRIES or self._bytes + size > BATCH_BYTES):
            return False
        self.bodies.append(body)
        self._bytes += size
        return True


def batches(bodies: Iterable[str]) -> Iterator[list[str]]:
    """The bodies in their order, cut into what fits into one call each."""
    batch = Batch()
    for body in bodies:
        if not batch.add(body):
            yield batch.bodies
            batch = Batch()
            batch.add(body)
    if batch.bodies:
        yield batch.bodies


def send_batch(
    sqs: "SQSClient", queue_url: str, bodies: Sequence[str], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Sends at most ten messages, those that SQS names as failed again a few times.

    Raises:
        NotSent: SQS did not take some; names which.
        PermanentError: SQS calls a message invalid.
    """
    waiting = list(range(len(bodies)))
    for attempt in range(_ATTEMPTS):
        if attempt:
            sleep(_FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
        waiting = _send_once(sqs, queue_url, bodies, waiting)
        if not waiting:
            return
    raise NotSent(waiting, f"asked {_ATTEMPTS} times")


def _send_once(
    sqs: "SQSClient", queue_url: str, bodies: Sequence[str], positions: Sequence[int]
) -> list[int]:
    """Sends these, and returns which were not taken."""
    entries: list[SendMessageBatchRequestEntryTypeDef] = [
        {"Id": str(position), "MessageBody": bodies[position]} for position in positions
    ]
    try:
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
    except (BotoCoreError, ClientError) as error:
        # boto3 has tried again by itself; another loop around it would only multiply the calls.
        raise NotSent(positions, _cause(error)) from error
    failed = answer.get("Failed", [])
    invalid = [entry["Code"] for entry in failed if entry["SenderFault"] and "Throttl" not in entry["Code"]]
    if invalid:
        raise PermanentError(f"SQS refuses a message ({invalid[0]})")
    return [int(entry["Id"]) for entry in failed]


def _cause(error: BotoCoreError | ClientError) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
