"""The frame of every function that reads a queue: a handler is a name, a parser and one function.

    consumer = Consumer("curate", open_dependencies, parse, deal_with, AWAY)
    handler = consumer.handler

Each message of a batch is parsed and worked on by itself, and what failed is answered as a partial batch
response. Where the world is at fault (`is_transient`), a fresh copy waits by the consumer's policy and the
message is acknowledged; whatever else failed comes back by its visibility and is a dead letter in the end.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from typing_extensions import override

from shared.contracts.errors import OutOfTime, PermanentError, UnreadableMessage
from shared.platform.deferral import AWAY, Policy, come_back_soon, next_copy, send_copies
from shared.platform.received import Received, received
from shared.platform.settings import Settings
from shared.platform.telemetry import Telemetry
from shared.platform.transience import CLIENT_CONFIG, is_transient

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_sqs import SQSClient

D = TypeVar("D")
"""The dependencies of a service: settings, database and clients, made once and kept while it is warm."""
M = TypeVar("M")
"""The messages of its queue."""


class QueueSettings(Settings):
    """Where a consumer's copies wait."""

    own_queue_url: str = ""
    """Empty: a message that failed waits until its visibility timeout is over."""


@dataclass
class Attempt:
    """One attempt at one message, or at one batch of them.

    Attributes:
        seconds_left: that the invocation may still take.
        steps: how many results the attempt has kept, so that another one would not begin from nothing.
    """

    seconds_left: Callable[[], float]
    message: Received
    steps: int = 0

    def kept(self) -> None:
        """Counts a step whose result is stored."""
        self.steps += 1

    def check_time(self, seconds: float) -> None:
        """Raises OutOfTime rather than begin what takes so long and may not end."""
        if self.seconds_left() < seconds:
            raise OutOfTime("the function's time is nearly over")


