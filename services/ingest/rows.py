"""A row's texts → feedback, or a reason that says to a person what to do."""

from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from services.ingest.dates import DateOrder, parse_date
from services.ingest.layout import REQUIRED
from services.ingest.reader import Row
from services.ingest.refusal import RowRejected
from shared.contracts.records import Feedback

_STARS = "stars: must be a number from 0 to 5 with at most one decimal"


def to_feedback(row: Row, order: DateOrder | None) -> Feedback:
    """What the customer said in this row.

    Args:
        order: whether the file's dates put the day or the month first; None if it does not say.

    Raises:
        RowRejected: the row is no feedback.
    """
    if row.problem is not None:
        raise RowRejected(row.problem)
    values: dict[str, object] = dict(row.values)
    if not values.get(REQUIRED):
        raise RowRejected(f"{REQUIRED}: there is no text")
    if stars := row.values.get("stars"):
        values["stars"] = _stars(stars)
    if date := row.values.get("date"):
        values["date"] = parse_date(date, order)
    present = {name: value for name, value in values.items() if value != ""}
    try:
        return Feedback.model_validate(present)
    except ValidationError as error:
        raise RowRejected("; ".join(_reasons(error))) from None


def _stars(text: str) -> Decimal:
    try:
        stars = Decimal(text.replace(",", "."))
        if not 0 <= stars <= 5:
            raise RowRejected(_STARS)
        tenths = stars.quantize(Decimal("0.1"))
    except InvalidOperation:
        raise RowRejected(_STARS) from None
    if tenths != stars:
        raise RowRejected(_STARS)
    return tenths


def _reasons(error: ValidationError) -> list[str]:
    return [f"{item['loc'][0]}: {item['msg'][:1].lower()}{item['msg'][1:]}" for item in error.errors()]
