"""The end of an execution: its report and results in S3, its mail, its tracker resumed.

Everything here may be repeated: files are overwritten, transitions happen once, a mail goes out once a
revision (twice only if the function dies between its publication and its mark).
"""

from collections.abc import Callable
from typing import Literal

from services.notify import report, tracker
from services.notify.dependencies import Dependencies
from services.notify.links import create_link
from services.notify.mail import writing
from services.notify.mail.mailer import Mail
from services.notify.mail.sending import is_done, send_once
from services.notify.report_figures import ReportFigures, read_figures
from services.notify.results_slices import ResultsSlices
from shared.changes import lifecycle
from shared.contracts import keys
from shared.contracts.errors import TransientError
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.messages import ContinueReport
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.platform.named_lock import named_lock
from shared.stores import execution_store, results_upload_store

ReportOutcome = Literal["told", "told before", "nothing is due", "goes on"]
_DRAWINGS = 3
"""How often a report is drawn again because rows changed meanwhile, before the queue takes over."""
_REPORTED = (ExecutionStatus.CATEGORIZED, ExecutionStatus.COMPLETED)
_LOCK_SECONDS = 5


class KeepsChanging(TransientError):
    """Rows changed each time while the report was drawn."""


def report_ready(
    deps: Dependencies,
    execution_id: ExecutionId,
    reason: str | None = None,
    time_is_up: Callable[[], bool] = lambda: False,
) -> ReportOutcome:
    """Draws the report of an execution that is categorized, or was revised, and tells people once.

    Args:
        reason: why it was revised.
        time_is_up: whether what is left of the results is another invocation's, for which a message is sent.

    Raises:
        LockBusy: another function draws this very report.
        KeepsChanging: rows changed each time while it was drawn.
        UploadGone: the results begin anew with the next attempt.
    """
    with named_lock(deps.database, f"report {execution_id}", _LOCK_SECONDS):
        execution = _find(deps, execution_id)
        if execution is None or execution.status not in _REPORTED:
            return "nothing is due"
        told = _told(execution)
        if not told and execution.is_empty_day:
            _end_quietly(deps, execution)
        elif not told:
            figures = _draw(deps, execution_id, reason, time_is_up)
            if figures is None:
                return "goes on"
            _tell_of_report(deps, figures, reason)
        resume_if_over(deps, execution_id)
        return "told before" if told else "told"


def go_on(deps: Dependencies, message: ContinueReport, time_is_up: Callable[[], bool]) -> ReportOutcome:
    """Goes on with a report whose results are written in slices, unless that slice was written."""
    upload = deps.database.transact(results_upload_store.find, execution_id=message.execution_id)
    if upload is not None and upload.slice != message.slice:
        return "nothing is due"
    return report_ready(deps, message.execution_id, message.reason, time_is_up)


def failed(deps: Dependencies, execution_id: ExecutionId, reason: str | None) -> ReportOutcome:
    """Tells people once that an execution failed, and the tracker too."""
    with named_lock(deps.database, f"report {execution_id}", _LOCK_SECONDS):
        execution = _find(deps, execution_id)
        if execution is None or execution.status is not ExecutionStatus.FAILED:
            return "nothing is due"
        told = _told(execution)
        if not told:
            # It may fail again in the same revision, when its report is drawn once more.
            key = f"failed {execution_id} {execution.completed_at:%Y%m%dT%H%M%S%f}"
            send_once(deps, key, lambda: writing.failed(execution, reason))
            _set_told(deps, execution)
        resume_if_over(deps, execution_id)
        return "told before" if told else "told"


def tracker_waits(deps: Dependencies, execution_id: ExecutionId, task_token: str) -> None:
    """Stores the tracker's token; resumes it at once if the execution is over and people were told."""

    def store(tx: Transaction) -> None:
        # Under the row's lock: whoever ends the execution either sees this token or is seen here.
        execution_store.lock(tx, execution_id)
        execution_store.set_task_token(tx, execution_id, task_token)

    deps.database.transact(store)
    resume_if_over(deps, execution_id)


def tracker_timed_out(deps: Dependencies, execution_id: ExecutionId) -> None:
    """Tells people the partial figures of an execution that is still under way, once a day at most."""
    execution = _find(deps, execution_id)
    if execution is not None and not execution.status.over:
        key = f"timed out {deps.clock():%Y%m%d} {execution_id}"
        send_once(deps, key, lambda: writing.partial(execution))


