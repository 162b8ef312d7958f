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
        self._dates = dates
        self._stars = stars

    def look(self, values: Mapping[str, str]) -> None:
        """Takes one row's values into account."""
        if self._wants_dates:
            self.date_order = decides(values.get("date", ""))
        if self._wants_ratings:
            self.ratings = self.ratings.plus(values.get("stars", ""))

    @property
    def over(self) -> bool:
        """Whether further rows would change nothing."""
        return not (self._wants_dates or self._wants_ratings)

    @property
    def _wants_dates(self) -> bool:
        return self._dates and self.date_order is None

    @property
    def _wants_ratings(self) -> bool:
        return self._stars and self.ratings.values < ENOUGH
