"""The bodies of the queues between services, besides feedback (records), bus events (events)
and what people are told (notices).
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId


class Destination(StrEnum):
    """Where what a transaction announces goes."""

    BUS = "bus"
    INGEST = "ingest"
    NOTIFY = "notify"


class ToIngest(Contract):
    """A message for ingest's queue."""

    destination: ClassVar[Destination] = Destination.INGEST


class ToNotify(Contract):
    """A message for notify's queue."""

    destination: ClassVar[Destination] = Destination.NOTIFY

    id: str | int | None = None
    """Drawn when it is announced: the same however often it is published. An int: of an earlier version."""


class ContinueIngest(ToIngest):
    """Ingest to itself: go on with this execution from its checkpoint, if that is still slice `slice`."""

    kind: Literal["continue_ingest"] = "continue_ingest"
    execution_id: ExecutionId
    slice: int


class SendMissing(ToIngest):
    """The sweeper to ingest: send those rows of this file again that have no row in the database.

    Ingest to itself: go on with that behind this place.
    """

    kind: Literal["send_missing"] = "send_missing"
    execution_id: ExecutionId
    offset: int | None = None
    """Bytes from the beginning of the (unpacked) file; None: from its first row on."""
    row_number: int = 0
    """The last row that was looked at."""
    inside_long_line: bool = False
    give_up: bool = False
    """Whether rows are counted as failed if the file cannot be read any more."""


class Audience(StrEnum):
    """Whom a mail is for: who reads reports, or who keeps the system running."""

    READERS = "readers"
    OPERATORS = "operators"


class DigestDue(ToNotify):
    """The sweeper to notify: mails are held, and may go out as one."""

    kind: Literal["digest_due"] = "digest_due"
    audience: Audience


class ContinueReport(ToNotify):
    """Notify to itself: go on with this execution's results, if they are still at slice `slice`."""

    kind: Literal["continue_report"] = "continue_report"
    execution_id: ExecutionId
    slice: int
    reason: str | None = None
    """Why the report was revised."""


class TrackerWaiting(Contract):
    """The tracker handed over the task token on which it waits."""

    kind: Literal["tracker_waiting"] = "tracker_waiting"
    execution_id: ExecutionId
    task_token: str


class TrackerTimedOut(Contract):
    """The tracker waited its time: tell people the partial figures."""

    kind: Literal["tracker_timed_out"] = "tracker_timed_out"
    execution_id: ExecutionId


IngestMessage = Annotated[ContinueIngest | SendMissing, Field(discriminator="kind")]
