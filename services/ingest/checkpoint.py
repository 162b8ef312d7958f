"""The checkpoint of a file: what the next slice needs to continue."""

from typing import Literal, Self

from pydantic import Field

from services.ingest.dates import DateOrder
from services.ingest.layout import Layout
from services.ingest.ratings import RatingCounts, StarsScale
from services.ingest.reader import Position
from services.ingest.unread import Unread
from services.ingest.value_forms import ValueForms
from shared.contracts.base import Contract
from shared.contracts.events import Counts


class Checkpoint(Contract):
    """Stored as JSON with the counts of each slice, in one transaction."""

    version: Literal[1] = 1
    phase: Literal["dates", "rows", "closing"]
    """`dates`: looking for the order of dates and the scale of ratings; `rows`: sending; `closing`: sent."""
    layout: Layout
    offset: int
    row_number: int = 0
    inside_long_line: bool = False
    date_order: DateOrder | None = None
    ratings: RatingCounts = RatingCounts()
    """Of the rows looked at in phase `dates`."""
    stars_scale: StarsScale = 5
    estimated_rows: int
    """From the size and the beginning of the file, to tell what it will cost."""
    estimated_tokens: int = 0
    """Of all rows' texts as a prompt shows them, likewise."""
    accepted: int = 0
    rejected: int = 0
    unread: dict[str, Unread] = Field(default_factory=dict)
    """By column, the values of accepted rows that could not be read."""

    @classmethod
    def stored(cls, value: object) -> Self:
        """As an execution keeps it, without what a later version added to it."""
        return cls.model_validate(value, extra="ignore")

    @property
    def forms(self) -> ValueForms:
        return ValueForms(date_order=self.date_order, stars_scale=self.stars_scale)

    @property
    def position(self) -> Position:
        return Position(self.offset, self.row_number, self.inside_long_line)

    @property
    def counts(self) -> Counts:
        rows_read = self.accepted + self.rejected
        return Counts(rows_read=rows_read, accepted=self.accepted, rejected=self.rejected)

    def at(self, position: Position) -> Self:
        """The checkpoint at a later position."""
        return self.model_copy(
            update={
                "offset": position.offset,
                "row_number": position.row_number,
                "inside_long_line": position.inside_long_line,
            }
        )

    def rows_from_the_start(self) -> Self:
        """The checkpoint at the first row, in phase `rows`: the forms of values have been looked for."""
        return self.at(Position(self.layout.start)).model_copy(update={"phase": "rows"})