class Frame(ABC, Generic[D]):
    """What both kinds of consumers share: telemetry, and the dependencies made on first use."""

    def __init__(self, service: str, open_dependencies: Callable[[Telemetry], D]) -> None:
        self.telemetry = Telemetry(service)
        self.handler = self.telemetry.around(self._handle)
        self._open = open_dependencies
        self._dependencies: D | None = None

    def dependencies(self) -> D:
        """What the work is given."""
        if self._dependencies is None:
            self._dependencies = self._open(self.telemetry)
        return self._dependencies

    @abstractmethod
    def _handle(self, event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
        """Answers with the ids of the messages that the queue should deliver again."""


class Consumer(Frame[D], Generic[D, M]):
    """Works on one message at a time.

    Args:
        service: its name in logs, metrics and traces.
        open_dependencies: makes what `work` is given.
        parse: reads a message's body; a ValueError, as pydantic's, says that it is none of this queue.
        work: does what the message asks for. Repeating it does no harm.
        policy: how a message is tried again when the world is at fault; None: by the queue alone.
        counted: whether what fails counts as MessagesFailed; else another alarm must see it.
        give_up: ends what a message asked for when it is tried no more, or can never succeed; then the
            message is acknowledged. None: it goes to the dead-letter queue.
    """

    def __init__(
        self,
        service: str,
        open_dependencies: Callable[[Telemetry], D],
        parse: Callable[[str], M],
        work: Callable[[D, M, Attempt], None],
        policy: Policy | None = None,
        give_up: Callable[[D, M, str], None] | None = None,
        *,
        counted: bool = True,
    ) -> None:
        super().__init__(service, open_dependencies)
        self._parse = parse
        self._work = work
        self._policy = policy
        self._give_up = give_up
        self._counted = counted
        self._processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        self._sqs: SQSClient | None = None

    @override
    def _handle(self, event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
        def one(record: SQSRecord) -> None:
            message = received(record.raw_event)
            self._one(Attempt(lambda: context.get_remaining_time_in_millis() / 1000, message))

        return dict(process_partial_response(event, one, self._processor, context))

    def _one(self, attempt: Attempt) -> None:
        with self.telemetry.logger.append_context_keys(message_id=attempt.message.message_id):
            try:
                self._try(attempt)
            except Exception as error:
                # Nothing is swallowed: a copy waits, or the message goes back to the queue.
                self.telemetry.note_failure(error)
                if not self._put_off(attempt, error):
                    if self._counted:
                        self.telemetry.count_of_all("MessagesFailed")
                    raise

    def _try(self, attempt: Attempt) -> None:
        message = self._read(attempt.message.body)
        with self.telemetry.logger.append_context_keys(**_log_keys(message)):
            if self._give_up is None:
                self._work(self.dependencies(), message, attempt)
            else:
                self._try_or_give_up(message, attempt, self._give_up)

    def _read(self, body: str) -> M:
        try:
            return self._parse(body)
        except (ValueError, RecursionError) as error:
            raise UnreadableMessage(f"not a message of this queue ({type(error).__name__})") from error

    def _try_or_give_up(self, message: M, attempt: Attempt, give_up: Callable[[D, M, str], None]) -> None:
        policy = self._policy
        if policy and policy.max_receives and attempt.message.receives > policy.max_receives:
            give_up(self.dependencies(), message, "it crashed again and again")
            return
        try:
            self._work(self.dependencies(), message, attempt)
        except PermanentError as error:
            give_up(self.dependencies(), message, str(error))
        except Exception as error:
            # All but the last try of a transient error is raised again, to be put off or returned.
            if not (policy and is_transient(error) and self._is_last(attempt, error, policy)):
                raise
            give_up(self.dependencies(), message, str(error))

    @staticmethod
    def _is_last(attempt: Attempt, error: Exception, policy: Policy) -> bool:
        return next_copy(attempt.message, error, policy, 0, kept=attempt.steps > 0) is None

    def _put_off(self, attempt: Attempt, error: Exception) -> bool:
        """Sees to it that the message is tried again; whether by a copy, so that it is to be acknowledged."""
        policy, queue_url = self._policy, QueueSettings.read().own_queue_url
        if policy is None or not queue_url:
            return False
        if is_transient(error) and self._send_copy(attempt, error, policy, queue_url):
            return True
        if policy.max_receives is None:
            # Receives that are counted for giving up must not come faster than the visibility timeout.
            come_back_soon(self.sqs(), queue_url, attempt.message, policy)
        return False

    def _send_copy(self, attempt: Attempt, error: Exception, policy: Policy, queue_url: str) -> bool:
        chance = random.random()  # noqa: S311 - spreads retries; it keeps no secret
        copy = next_copy(attempt.message, error, policy, chance, kept=attempt.steps > 0)
        if copy is None:
            self.telemetry.logger.error("message given up", deferrals=attempt.message.deferrals)
            return False
        if send_copies(self.sqs(), queue_url, [copy]):
            return False
        self.telemetry.logger.warning("message deferred", deferrals=copy.deferrals, delay=copy.delay)
        if policy == AWAY:
            self.telemetry.count_of_all("MessagesDeferred")
        return True

    def sqs(self) -> "SQSClient":
        """SQS, for copies."""
        if self._sqs is None:
            self._sqs = boto3.client("sqs", config=CLIENT_CONFIG)
        return self._sqs


class BatchConsumer(Frame[D]):
    """Works on a whole batch at once, for work that is cheaper together, and knows what of it failed.

    Args:
        work: returns the messages that the queue should deliver again; raises nothing.
    """

    def __init__(
        self,
        service: str,
        open_dependencies: Callable[[Telemetry], D],
        work: Callable[[D, Sequence[Received], float], set[Received]],
    ) -> None:
        super().__init__(service, open_dependencies)
        self._work = work

    @override
    def _handle(self, event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
        seconds_left = context.get_remaining_time_in_millis() / 1000
        failed = self._work(self.dependencies(), [received(raw) for raw in event["Records"]], seconds_left)
        if failed:
            self.telemetry.count_of_all("MessagesFailed", len(failed))
        ids = sorted(message.message_id for message in failed)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in ids]}


def _log_keys(message: object) -> dict[str, Any]:
    """By what a message is known in the log: what it says itself, or its execution."""
    execution_id = getattr(message, "execution_id", None)
    return getattr(message, "log_keys", {"execution_id": execution_id} if execution_id else {})
