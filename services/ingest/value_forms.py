"""The forms in which a file writes dates and ratings, found once so that all its rows are read alike."""

from collections.abc import Mapping

from services.ingest.dates import DateOrder, decides
from services.ingest.ratings import ENOUGH, RatingCounts, StarsScale
from shared.contracts.base import Contract


class ValueForms(Contract):
    """How the values of a file's rows are read."""

    date_order: DateOrder | None = None
    """Whether its dates put the day or the month first; None if it does not say."""
    stars_scale: StarsScale = 5


class FormSearch:
    """Looks at row after row until the file has said enough.

    Attributes:
        date_order: what the dates have shown so far.
        ratings: what the ratings have shown so far.
    """

    def __init__(
        self, date_order: DateOrder | None, ratings: RatingCounts, *, dates: bool, stars: bool
    ) -> None:
        self.date_order = date_order
        self.ratings = ratings
        self._dates = dates and date_order is None
        self._stars = stars and ratings.values < ENOUGH

    def look(self, values: Mapping[str, str]) -> None:
        """Takes one row's values into account."""
        if self._dates:
            self.date_order = decides(values.get("date", ""))
            self._dates = self.date_order is None
        if self._stars:
            self.ratings = self.ratings.plus(values.get("stars", ""))
            self._stars = self.ratings.values < ENOUGH

    @property
    def over(self) -> bool:
        """Whether further rows would change nothing."""
        return not (self._dates or self._stars)
