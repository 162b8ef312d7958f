"""Sends messages to SQS in batches, several in parallel; none counts as sent before `flush` returns."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from shared.platform.queue_batches import Batch, QueueMessage, send_batch

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Sender:
    """Sends messages to one queue by threads of its own, and waits when they fall behind. Use with `with`.

    Args:
        message_group: of all messages.
        threads: how many batches are under way at a time (boto3's clients may be shared).
    """

    def __init__(self, sqs: "SQSClient", queue_url: str, message_group: str, threads: int) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._message_group = message_group
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sender")
        self._batch = Batch()
        self._under_way: list[Future[None]] = []

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def send(self, body: str) -> None:
        """Queues a message; it is sent with others, perhaps later."""
        message = QueueMessage(body, message_group=self._message_group)
        if not self._batch.add(message):
            self._dispatch()
            self._batch.add(message)

    def flush(self) -> None:
        """Returns when SQS has taken every message; raises what `send_batch` does if it has not."""
        if self._batch.messages:
            self._dispatch()
        self._wait(0)

    def _dispatch(self) -> None:
        batch, self._batch = self._batch, Batch()
        self._wait(2 * self._threads)
        self._under_way.append(self._pool.submit(send_batch, self._sqs, self._queue_url, batch.messages))

    def _wait(self, allowed: int) -> None:
        """Waits until at most `allowed` batches are under way."""
        while len(self._under_way) > allowed:
            self._under_way.pop(0).result()
