"""A row's texts → feedback, or a reason that says to a person what to do."""

from pydantic import ValidationError

from services.ingest.dates import DateOrder, parse_date
from services.ingest.layout import REQUIRED
from services.ingest.ratings import stars_of
from services.ingest.reader import Row
from services.ingest.refusal import RowRejected
from shared.contracts.records import Feedback

_NOTHING = frozenset(
    {
        *(
            "n/a",
            "n.a.",
            "#n/a",
            "null",
            "(null)",
            "<null>",
            "[null]",
            "nan",
            "nat",
            "none",
            "nil",
            "undefined",
        ),
        *("\\n", "-", "--", "---", "–", "—", ".", "?", "0000-00-00", "0000-00-00 00:00:00", "00/00/0000"),
    }
)
"""What programs and people write into a cell that holds nothing."""
_ANSWERS = frozenset({"none", "nil", "?"})
"""Of these, what a customer may have said."""


def to_feedback(row: Row, order: DateOrder | None) -> Feedback:
    """What the customer said in this row.

    Args:
        order: whether the file's dates put the day or the month first; None if it does not say.

    Raises:
        RowRejected: the row is no feedback.
    """
    if row.problem is not None:
        raise RowRejected(row.problem)
    texts = {name: text for name, text in row.values.items() if not _is_nothing(name, text)}
    if REQUIRED not in texts:
        raise RowRejected(f"{REQUIRED}: there is no text")
    values: dict[str, object] = dict(texts)
    if "stars" in texts:
        values["stars"] = stars_of(texts["stars"])
    if "date" in texts:
        values["date"] = parse_date(texts["date"], order)
    try:
        return Feedback.model_validate(values)
    except ValidationError as error:
        raise RowRejected("; ".join(_reasons(error))) from None


def _is_nothing(name: str, text: str) -> bool:
    said = text.lower() if len(text) < 20 else text
    return not said or (said in _NOTHING and not (name == REQUIRED and said in _ANSWERS))


def _reasons(error: ValidationError) -> list[str]:
    return [f"{item['loc'][0]}: {item['msg'][:1].lower()}{item['msg'][1:]}" for item in error.errors()]
