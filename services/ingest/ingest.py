"""What an upload, or a message to go on, leads to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.ingest.missing import Resent
from services.ingest.refusal import FileRefused
from services.ingest.routing import ObjectCreated, is_ignored, profile_of
from services.ingest.settings import IngestSettings
from services.ingest.slices import Progress, SliceRunner
from services.ingest.tracker import start_tracker
from shared.changes import lifecycle
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.messages import ContinueIngest, SendMissing
from shared.contracts.records import DEFAULT_PROFILE, ExecutionId
from shared.platform.database import Database, Transaction
from shared.platform.named_lock import named_lock
from shared.stores import category_store, execution_store

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True)
class Outcome:
    """How a message ended, for the log."""

    what: Literal["ignored", "stale", "refused", "worked"]
    execution_id: ExecutionId | None = None
    progress: Progress | None = None
    tracker_error: str | None = None
    resent: Resent | None = None


class Ingest:
    """Answers the messages of the ingest queue."""

    def __init__(
        self,
        database: Database,
        runner: SliceRunner,
        sfn: "SFNClient",
        settings: IngestSettings,
    ) -> None:
        self._database = database
        self._runner = runner
        self._sfn = sfn
        self._settings = settings

    def upload(self, event: ObjectCreated, deadline: float) -> Outcome:
        """A file has arrived: begins its execution, or says why not. The same event again does no more."""
        if is_ignored(event):
            return Outcome("ignored")
        execution = self._database.transact(lambda tx: _begin(tx, event))
        if execution.status is ExecutionStatus.FAILED:
            return Outcome("refused", execution.execution_id)
        if not _waits_for(execution, 0):
            return Outcome("stale", execution.execution_id)
        error = start_tracker(self._sfn, self._settings.state_machine_arn, execution.execution_id)
        return self._work(execution, deadline, error)

    def go_on(self, message: ContinueIngest, deadline: float) -> Outcome:
        """A slice is to be worked on, unless that was done."""
        execution = self._database.transact(lambda tx: execution_store.find(tx, message.execution_id))
        if execution is None or not _waits_for(execution, message.slice):
            return Outcome("stale", message.execution_id)
        return self._work(execution, deadline)

    def send_missing(self, message: SendMissing, deadline: float) -> Outcome:
        """Rows are missing because their messages were lost, unless they came meanwhile."""
        execution_id = message.execution_id
        execution = self._database.transact(lambda tx: execution_store.find(tx, execution_id))
        if execution is None or execution.status is not ExecutionStatus.CLASSIFYING:
            return Outcome("stale", execution_id)
        with named_lock(self._database, f"ingest {execution_id}"):
            resent = self._runner.send_missing(execution, message, deadline)
        return Outcome("worked", execution_id, resent=resent)

    def _work(self, execution: Execution, deadline: float, tracker_error: str | None = None) -> Outcome:
        # Not for safety, a slice may run twice, but lest it does while the first run is under way.
        with named_lock(self._database, f"ingest {execution.execution_id}"):
            progress = self._runner.run(execution, deadline)
        return Outcome("worked", execution.execution_id, progress, tracker_error)


def _begin(tx: Transaction, event: ObjectCreated) -> Execution:
    profiles = category_store.profiles(tx)
    try:
        profile, reason = profile_of(event.key, profiles), None
    except FileRefused as error:
        profile, reason = DEFAULT_PROFILE, str(error)
    execution_id = event.execution_id
    if lifecycle.start_file(tx, execution_id, profile, event.source) and reason is not None:
        lifecycle.fail(tx, execution_id, reason)
    execution = execution_store.find(tx, execution_id)
    assert execution is not None, "it was begun just now or before"
    return execution


def _waits_for(execution: Execution, number: int) -> bool:
    return execution.status is ExecutionStatus.RECEIVING and execution.ingest_slice == number
