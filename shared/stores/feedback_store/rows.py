"""The rows of `customer_feedback`, their statuses, and the outcome of a record that is to be written."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import Field, field_validator

from shared.contracts.attributes import AttributeValue, Found
from shared.contracts.base import Contract, Tolerant
from shared.contracts.records import ExecutionId, Feedback, Profile, Record, RecordId

REASON_LENGTH = 1000
"""Characters of a reason that a row keeps, at most."""
ANSWERED = "execution_id = %(execution_id)s AND status IN ('labelled', 'unknown')"
"""A condition: the execution's rows that have a label, a category's or `unknown`."""
# Where a category was retired, `unknown` stands in label_post_processing over the model's own label.
UNKNOWN_YET = """
    f.status = 'unknown' AND f.label_correction IS NULL
        AND (f.label_post_processing IS NULL OR f.label_post_processing = 'unknown')
"""
"""A condition on the row `f`: no category covers it by the model, by discovery or by people."""
OF_NO_OPEN_FILE = """
    NOT EXISTS (
        SELECT 1 FROM execution e WHERE e.execution_id = f.execution_id
        AND e.kind = 'file' AND e.status IN ('receiving', 'classifying'))
"""
"""A condition on the row `f`. Rows of a file that is still being labelled belong to that file's discovery: a
small file does not wait for a large one's."""
SIZE = (
    "OCTET_LENGTH(CONCAT_WS('', feedback, title, product_name, store, raw_values, segments, attributes))"
    " + 2000"
)
"""Bytes of a row, about: its long columns, and what the others have at most."""


class RowStatus(StrEnum):
    """The status of a row.

    parked: not asked yet; it waits for a budget, a model or its replay.
    skipped: known from an earlier file by id and text, and not asked about.
    """

    LABELLED = "labelled"
    UNKNOWN = "unknown"
    FAILED = "failed"
    PARKED = "parked"
    SKIPPED = "skipped"


class ParkedCause(StrEnum):
    """What a parked record waits for: a higher budget, a model that answers, or its replay."""

    BUDGET = "budget"
    MODEL = "model"
    REPLAY = "replay"


MODEL = "model"
"""The source of an attribute that the model answered."""
NEIGHBOURS = "neighbours"
"""Stands in a row's `model_id` where its nearest labelled texts answered, and no model."""


class RowAspect(Tolerant):
    """One topic of a row; the first is the main one, whose category is the row's label.

    Attributes:
        category: its name when the model answered, or `unknown`.
        category_id: None if unknown.
        evidence: words of the feedback.
    """

    category: str
    category_id: int | None
    sentiment: str
    evidence: str | None = None


class Answer(Tolerant):
    """What is known of a text: label, sentiment, topics, and the attributes that the model answered."""

    label: str
    sentiment: str | None
    aspects: tuple[RowAspect, ...] = ()
    attributes: dict[str, Any] = Field(default_factory=dict)


class Outcome(Contract):
    """The outcome of one record, as it is written."""

    record: Record
    status: RowStatus
    label: str | None = None
    """A category's name or `unknown`; None if failed, parked or skipped."""
    sentiment: str | None = None
    failure_reason: str | None = None
    parked_cause: ParkedCause | None = None
    model_id: str | None = None
    prompt_version: str | None = None
    taxonomy_version: int | None = None
    corrections_version: int | None = None
    profile_version: int | None = None
    aspects: tuple[RowAspect, ...] = ()
    attributes: dict[str, AttributeValue] = Field(default_factory=dict)
    """Those that the model answered; the record has those that were found before."""


class Place(Contract):
    """Where a row stands among its execution's: in the file's order, direct ones as they were written."""

    row_number: int | None
    id: int


class FeedbackRow(Tolerant):
    """A row of table `customer_feedback`."""

    id: int
    record_id: RecordId
    execution_id: ExecutionId
    row_number: int | None
    profile: Profile
    product_name: str | None
    store: str | None
    ref_id: str | None
    stars: Decimal | None
    title: str | None
    feedback: str
    create_date: datetime | None
    label_llm: str | None
    label_post_processing: str | None
    label_correction: str | None
    label_final: str | None
    status: RowStatus
    failure_reason: str | None
    parked_cause: ParkedCause | None
    sentiment: str | None
    text_key: bytes
    model_id: str | None
    prompt_version: str | None
    taxonomy_version: int | None
    corrections_version: int | None
    profile_version: int | None = None
    raw_values: dict[str, str] = Field(default_factory=dict)
    """By field, as they came: values that could not be read, ratings of another scale."""
    segments: dict[str, str] = Field(default_factory=dict)
    attributes: dict[str, Any] = Field(default_factory=dict)
    attribute_sources: dict[str, str] = Field(default_factory=dict)

    @field_validator("raw_values", "segments", "attributes", "attribute_sources", mode="before")
    @classmethod
    def _from_json(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, str | bytes) else value or {}

    @property
    def place(self) -> Place:
        return Place(row_number=self.row_number, id=self.id)

    @property
    def found(self) -> Mapping[str, Found]:
        """The attributes that were found before any model was asked, as the record had them."""
        sources = {name: source for name, source in self.attribute_sources.items() if source != MODEL}
        return {
            name: Found.model_validate({"value": self.attributes[name], "source": source})
            for name, source in sources.items()
            if name in self.attributes
        }

    def to_feedback(self) -> Feedback:
        """What the customer said, as the record had it."""
        said = self.model_dump(include=set(Feedback.model_fields), exclude_none=True)
        return Feedback(date=self.create_date, **said)
