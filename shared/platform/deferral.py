"""Trying a message again by a fresh copy of it, which waits in the message's own queue.

Each receive of a message counts towards its dead-letter queue, and a hidden message fills the queue's
in-flight limit. A copy begins anew with both, so receives count crashes only, and an outage of days loses
nothing. A copy is of its message's group, and carries how often that was done, because a function that feeds
its own queue must be able to stop. The policies say how long and how often.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from shared.contracts.errors import InsightsError, OutOfTime
from shared.contracts.execution import NO_USAGE, Usage
from shared.platform.named_lock import LockBusy
from shared.platform.queue_batches import NotSent, QueueMessage, batches, send_batch
from shared.platform.received import DEFERRALS, FORGED, HOPS, RECEIVES, Received, carried_numbers

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Policy:
    """How long a message waits before it is tried again, and how often.

    Attributes:
        first_seconds: the longest delay of the first copy.
        factor: what each further copy's delay is multiplied by, up to `longest_seconds` (900: SQS's limit).
        spread: the part of a delay that chance may take off, so that what failed together does not come
            back together.
        postponed_seconds: least and most, where nobody is at fault: somebody else does the same work, or
            this function's time or share is used up. Such a copy counts as a hop only. None: it counts.
        max_deferrals: copies in a row after attempts that kept nothing, before the message is given up.
        max_hops: copies in all.
        max_receives: of one copy, after which it is given up because it crashes the function; None: left
            to the queue's redrive policy.
    """

    first_seconds: int
    factor: int
    longest_seconds: int
    spread: float
    max_deferrals: int
    max_hops: int
    postponed_seconds: tuple[int, int] | None = None
    max_receives: int | None = None

    def delay(self, deferrals: int, chance: float) -> int:
        """Seconds, after so many deferrals; `chance` from 0 (the longest delay) to 1."""
        longest = min(self.longest_seconds, self.first_seconds * float(self.factor) ** min(deferrals, 20))
        return round(longest * (1 - self.spread * chance))

    def is_worn(self, message: Received) -> bool:
        """Whether the message was put off as often as it may be."""
        return message.deferrals >= self.max_deferrals or message.hops >= self.max_hops


AWAY = Policy(30, 3, 900, spread=0.2, max_deferrals=400, max_hops=400)
"""MySQL, S3 or SNS is away: almost four days, then the dead-letter queue."""
BUSY_MODEL = Policy(4, 2, 90, spread=0.5, max_deferrals=2_000, max_hops=20_000, postponed_seconds=(1, 16))
"""The model answers nobody. Short delays, so that all is at work again soon after it does: an outage that
lasts is the circuit breaker's. After two days of them a record waits in MySQL, parked."""
BUSY_DATABASE = Policy(4, 2, 90, spread=0.5, max_deferrals=20_000, max_hops=20_000)
"""The database takes no rows: for longer than SQS keeps a message, because nothing can be parked."""
DISCOVERY = Policy(
    15, 2, 900, spread=0.5, max_deferrals=10, max_hops=1_000, postponed_seconds=(20, 40), max_receives=3
)
"""A discovery ended early: about an hour and a half without progress, then the report comes without it."""


@dataclass(frozen=True)
class Copy:
    """A fresh copy of a message: after how many seconds it is seen, and what it carries.

    Attributes:
        receives: of the message before this one, which count on, because nothing was tried this time.
    """

    of: Received
    delay: int
    deferrals: int
    hops: int
    owed: Usage = NO_USAGE
    receives: int = 0


def defer(message: Received, policy: Policy, chance: float, *, kept: bool = False) -> Copy | None:
    """The copy after an attempt that failed; None if the message was put off too often.

    Args:
        chance: 0 to 1.
        kept: whether the attempt kept something, so that counting begins anew.
    """
    deferrals = 0 if kept else message.deferrals
    if deferrals >= policy.max_deferrals or message.hops >= policy.max_hops:
        return None
    return Copy(message, policy.delay(deferrals, chance), deferrals + 1, message.hops + 1, message.owed)


def postpone(message: Received, policy: Policy, chance: float) -> Copy | None:
    """The copy after an attempt that nobody is to blame for; None if there were too many copies in all."""
    if policy.postponed_seconds is None:
        return defer(message, policy, chance)
    if message.hops >= policy.max_hops:
        return None
    least, most = policy.postponed_seconds
    delay = least + round((most - least) * chance)
    return Copy(message, delay, message.deferrals, message.hops + 1, message.owed, message.receives - 1)


def next_copy(
    message: Received, error: Exception, policy: Policy, chance: float, *, kept: bool = False
) -> Copy | None:
    """How it goes on after this transient error; None if the message is given up.

    Args:
        kept: whether the attempt kept something. One that kept something and ran out of time goes on at once.
    """
    if isinstance(error, LockBusy):
        return postpone(message, policy, chance)
    if isinstance(error, OutOfTime) and kept and message.hops < policy.max_hops:
        return Copy(message, 0, 0, message.hops + 1, message.owed)
    return defer(message, policy, chance, kept=kept)


def send_copies(sqs: "SQSClient", queue_url: str, copies: Sequence[Copy]) -> list[Received]:
    """Sends copies to the queue that their messages came from; returns the messages without a copy."""
    lost: list[Received] = []
    sent = 0
    for batch in batches(map(_message, copies)):
        lost += _send(sqs, queue_url, batch, copies[sent : sent + len(batch)])
        sent += len(batch)
    return lost


def come_back_soon(sqs: "SQSClient", queue_url: str, message: Received, policy: Policy) -> None:
    """Lets the message itself be seen again as soon as a copy would be; a receive that counts."""
    seconds = policy.delay(message.receives - 1, chance=0)
    try:
        sqs.change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=message.receipt_handle, VisibilityTimeout=seconds
        )
    except (BotoCoreError, ClientError) as error:
        # Then it comes back when the visibility timeout is over.
        _LOG.warning("visibility not changed", extra={"error": type(error).__name__})


def _message(copy: Copy) -> QueueMessage:
    numbers = {DEFERRALS: copy.deferrals, HOPS: copy.hops} | carried_numbers(copy.owed)
    if copy.receives:
        numbers[RECEIVES] = copy.receives
    if copy.of.forged:
        numbers[FORGED] = 1
    return QueueMessage(copy.of.body, copy.delay, numbers, copy.of.message_group)


def _send(sqs: "SQSClient", url: str, batch: list[QueueMessage], copies: Sequence[Copy]) -> list[Received]:
    try:
        send_batch(sqs, url, batch)
    except NotSent as error:
        _LOG.warning("copies not sent", extra={"cause": error.cause, "copies": len(error.positions)})
        return [copies[position].of for position in error.positions]
    except InsightsError as error:
        _LOG.warning("copies not sent", extra={"cause": str(error), "copies": len(copies)})
        return [copy.of for copy in copies]
    return []
