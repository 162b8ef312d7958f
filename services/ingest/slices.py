"""One slice of a file: from its checkpoint, for a minute at most, to the next one.

Rows leave for SQS and rejected rows for MySQL before the checkpoint that counts them is saved, so a
crash anywhere repeats the slice: the same rows get the same record ids, and count once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from services.ingest.checkpoint import Checkpoint
from services.ingest.contents import Contents
from services.ingest.cost_forecast import expect
from services.ingest.dates import usual_order
from services.ingest.dependencies import Dependencies
from services.ingest.opening import file_of, open_file, rows_from
from services.ingest.reader import RowReader
from services.ingest.refusal import FileRefused
from services.ingest.rejects import write_rejects
from services.ingest.sorter import Sorter, sender_of
from services.ingest.value_forms import FormSearch
from shared.changes import lifecycle
from shared.contracts.errors import PermanentError
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.messages import ContinueIngest
from shared.platform.database import Transaction
from shared.stores import execution_store, profile_store


@dataclass(frozen=True)
class SliceResult:
    """The result of a slice."""

    accepted: int = 0
    rejected: int = 0
    phase: Literal["dates", "rows", "closing", "refused"] = "refused"
    """Of the checkpoint; or the file was refused as a whole."""


class SliceRunner:
    """Runs slices."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    def run(self, execution: Execution, deadline: float) -> SliceResult:
        """Reads the file until it ends or the clock shows `deadline`, and saves the checkpoint.

        Raises:
            TransientError: S3, SQS or MySQL is away; the same slice is to run again.
        """
        try:
            return self._run(execution, deadline)
        except PermanentError as error:
            reason = str(error)
        self._deps.database.transact(partial(_refuse, execution=execution, reason=reason))
        return SliceResult()

    def _run(self, execution: Execution, deadline: float) -> SliceResult:
        file = file_of(self._deps, execution)
        before = now = self._open(execution, file)
        if execution.checkpoint is None:
            self._expect(execution, before)
        if now.phase == "dates":
            now = self._find_forms(file, now, deadline)
        if now.phase == "rows":
            now = self._send_rows(execution, file, now, deadline)
        if now.phase == "closing" and (before.phase == "closing" or self._deps.clock() < deadline):
            self._close(execution, now)
        else:
            self._save(execution, now)
        return SliceResult(now.accepted - before.accepted, now.rejected - before.rejected, now.phase)

    def _open(self, execution: Execution, file: Contents) -> Checkpoint:
        """The checkpoint to go on from; the first, made from the file's beginning, if there is none."""
        if execution.checkpoint is not None:
            return Checkpoint.stored(execution.checkpoint)
        document = self._deps.database.transact(
            lambda tx: profile_store.current(tx, execution.profile)
        ).document
        reads = document.reader_of(file.source.name)
        return open_file(file, execution.source_bytes or 0, document.input, reads)

    def _expect(self, execution: Execution, checkpoint: Checkpoint) -> None:
        """Stores the expected cost in a transaction of its own, before the first row is sent."""
        work = partial(expect, execution=execution, checkpoint=checkpoint, settings=self._deps.settings)
        self._deps.database.transact(work)

    def _find_forms(self, file: Contents, checkpoint: Checkpoint, deadline: float) -> Checkpoint:
        """Reads on until the file has said how it writes dates and ratings, to its end, or the deadline."""
        reader, layout = rows_from(file, checkpoint), checkpoint.layout
        search = FormSearch(
            checkpoint.date_order,
            checkpoint.ratings,
            dates=layout.may_have("date"),
            stars=layout.may_have("stars") and layout.stars_scale is None,
        )
        for row in reader:
            search.look(row.values if row else {})
            if search.over:
                break
            if self._deps.clock() >= deadline and not reader.over:
                return _with(checkpoint, search).at(reader.position)
        # Where the file does not say, the parameter does, if it is set, and then the table's form.
        said = search.date_order or layout.date_order
        order = said or self._deps.settings.date_order or usual_order(layout.delimiter)
        known = {"date_order": order, "stars_scale": layout.stars_scale or search.ratings.scale}
        return _with(checkpoint, search).model_copy(update=known).rows_from_the_start()

    def _send_rows(
        self, execution: Execution, file: Contents, checkpoint: Checkpoint, deadline: float
    ) -> Checkpoint:
        reader = rows_from(file, checkpoint)
        with sender_of(self._deps, execution) as sender:
            sorter = Sorter(self._deps, sender, execution, checkpoint)
            over = _work(reader, sorter, lambda: self._deps.clock() >= deadline)
            sorter.flush()
        if over and sorter.accepted + sorter.rejected == 0:
            raise FileRefused("the file has a header but no rows")
        counts = {"accepted": sorter.accepted, "rejected": sorter.rejected, "unread": sorter.unread}
        phase = {"phase": "closing"} if over else {}
        return checkpoint.at(reader.position).model_copy(update=counts | phase)

    def _save(self, execution: Execution, checkpoint: Checkpoint) -> None:
        """Saves the checkpoint and announces the next slice in one transaction."""
        execution_id, number = execution.execution_id, execution.ingest_slice + 1
        following = ContinueIngest(execution_id=execution_id, slice=number)
        self._save_then(execution, checkpoint, lambda tx: tx.announce(following, execution_id))

    def _close(self, execution: Execution, checkpoint: Checkpoint) -> None:
        """Ends the file: writes the CSV of rejected rows, then closes receiving in one transaction."""
        execution_id = execution.execution_id
        if checkpoint.rejected:
            write_rejects(self._deps, execution_id, checkpoint.rejected)
        self._save_then(execution, checkpoint, lambda tx: lifecycle.close_receiving(tx, execution_id))

    def _save_then(
        self, execution: Execution, checkpoint: Checkpoint, then: Callable[[Transaction], object]
    ) -> None:
        """Saves the checkpoint and does what follows, unless another run of the slice has saved one."""
        number, saved = execution.ingest_slice, checkpoint.model_dump(mode="json")

        def work(tx: Transaction) -> None:
            if execution_store.save_slice(tx, execution.execution_id, number, saved, checkpoint.counts):
                then(tx)

        self._deps.database.transact(work)


def _refuse(tx: Transaction, execution: Execution, reason: str) -> None:
    """Fails the execution, unless another run of the same slice has saved a later checkpoint."""
    now = execution_store.lock(tx, execution.execution_id)
    if (
        now is None
        or now.status is not ExecutionStatus.RECEIVING
        or now.ingest_slice != execution.ingest_slice
    ):
        return
    lifecycle.fail(tx, execution.execution_id, reason)


def _with(checkpoint: Checkpoint, search: FormSearch) -> Checkpoint:
    return checkpoint.model_copy(update={"date_order": search.date_order, "ratings": search.ratings})


def _work(reader: RowReader, sorter: Sorter, time_is_up: Callable[[], bool]) -> bool:
    """Sorts rows until the file ends (True) or time is up (False)."""
    for row in reader:
        if row is not None:
            sorter.take(row)
        if time_is_up() and not reader.over:
            return False
    return True
