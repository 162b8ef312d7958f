"""Messages → SQS, in batches, several at a time; nothing counts as sent before `flush` returns."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

BATCH_ENTRIES = 10
BATCH_BYTES = 256 * 1024
"""Of a batch of several messages; one alone may be larger, as SQS allows."""
_ATTEMPTS = 4
_FIRST_WAIT_SECONDS = 0.2


class NotSent(TransientError):
    """SQS did not take some messages, again and again.

    Attributes:
        positions: which, by their place in what was sent.
    """

    def __init__(self, positions: Sequence[int]) -> None:
        super().__init__(f"SQS did not take {len(positions)} messages")
        self.positions = tuple(positions)


class Batch:
    """What fits into one SendMessageBatch."""

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


def send_batch(
    sqs: "SQSClient", queue_url: str, bodies: Sequence[str], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Sends at most ten messages, those that SQS names as failed again a few times.

    Raises:
        NotSent: SQS did not take some.
        PermanentError: SQS calls a message invalid.
        TransientError: SQS does not answer.
    """
    waiting = list(range(len(bodies)))
    for attempt in range(_ATTEMPTS):
        if attempt:
            sleep(_FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
        waiting = _send_once(sqs, queue_url, bodies, waiting)
        if not waiting:
            return
    raise NotSent(waiting)


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
        raise TransientError(f"SQS does not answer ({type(error).__name__})") from error
    failed = answer.get("Failed", [])
    invalid = [entry["Code"] for entry in failed if entry["SenderFault"] and "Throttl" not in entry["Code"]]
    if invalid:
        raise PermanentError(f"SQS refuses a message ({invalid[0]})")
    return [int(entry["Id"]) for entry in failed]


class Sender:
    """Sends messages by threads of its own, and waits when they fall behind. Use with `with`.

    Args:
        threads: how many batches are under way at a time (boto3's clients may be shared).
    """

    def __init__(self, sqs: "SQSClient", threads: int) -> None:
        self._sqs = sqs
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sender")
        self._batches: dict[str, Batch] = {}
        self._under_way: list[Future[None]] = []

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def send(self, queue_url: str, body: str) -> None:
        """Takes a message over; it may leave later, with others."""
        batch = self._batches.setdefault(queue_url, Batch())
        if not batch.add(body):
            self._dispatch(queue_url)
            self.send(queue_url, body)

    def flush(self) -> None:
        """Returns when SQS has taken every message; raises what `send_batch` does if it has not."""
        for queue_url in list(self._batches):
            self._dispatch(queue_url)
        self._wait(0)

    def _dispatch(self, queue_url: str) -> None:
        batch = self._batches.pop(queue_url)
        self._wait(2 * self._threads)
        self._under_way.append(self._pool.submit(send_batch, self._sqs, queue_url, batch.bodies))

    def _wait(self, allowed: int) -> None:
        """Until at most `allowed` batches are under way."""
        while len(self._under_way) > allowed:
            self._under_way.pop(0).result()
