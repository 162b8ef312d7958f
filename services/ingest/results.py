"""The result of a message of the ingest queue, and its log line and metrics."""

from dataclasses import dataclass
from typing import Literal

from services.ingest.missing import Resent
from services.ingest.slices import SliceResult
from shared.platform.telemetry import Telemetry


@dataclass(frozen=True)
class IngestResult:
    """The result of a message.

    Attributes:
        slice: what was read of the file, if anything was.
        resent: what became of lost rows, if they were to be sent again.
        tracker_error: why Step Functions did not start the tracker, if it was to.
    """

    what: Literal["ignored", "stale", "refused", "worked"]
    slice: SliceResult | None = None
    resent: Resent | None = None
    tracker_error: str | None = None


def log_result(telemetry: Telemetry, result: IngestResult) -> None:
    """Logs the result and counts its metrics."""
    if result.tracker_error is not None:
        telemetry.logger.warning("tracker not started", code=result.tracker_error)
    if result.what == "refused":
        telemetry.count("FilesRefused")
    if result.resent is not None:
        _log_resent(telemetry, result.resent)
    elif result.slice is not None:
        _log_slice(telemetry, result.slice)
    else:
        telemetry.logger.info("message answered", outcome=result.what)


def _log_slice(telemetry: Telemetry, result: SliceResult) -> None:
    telemetry.logger.info(
        "slice worked", phase=result.phase, accepted=result.accepted, rejected=result.rejected
    )


def _log_resent(telemetry: Telemetry, resent: Resent) -> None:
    telemetry.count("RowsSentAgain", resent.sent)
    telemetry.count("RowsLost", resent.failed)
    if resent.reason is not None:
        telemetry.logger.error("rows are missing and the file cannot be read again", failed=resent.failed)
    telemetry.logger.info("rows sent again", sent=resent.sent)