def resume_if_over(deps: Dependencies, execution_id: ExecutionId) -> None:
    """Resumes the tracker of an execution that is over, and forgets its token."""
    execution = _find(deps, execution_id)
    token = execution.task_token if execution is not None and execution.status.over else None
    if execution is None or token is None:
        return
    tracker.resume(deps.states, execution)
    deps.database.transact(execution_store.forget_task_token, execution_id, token)


def _draw(
    deps: Dependencies, execution_id: ExecutionId, reason: str | None, time_is_up: Callable[[], bool]
) -> ReportFigures | None:
    """Writes the files, and again if rows changed meanwhile; the execution is completed then.

    None if the results are not whole yet.
    """
    for _ in range(_DRAWINGS):
        execution = _find(deps, execution_id)
        assert execution is not None, "an execution is never deleted"
        if not ResultsSlices(deps, execution, reason).write(time_is_up):
            return None
        figures = _write_report(deps, execution_id)
        if deps.database.transact(_complete, execution_id, execution.revision):
            return figures
    raise KeepsChanging(f"rows changed {_DRAWINGS} times while the report was drawn")


def _end_quietly(deps: Dependencies, execution: Execution) -> None:
    """Completes an execution of which there is nothing to report."""
    if not deps.database.transact(_complete, execution.execution_id, execution.revision):
        raise KeepsChanging("rows came to an empty day after all")
    _set_told(deps, execution)


def _write_report(deps: Dependencies, execution_id: ExecutionId) -> ReportFigures:
    figures = deps.database.transact(_figures, execution_id)
    settings = deps.settings
    page = report.draw(
        figures, settings.error_threshold, settings.data_bucket, settings.model_note, deps.clock()
    )
    deps.storage.put(keys.report(execution_id), page, "text/html; charset=utf-8")
    return figures


def _figures(tx: Transaction, execution_id: ExecutionId) -> ReportFigures:
    execution = execution_store.find(tx, execution_id)
    assert execution is not None, "an execution is never deleted"
    return read_figures(tx, execution)


def _complete(tx: Transaction, execution_id: ExecutionId, revision: int) -> bool:
    """Completes the execution as it was drawn; False if it has changed since."""
    now = execution_store.lock(tx, execution_id)
    if now is None or now.revision != revision:
        return False
    upload = results_upload_store.find(tx, execution_id)
    results_upload_store.forget(tx, execution_id)
    lifecycle.completed(tx, execution_id)
    if upload is not None and upload.revision != revision:
        lifecycle.revise(tx, execution_id, "rows had changed while it was written")
    return True


def _report_mail(deps: Dependencies, figures: ReportFigures, reason: str | None) -> Mail:
    settings = deps.settings
    days = settings.report_link_days
    link = deps.database.transact(
        create_link, figures.execution.execution_id, settings.public_url, deps.clock(), days
    )
    if _is_first(deps, figures.execution):
        return writing.completed(figures, settings.error_threshold, link, days)
    return writing.revised(figures, reason, link, days)


def _tell_of_report(deps: Dependencies, figures: ReportFigures, reason: str | None) -> None:
    """Sends the mail, if there is one: a report that was revised with many others has none."""
    execution = figures.execution
    if execution.has_mail_due:
        key = _mail_key(execution, execution.revision)
        send_once(deps, key, lambda: _report_mail(deps, figures, reason))
    _set_told(deps, execution)


def _is_first(deps: Dependencies, execution: Execution) -> bool:
    """Whether people had no mail of this report: what told them of it may have died before it said so."""
    if execution.notified_revision is not None:
        return False
    earlier = [_mail_key(execution, revision) for revision in range(execution.revision)]
    return not any(is_done(deps, key) for key in earlier)


def _mail_key(execution: Execution, revision: int) -> str:
    return f"report {execution.execution_id} {revision}"


def _set_told(deps: Dependencies, execution: Execution) -> None:
    deps.database.transact(execution_store.set_notified, execution.execution_id, execution.revision)


def _told(execution: Execution) -> bool:
    return execution.notified_revision is not None and execution.notified_revision >= execution.revision


def _find(deps: Dependencies, execution_id: ExecutionId) -> Execution | None:
    return deps.database.transact(execution_store.find, execution_id)
