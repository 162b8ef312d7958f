"""The bodies of the queues between services, besides feedback (shared.records) and bus events."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from shared.contract import Contract
from shared.records import ExecutionId


class ContinueIngest(Contract):
    """Ingest to itself: go on with this execution from its checkpoint, if that is still slice `slice`."""

    kind: Literal["continue_ingest"] = "continue_ingest"
    execution_id: ExecutionId
    slice: int


class Notice(Contract):
    """Something people should read, sent once by notify through SNS."""

    kind: Literal["notice"] = "notice"
    subject: str
    message: str


class TrackerWaiting(Contract):
    """The tracker handed over the task token on which it waits."""

    kind: Literal["tracker_waiting"] = "tracker_waiting"
    execution_id: ExecutionId
    task_token: str


class TrackerTimedOut(Contract):
    """The tracker waited its time: tell people the partial figures."""

    kind: Literal["tracker_timed_out"] = "tracker_timed_out"
    execution_id: ExecutionId


NotifyMessage = Annotated[Notice | TrackerWaiting | TrackerTimedOut, Field(discriminator="kind")]
NOTIFY_MESSAGE: TypeAdapter[Notice | TrackerWaiting | TrackerTimedOut] = TypeAdapter(NotifyMessage)
