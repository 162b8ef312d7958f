"""Feedback on its way: what a customer said, and the three bodies that the feedback queue carries."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from shared.contracts.attributes import AttributeName, Found
from shared.contracts.base import Contract

RAW_LENGTH = 2000
"""Characters that are kept of a value that could not be read."""
MAX_FEEDBACK_LENGTH = 100_000
"""Characters; with everything else of a record this stays below what an SQS message can hold."""

_NO_YEAR = "must be of a year from 1000 to 9998"
_FILE_RECORD_ID = re.compile(r".+-[0-9a-f]{16}:\d+")


def _no_file_record_id(value: str) -> str:
    if _FILE_RECORD_ID.fullmatch(value):
        raise ValueError("must not look like the id of a file's row (name-<16 hex digits>:<number>)")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _to_utc(value: datetime) -> datetime:
    try:
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    except OverflowError as error:
        raise ValueError(_NO_YEAR) from error
    # What MySQL's DATETIME holds, with room for its rounding of fractions.
    if not 1000 <= moment.year <= 9998:
        raise ValueError(_NO_YEAR)
    return moment


Profile = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
ExecutionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
RecordId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
DirectId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f]+$"),
    AfterValidator(_no_file_record_id),
]
FeedbackText = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_FEEDBACK_LENGTH), AfterValidator(_not_blank)
]
Stars = Annotated[Decimal, Field(ge=0, le=5, decimal_places=1)]
Moment = Annotated[datetime, AfterValidator(_to_utc)]
"""A time in UTC without a zone, as the database keeps it; one with a zone is converted."""
RawValues = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=RAW_LENGTH)]],
    Field(exclude_if=lambda values: not values),
]
"""By field, as they came: values of a file that could not be read, ratings of another scale than 0 to 5."""
MOST_SEGMENTS = 50
Segments = Annotated[
    dict[
        Annotated[str, StringConstraints(max_length=200)],
        Annotated[str, StringConstraints(max_length=RAW_LENGTH)],
    ],
    Field(max_length=MOST_SEGMENTS, exclude_if=lambda values: not values),
]
"""The customer's own columns, by their names in the header: those that are no field of ours."""
FoundValues = Annotated[dict[AttributeName, Found], Field(exclude_if=lambda values: not values)]
"""Attributes that were found in the record before any model was asked; the model is asked for the others."""
NOT_LABELLED = ": not labelled"
"""How the reason ends for which a row is rejected that no customer wrote."""
DEFAULT_PROFILE = "feedback"
MAX_SOURCE_LENGTH = 200
API_SOURCE = "api:"
"""Begins the source of what came by the API, and of nothing else."""
_NAMED = 20
_MESSAGE_GROUP = re.compile(r"[!-~]{1,128}")
"""What SQS takes as a MessageGroupId."""
_DIGITS = 24
"""Hexadecimal digits of a digest in a record id: 96 bits."""


class Feedback(Contract):
    """What a customer said."""

    product_name: Annotated[str, StringConstraints(max_length=500)] = ""
    store: Annotated[str, StringConstraints(max_length=500)] = ""
    ref_id: Annotated[str, StringConstraints(max_length=200)] = ""
    """The customer's own id of this feedback, for files; for direct feedback the producer's id."""
    stars: Stars | None = None
    title: Annotated[str, StringConstraints(max_length=1000)] = ""
    feedback: FeedbackText
    date: Moment | None = None
    """When the customer said it; without a zone it counts as UTC."""


class RowMessage(Contract):
    """A row of an execution, sent to classify."""

    version: Literal[1] = 1
    execution_id: ExecutionId
    execution_key: str
    """The execution's random key: proof that we sent this, since a direct message cannot know it."""
    profile: Profile
    feedback: Feedback
    segments: Segments = Field(default_factory=dict)
    found: FoundValues = Field(default_factory=dict)

    @property
    def message_group(self) -> str:
        """Whose messages wait their turn together, so that those of others can pass them."""
        return self.execution_id


