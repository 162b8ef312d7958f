"""Sends messages to SQS in batches, several in parallel; none counts as sent before `flush` returns."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from shared.platform.queue_batches import Batch, QueueMessage, send_batch

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


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
        """Queues a message; it is sent with others, perhaps later."""
        batch = self._batches.setdefault(queue_url, Batch())
        if not batch.add(QueueMessage(body)):
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
        self._under_way.append(self._pool.submit(send_batch, self._sqs, queue_url, batch.messages))

    def _wait(self, allowed: int) -> None:
        """Waits until at most `allowed` batches are under way."""
        while len(self._under_way) > allowed:
            self._under_way.pop(0).result()
