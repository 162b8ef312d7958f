"""Writes the results of an execution to S3: small ones at once, large ones in slices, an invocation each.

A slice is some whole parts of a multipart upload. Its end, and the parts so far, are saved by
compare-and-set together with the message that goes on, so a slice that is repeated, or run by two at once,
sends the same parts again: where a part ends follows from the rows, not from the clock.

Where results are wanted as Parquet, too, that file is an upload of its own, whose parts have the same rows.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from services.notify import results
from services.notify.dependencies import Dependencies
from services.notify.results_files import Part, ResultsFiles
from services.notify.results_parquet import ResultsParquet
from services.notify.storage import UploadGone
from shared.contracts.execution import Execution
from shared.contracts.messages import ContinueReport
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import ExecutionId
from shared.platform.consumer import Attempt
from shared.platform.database import Database, Transaction
from shared.stores import category_store, execution_store, feedback_store, profile_store, results_upload_store
from shared.stores.feedback_store import FeedbackRow, Place, tallies
from shared.stores.feedback_store.find import labelled_under
from shared.stores.results_upload_store import ResultsUpload, RowGroup

_PART_BYTES = 8 * 1024 * 1024
_PARTS_OF_A_SIZE = 1000
_LEAST_BYTES = 5 * 1024 * 1024
"""S3 takes no smaller part but as the last."""
_FULL_BYTES = 4 * _PART_BYTES
"""Of rows that Parquet makes very small, a part waits for no more; its row group is filled up."""
_PAGE = 1000
_MOST_BEGUN_ANEW = 2
"""So often results begin anew because rows have changed. Then they are written to their end, or they might
never be, and the report is drawn once more."""
_SECONDS = 100.0
"""Of an invocation's 300 that are for writing results; the others are for counting their rows, or for the
figures, the report and the mail."""


def end_of_slice(attempt: Attempt) -> Callable[[], bool]:
    """Whether its time is up: half as much after each attempt that failed, in case that it was too much."""
    failed = attempt.message.receives - 1 + attempt.message.deferrals
    end = attempt.seconds_left() - _SECONDS / 2.0**failed
    return lambda: attempt.seconds_left() <= end


class _SavedByAnother(Exception):
    """What this run has counted is to be rolled back."""


class ResultsSlices:
    """Writes the results of one execution at one revision.

    Args:
        reason: why it was revised, for the message that goes on.
    """

    def __init__(self, deps: Dependencies, execution: Execution, reason: str | None) -> None:
        self._deps = deps
        self._execution = execution
        self._reason = reason
        self._files = ResultsFiles(deps.storage, execution)
        self._begun_anew = 0

    def write(self, time_is_up: Callable[[], bool]) -> bool:
        """Writes the next slice, one part at least; whether all is written.

        Raises:
            UploadGone: it begins anew with the next attempt.
        """
        upload = self._under_way()
        if upload is None:
            return self._begin(time_is_up)
        if upload.place is not None:
            assert upload.profile_version is not None, "otherwise it is begun anew"
            with self._giving_up(upload):
                parts = self._parts(upload.profile_version, upload)
                self._save(self._send(upload, parts, time_is_up), upload.place)
            return False
        return True

    def _under_way(self) -> ResultsUpload | None:
        """The upload to go on with. One of an earlier revision is aborted, for its rows have changed, unless
        that has happened too often; so is one whose columns nobody knows.
        """
        execution_id = self._execution.execution_id
        upload = self._deps.database.transact(results_upload_store.find, execution_id=execution_id)
        if upload and not self._deps.settings.writes_parquet:
            # Switched off since, and with it the right to its file: the bucket itself forgets its parts.
            upload = upload.model_copy(update={"parquet": None})
        if upload is None:
            return None
        current = upload.revision == self._execution.revision or upload.begun_anew >= _MOST_BEGUN_ANEW
        if current and upload.profile_version is not None:
            return upload
        self._begun_anew = upload.begun_anew + 1
        self._files.abort(upload)
        self._deps.database.transact(results_upload_store.give_up, upload)
        return None

    def _begin(self, time_is_up: Callable[[], bool]) -> bool:
        version = self._deps.database.transact(labelled_under, self._execution.execution_id)
        parts = self._parts(version)
        first = next(parts)
        if first.end is None:
            self._files.put(first)
            return True
        upload = self._files.begin(version, self._begun_anew, parquet=first.parquet is not None)
        with self._aborting(upload):
            upload = self._send(upload, chain([first], parts), time_is_up)
            if upload.place is not None and not self._save(upload):
                raise UploadGone("another run has begun to write the same results")
        return upload.place is None

    def _send(
        self, upload: ResultsUpload, parts: Iterator[Part], time_is_up: Callable[[], bool]
    ) -> ResultsUpload:
        """Sends parts until time is up or there are none, and then makes them the object."""
        for part in parts:
            upload = self._files.send(upload, part)
            if part.end is None:
                return self._files.complete(upload)
            if time_is_up():
                break
        return upload

    def _parts(self, version: int, upload: ResultsUpload | None = None) -> Iterator[Part]:
        database, execution_id = self._deps.database, self._execution.execution_id
        document = database.transact(profile_store.find, self._execution.profile, version).document
        if upload is None:
            groups: Sequence[RowGroup] | None = () if self._deps.settings.writes_parquet else None
            return parts(database, execution_id, document, groups=groups)
        groups = upload.parquet.groups if upload.parquet else None
        return parts(database, execution_id, document, upload.place, len(upload.parts), groups)

    def _save(self, upload: ResultsUpload, start: Place | None = None) -> bool:
        """Saves where the slice ended and what its rows are, and has the next one go on.

        False if another run has saved a slice from the same `start`.
        """
        try:
            self._deps.database.transact(self._save_slice, upload=upload, start=start)
        except _SavedByAnother:
            return False
        return True

    def _save_slice(self, tx: Transaction, upload: ResultsUpload, start: Place | None) -> None:
        execution_id = upload.execution_id
        # First, since it takes a while in which nobody should wait for the lock.
        tallies.add(tx, self._execution, upload.upload_id, start, upload.place)
        execution_store.lock(tx, execution_id)
        if not results_upload_store.save(tx, upload):
            raise _SavedByAnother
        execution_store.note_progress(tx, execution_id)
        more = ContinueReport(execution_id=execution_id, slice=upload.slice + 1, reason=self._reason)
        tx.announce(more, execution_id)

    @contextmanager
    def _aborting(self, upload: ResultsUpload) -> Iterator[None]:
        """Of an upload that nobody else knows, nothing is left if it fails."""
        try:
            yield
        except BaseException:  # also an interrupt: S3 keeps, and bills, parts of an upload that nobody ends
            self._files.abort(upload)
            raise

    @contextmanager
    def _giving_up(self, upload: ResultsUpload) -> Iterator[None]:
        """An upload that is gone is begun anew."""
        try:
            yield
        except UploadGone:
            if self._deps.database.transact(results_upload_store.give_up, upload):
                self._files.abort(upload)  # of two files, one may be under way
            raise


def parts(
    database: Database,
    execution_id: ExecutionId,
    document: ProfileDocument,
    start: Place | None = None,
    number: int = 0,
    groups: Sequence[RowGroup] | None = None,
) -> Iterator[Part]:
    """The files behind the row at `start`, in parts; the last may be small, or empty.

    Args:
        document: the profile's, which says what columns there are.
        number: how many parts there are already.
        groups: the row groups of Parquet that there are already; None: it is not wanted.
    """
    teams = database.transact(category_store.teams, profile=document.name)
    body = bytearray(b"" if start else results.head(document))
    parquet = None if groups is None else ResultsParquet(document, groups, teams)
    for page in pages(database, execution_id, start):
        ids = [row.id for row in page]
        further = database.transact(feedback_store.aspects.further, ids=ids)
        body += results.lines(page, further, document, teams)
        if parquet is not None:
            parquet.add(page, further)
        if _is_full(len(body), number, parquet):
            cut = parquet.cut(_LEAST_BYTES) if parquet is not None else ()
            yield Part(bytes(body), page[-1].place, *cut)
            number += 1
            body.clear()
    yield Part(bytes(body), None, parquet.end() if parquet is not None else None)


def _is_full(size: int, number: int, parquet: ResultsParquet | None) -> bool:
    """Whether rows of so many bytes are a part, in both files."""
    if size < part_bytes(number):
        return False
    return parquet is None or parquet.size >= _LEAST_BYTES or size >= _FULL_BYTES


def part_bytes(number: int) -> int:
    """The least size of a part behind so many: S3 takes 10,000 parts, of 5 MiB or more but for the last.

    It grows every thousand parts, from 8 to 80 MiB, so that all hold 461 GB.
    """
    return _PART_BYTES * (1 + number // _PARTS_OF_A_SIZE)


def pages(
    database: Database, execution_id: ExecutionId, place: Place | None = None
) -> Iterator[list[FeedbackRow]]:
    """The rows in pages, each read in a transaction of its own: none stays open while S3 is written."""
    while page := database.transact(feedback_store.page, execution_id, place, _PAGE):
        yield page
        place = page[-1].place
