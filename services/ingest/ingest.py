"""What an upload, or a message to go on, leads to."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Literal

from services.ingest.dependencies import Dependencies
from services.ingest.inbox import Message
from services.ingest.missing import Resender
from services.ingest.refusal import FileRefused
from services.ingest.results import IngestResult
from services.ingest.routing import ObjectCreated, is_ignored, profile_of
from services.ingest.slices import SliceRunner
from services.ingest.tracker import start_tracker
from shared.changes import lifecycle
from shared.contracts.execution import Duplicates, Execution, ExecutionStatus
from shared.contracts.messages import ContinueIngest, SendMissing
from shared.contracts.records import DEFAULT_PROFILE, ExecutionId, Profile
from shared.platform.database import Transaction
from shared.platform.named_lock import named_lock
from shared.stores import category_store, execution_store, profile_store

_LOCK_SECONDS = 5
"""The message to go on is sent within the lock, and may come before the lock is free."""


class Ingest:
    """Answers the messages of the ingest queue.

    Every `deadline` is a time of the clock, at which a slice ends and a message to go on is sent.
    """

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    def answer(self, message: Message, deadline: float) -> IngestResult:
        """Does what the message asks for; the same message again does no harm."""
        match message:
            case ObjectCreated():
                return self.upload(message, deadline)
            case ContinueIngest():
                return self.go_on(message, deadline)
            case SendMissing():
                return self.send_missing(message, deadline)

    def upload(self, event: ObjectCreated, deadline: float) -> IngestResult:
        """A file has arrived: begins its execution, or says why not. The same event again does no more."""
        if is_ignored(event):
            return IngestResult("ignored")
        execution = self._deps.database.transact(lambda tx: _begin(tx, event, self._deps.settings.duplicates))
        if execution.status is ExecutionStatus.FAILED:
            return IngestResult("refused")
        if not _waits_for(execution, 0):
            return IngestResult("stale")
        tracker_error = start_tracker(self._deps, execution.execution_id)
        return self._work(execution.execution_id, 0, deadline, tracker_error)

    def go_on(self, message: ContinueIngest, deadline: float) -> IngestResult:
        """A slice is to be worked on, unless that was done."""
        return self._work(message.execution_id, message.slice, deadline)

    def send_missing(self, message: SendMissing, deadline: float) -> IngestResult:
        """Rows are missing because their messages were lost, unless they came meanwhile."""
        with self._alone(message.execution_id):
            execution = self._find(message.execution_id)
            if execution is None or execution.status is not ExecutionStatus.CLASSIFYING:
                return IngestResult("stale")
            return IngestResult("worked", resent=Resender(self._deps, execution, message).run(deadline))

    def _find(self, execution_id: ExecutionId) -> Execution | None:
        return self._deps.database.transact(lambda tx: execution_store.find(tx, execution_id))

    def _work(
        self, execution_id: ExecutionId, number: int, deadline: float, tracker_error: str | None = None
    ) -> IngestResult:
        # Not for safety, a slice may run twice, but lest it does while the first run is under way.
        with self._alone(execution_id):
            execution = self._find(execution_id)
            if execution is None or not _waits_for(execution, number):
                return IngestResult("stale", tracker_error=tracker_error)
            result = SliceRunner(self._deps).run(execution, deadline)
        what: Literal["refused", "worked"] = "refused" if result.phase == "refused" else "worked"
        return IngestResult(what, result, tracker_error=tracker_error)

    def _alone(self, execution_id: ExecutionId) -> AbstractContextManager[None]:
        return named_lock(self._deps.database, f"ingest {execution_id}", _LOCK_SECONDS)


def _begin(tx: Transaction, event: ObjectCreated, duplicates: Duplicates) -> Execution:
    profiles = category_store.profiles(tx)
    try:
        profile, reason = profile_of(event.key, profiles, lambda name: _suffixes(tx, name)), None
    except FileRefused as error:
        profile, reason = DEFAULT_PROFILE, str(error)
    execution_id = event.execution_id
    begun = lifecycle.start_file(tx, execution_id, profile, event.source, duplicates)
    if begun and reason is not None:
        lifecycle.fail(tx, execution_id, reason)
    execution = execution_store.find(tx, execution_id)
    assert execution is not None, "it was begun just now or before"
    return execution


def _suffixes(tx: Transaction, profile: Profile) -> Collection[str]:
    return profile_store.current(tx, profile).document.input.readers


def _waits_for(execution: Execution, number: int) -> bool:
    return execution.status is ExecutionStatus.RECEIVING and execution.ingest_slice == number
