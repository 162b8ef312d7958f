"""The events of the bus `insights`, versioned; their JSON Schemas are in docs/schemas."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, Field

from shared.contracts.attributes import AttributeName
from shared.contracts.base import Contract, Tolerant
from shared.contracts.records import ExecutionId, Profile, RecordId

SOURCE = "insights"
T = TypeVar("T")
"""A literal of one or more detail-types."""
D = TypeVar("D", bound=BaseModel)
"""What comes with them."""


class EventType(StrEnum):
    """The detail-types of the bus."""

    EXECUTION_STARTED = "ExecutionStarted"
    EXECUTION_INGESTED = "ExecutionIngested"
    EXECUTION_CLASSIFIED = "ExecutionClassified"
    EXECUTION_CATEGORIZED = "ExecutionCategorized"
    EXECUTION_COMPLETED = "ExecutionCompleted"
    EXECUTION_FAILED = "ExecutionFailed"
    EXECUTION_REVISED = "ExecutionRevised"
    CATEGORY_DISCOVERED = "CategoryDiscovered"
    FEEDBACK_CORRECTED = "FeedbackCorrected"
    RECORD_ROUTED = "RecordRouted"
    MODEL_UNAVAILABLE = "ModelUnavailable"
    MODEL_AVAILABLE = "ModelAvailable"
    MODEL_ENDING = "ModelEnding"


class Counts(Contract):
    """Rows of an execution by what became of them.

    rows_read = accepted + rejected; accepted = labelled + unknown + failed + skipped, once all are written.
    """

    rows_read: int = 0
    accepted: int = 0
    rejected: int = 0
    labelled: int = 0
    unknown: int = 0
    failed: int = 0
    parked: int = 0
    skipped: Annotated[int, Field(exclude_if=lambda rows: not rows)] = 0
    """Left out where it is 0: who reads events by the schema of before does not know it."""


class ExecutionEvent(Contract):
    """An execution reached a stage (ExecutionStarted … ExecutionRevised)."""

    version: Literal[1] = 1
    execution_id: ExecutionId
    profile: Profile
    status: str
    revision: Annotated[int, Field(ge=0)] = 0
    counts: Counts
    reason: str | None = None
    """Why it failed or was revised; None otherwise."""


class CategoryEvent(Contract):
    """A category was found (CategoryDiscovered)."""

    version: Literal[1] = 1
    profile: Profile
    name: str
    description: str
    status: Literal["active", "proposed"]
    execution_id: ExecutionId | None
    rows: int


class CorrectionEvent(Contract):
    """People corrected labels (FeedbackCorrected)."""

    version: Literal[1] = 1
    profile: Profile
    source: str
    corrected: int
    unmatched: int
    corrections_version: int


RoutePart = Literal["category", "team", "sentiment", "attributes"]


class PreviousRoute(Contract):
    """Where a record went by what was told before."""

    category: str
    team: str | None


class RecordEvent(Contract):
    """A record has its category, and so a team, or another one than was told (RecordRouted).

    It carries ids and choices, no text. Of two events about a record the one with the higher revision holds.
    """

    version: Literal[1] = 1
    record_id: RecordId
    execution_id: ExecutionId
    profile: Profile
    ref_id: str = ""
    """The record's own id where it came from: of an e-mail, its Message-ID."""
    category: str
    """The record's label, or `unknown`."""
    team: str | None
    """The route of the category; None: it has none, or is unknown."""
    sentiment: str | None = None
    attributes: dict[AttributeName, str | int | float | bool] = Field(default_factory=dict)
    """Answers that the profile lists the values of, such as priority; numbers; yes or no."""
    revision: Annotated[int, Field(ge=0, exclude_if=lambda revision: not revision)] = 0
    """How often it was told before; left out the first time, as are the next two."""
    changed: Annotated[tuple[RoutePart, ...], Field(exclude_if=lambda changed: not changed)] = ()
    """What is different from what was told before."""
    previous: Annotated[PreviousRoute | None, Field(exclude_if=lambda previous: previous is None)] = None


class ModelEvent(Contract):
    """The model stopped or started answering (ModelUnavailable, ModelAvailable)."""

    version: Literal[1] = 1
    model_id: str
    cause: str
    """Bedrock's error code, for example ThrottlingException, or our name for its message; never its text."""
    needs_person: bool = False
    """Whether waiting will not heal it: access denied, unknown model, a request that Bedrock refuses."""
    shape: Annotated[str, Field(max_length=200)] = ""
    """Of answers that cannot be read: the form of one, its letters and digits masked."""


class ModelCandidate(Contract):
    """A model that could follow one that ends; US dollars per million tokens, by the model table."""

    name: str
    """Without its maker's date and version."""
    input: Decimal
    output: Decimal
    answer_form: str


class ModelEndingEvent(Contract):
    """Bedrock is going to end a model that the stack asks (ModelEnding).

    Attributes:
        model_id: as the stack asks for it: a model or an inference profile.
        name: the foundation model behind it.
        ends_on: UTC; None: it is legacy, and no day is said.
        stage: the days before its end that are reached (60, 30, 7); 0: no day is said.
    """

    version: Literal[1] = 1
    model_id: str
    name: str
    ends_on: date | None
    days_left: int | None
    stage: int
    candidates: tuple[ModelCandidate, ...] = ()


Detail = ExecutionEvent | CategoryEvent | CorrectionEvent | RecordEvent | ModelEvent | ModelEndingEvent


class BusEvent(Contract):
    """An event with its type, as it is announced."""

    type: EventType
    detail: Detail


class _Typed(Tolerant):
    type: Annotated[object, Field(alias="detail-type")] = None


class Envelope(_Typed, Generic[T, D]):
    """EventBridge's envelope of an event; whatever else AWS puts into it is passed over."""

    type: Annotated[T, Field(alias="detail-type")]
    detail: D
    time: AwareDatetime | None = None


class ExecutionEnvelope(Envelope[T, ExecutionEvent], Generic[T]):
    """The envelope of an event about an execution."""

    @property
    def execution_id(self) -> ExecutionId:
        """Which one."""
        return self.detail.execution_id


def detail_type(message: object) -> object:
    """The detail-type of a message, which must be an object; None if it has none."""
    return _Typed.model_validate(message).type
