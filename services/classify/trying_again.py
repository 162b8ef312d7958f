"""Messages that a batch could not finish: copies of them wait in the queue."""

import random
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shared.contracts.errors import OutOfTime
from shared.platform.deferral import BUSY_DATABASE, BUSY_MODEL, Copy, defer, postpone, send_copies
from shared.platform.received import Received

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_chance = random.Random().random  # noqa: S311  # jitter, not a secret


class TryingAgain:
    """Sends copies; each method returns the messages without one, which the queue must deliver again."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def without_model(self, busy: Sequence[tuple[Received, Exception]]) -> set[Received]:
        """Of messages that the model was too busy for, or the time too short, each with the error."""
        return self._send(
            (message, (postpone if isinstance(error, OutOfTime) else defer)(message, BUSY_MODEL, _chance()))
            for message, error in busy
        )

    def not_begun(self, messages: Sequence[Received]) -> set[Received]:
        """Of messages for which the time did not suffice; they are handled alone again."""
        return self._send((each, postpone(each, BUSY_MODEL, _chance())) for each in messages)

    def without_database(self, messages: Sequence[Received]) -> set[Received]:
        """Of messages that could not be written.

        Returned to the queue, they would count as received, and after `maxReceiveCount` outages they would
        be in the dead-letter queue.
        """
        return self._send((each, defer(each, BUSY_DATABASE, _chance())) for each in messages)

    def _send(self, tries: Iterable[tuple[Received, Copy | None]]) -> set[Received]:
        found = list(tries)
        worn = {message for message, copy in found if copy is None}
        copies = [copy for _, copy in found if copy is not None]
        return worn | set(send_copies(self._sqs, self._queue_url, copies))
