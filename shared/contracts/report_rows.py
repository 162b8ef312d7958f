"""The figures of a report as `shared.stores.report_store` reads them: one class per kind of row."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import ConfigDict, Json

from shared.contracts.base import Contract
from shared.contracts.records import RecordId
from shared.contracts.taxonomy import CategoryStatus


class LabelCount(Contract):
    """Rows of one final label and one sentiment, with the sum of the stars that they gave."""

    label: str
    sentiment: str | None
    rows: int
    starred: int
    stars_sum: Decimal


class Period(StrEnum):
    """The length of a step in time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Span(Contract):
    """From when to when the rows are dated, and how many are not."""

    first: datetime | None
    last: datetime | None
    undated: int


class TimeCount(Contract):
    """Rows of one key (a sentiment or a label) in the period that begins on `start`."""

    start: date
    key: str | None
    rows: int


class StarsCount(Contract):
    """Rows with this many stars and this sentiment."""

    stars: Decimal | None
    sentiment: str | None
    rows: int


class ProductCount(Contract):
    """Rows about one product."""

    product_name: str
    rows: int
    negative: int
    starred: int
    stars_sum: Decimal


class Quote(Contract):
    """One row as it is quoted: its text may be cut."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    record_id: RecordId
    row_number: int | None
    label: str | None
    sentiment: str | None
    product_name: str | None
    stars: Decimal | None
    create_date: datetime | None
    title: str | None
    text: str
    cut: bool
    reason: str | None = None


class FoundCategory(Contract):
    """A category that this execution's discovery found."""

    name: str
    description: str
    status: CategoryStatus
    examples: Json[tuple[RecordId, ...]]


class Searched(Contract):
    """How many unknown rows, of this and of earlier executions, discovery looked at for new categories.

    Attributes:
        pool: those that were looked at.
        left_out: those that were too many for one discovery; they are in the pool of later ones.
    """

    pool: int = 0
    left_out: int = 0


class ReasonCount(Contract):
    """Failed or rejected rows of one reason."""

    reason: str
    rows: int


class RejectedQuote(Contract):
    """A rejected row as it came, cut."""

    position: str
    reason: str
    raw: str
    cut: bool


class Answering(Contract):
    """Who labelled rows, under which versions."""

    model_id: str | None
    prompt_version: str | None
    taxonomy_version: int | None
    corrections_version: int | None
    rows: int


class PeopleCount(Contract):
    """Rows that discovery or people moved to another label than the model's."""

    relabelled: int = 0
    corrected: int = 0
