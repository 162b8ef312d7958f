"""Whether an execution without progress may only be waiting its turn in a queue.

SQS says about how many messages a queue holds, not whose they are. If none was lost, it holds those of all
executions that wait for its consumer. As many as it holds too few were lost, and they may be anybody's.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from services.sweep.settings import SweepSettings
from shared.contracts.execution import Execution, ExecutionStatus
from shared.platform.database import Database
from shared.stores.execution_store import watch

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeFilterType

_COUNTS: Sequence["QueueAttributeFilterType"] = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
"""Messages to be had, in flight, and not to be seen yet."""


class Backlog(NamedTuple):
    """How many messages a queue holds, and how many it holds if none was lost."""

    held: int
    owed: int

    def may_hold(self, messages: int) -> bool:
        """Whether most of an execution's messages are in the queue, whosever the missing ones are.

        Half of them decides, because SQS's figure is approximate: what is missing by a small error is not
        taken for a large file's rows, and a few rows that are lost are found however much the queue holds.
        """
        return 2 * (self.owed - self.held) < messages


class Backlogs:
    """The queues' backlogs at the time they are first asked for."""

    def __init__(self, settings: SweepSettings, database: Database, sqs: "SQSClient") -> None:
        self._urls: Mapping[ExecutionStatus, str] = {
            ExecutionStatus.RECEIVING: settings.ingest_queue_url,
            ExecutionStatus.CLASSIFYING: settings.feedback_queue_url,
            ExecutionStatus.CLASSIFIED: settings.categorize_queue_url,
        }
        self._of_the_others = settings.notify_queue_url
        self._database, self._sqs = database, sqs
        self._seen: dict[str, Backlog] = {}

    def may_hold(self, execution: Execution) -> bool:
        """Whether the queue of its stage may hold its messages."""
        rows = execution.status is ExecutionStatus.CLASSIFYING
        return self.of(execution.status).may_hold(execution.unwritten if rows else 1)

    def of(self, status: ExecutionStatus) -> Backlog:
        """The backlog of the queue that executions of this status wait in."""
        url = self._urls.get(status, self._of_the_others)
        if url not in self._seen:
            # In this order: rows that are written in between are missing in neither.
            held = self._held(url)
            self._seen[url] = Backlog(held, self._database.transact(watch.owed, status=status))
        return self._seen[url]

    def _held(self, url: str) -> int:
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTS)
        return sum(map(int, found["Attributes"].values()))