class FileMessage(RowMessage):
    """One row of a file, from ingest; or from the sweeper, if it was parked."""

    row_number: Annotated[int, Field(ge=1)]
    """The row's place in the file, the header not counted: the first record is 1."""
    raw_values: RawValues = Field(default_factory=dict)

    @property
    def record_id(self) -> str:
        return f"{self.execution_id}:{self.row_number}"


class ParkedMessage(RowMessage):
    """A parked row of direct feedback, from the sweeper."""

    record_id: RecordId


class DirectFeedback(Contract):
    """One feedback from the API or from an SQS producer. It cannot name an execution."""

    id: DirectId
    """The producer's own id, unique in its source and profile: the same text sent again under it changes
    nothing, another text is a new version, which is kept beside the first."""
    source: Annotated[str, StringConstraints(max_length=MAX_SOURCE_LENGTH, pattern=r"^[^\s\x00-\x1f]*$")] = ""
    """Who numbers these records, for example a shop system. The API puts `api:` and its caller before it;
    what comes straight to the queue must not begin so."""
    profile: Profile = DEFAULT_PROFILE
    product_name: Annotated[str, StringConstraints(max_length=500)] = ""
    store: Annotated[str, StringConstraints(max_length=500)] = ""
    stars: Stars | None = None
    title: Annotated[str, StringConstraints(max_length=1000)] = ""
    feedback: FeedbackText
    date: Moment | None = None

    def to_feedback(self) -> Feedback:
        fields = self.model_dump(exclude={"id", "source", "profile"})
        return Feedback(ref_id=self.id, **fields)

    @property
    def identity(self) -> str:
        """What all versions of this record have in common, and no other record has."""
        named = json.dumps([self.profile, self.source, self.id])
        return f"{self.id[:100]}~{hashlib.sha256(named.encode()).hexdigest()[:_DIGITS]}"

    @property
    def record_id(self) -> str:
        """The identity and the text, so that another text can never be taken for this one."""
        return f"{self.identity}~{self.text_key.hex()[:_DIGITS]}"

    @property
    def text_key(self) -> bytes:
        return text_key(self.title, self.feedback)

    @property
    def message_group(self) -> str:
        """As in `RowMessage`: the source, or all of the profile that name none."""
        group = self.source or f"direct-{self.profile}"
        return group if _MESSAGE_GROUP.fullmatch(group) else hashlib.sha256(group.encode()).hexdigest()


class Record(Contract):
    """One feedback in transit, however it came."""

    record_id: RecordId
    profile: Profile
    execution_id: ExecutionId | None = None
    """None for direct feedback: it is bound to the day's open execution at its first write."""
    row_number: int | None = None
    feedback: Feedback
    raw_values: RawValues = Field(default_factory=dict)
    segments: Segments = Field(default_factory=dict)
    found: FoundValues = Field(default_factory=dict)

    @property
    def text(self) -> str:
        """What was said in all: the title, if there is one, and the text below it."""
        said = self.feedback
        return f"{said.title}\n{said.feedback}" if said.title else said.feedback

    @cached_property
    def text_key(self) -> bytes:
        # Kept, because classify asks for it several times a record and it was the handler's largest cost.
        return text_key(self.feedback.title, self.feedback.feedback)


def name_known(profiles: Collection[Profile]) -> str:
    """Says which profiles are known: the first of them, if they are many."""
    names = sorted(profiles)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"known profiles: {', '.join(names[:_NAMED]) or 'none'}{more}"


def normalise(text: str) -> str:
    """Text as two people would call it the same: NFKC, case folded, white space collapsed."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def text_key(title: str, feedback: str) -> bytes:
    """SHA-256 of the normalised title and text: equal keys are asked once and embedded once."""
    return hashlib.sha256(
        f"{normalise(title)}\n{normalise(feedback)}".encode("utf-8", "surrogatepass")
    ).digest()
