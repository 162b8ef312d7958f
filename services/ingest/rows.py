"""Turns a row's texts into feedback, or rejects it with a reason that says to people what to do.

Only a row without a text is rejected. Another value that cannot be read is left empty, and kept raw.
"""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import ValidationError

from services.ingest.columns import REQUIRED
from services.ingest.dates import parse_date
from services.ingest.placeholders import is_nothing, without_formula
from services.ingest.ratings import stars_of
from services.ingest.reader import Row
from services.ingest.refusal import RowRejected, ValueUnread
from services.ingest.value_forms import ValueForms
from shared.contracts.records import RAW_LENGTH, Feedback


class Said(NamedTuple):
    """The feedback of a row, and its raw values."""

    feedback: Feedback
    raw_values: Mapping[str, str]
    """By field, as they came: values that could not be read and are empty, ratings of another scale."""


def to_feedback(row: Row, forms: ValueForms) -> Said:
    """The feedback in this row.

    Args:
        forms: how the file writes its dates and ratings.

    Raises:
        RowRejected: the row is no feedback.
    """
    if row.problem is not None:
        raise RowRejected(row.problem)
    texts = {name: without_formula(text) for name, text in row.values.items() if not is_nothing(name, text)}
    if REQUIRED not in texts:
        raise RowRejected(f"{REQUIRED}: there is no text")
    values, raw = _values(texts, forms)
    try:
        feedback = Feedback.model_validate(values)
    except ValidationError as error:
        wrong = _wrong(error)
        if REQUIRED in wrong:
            raise RowRejected(wrong[REQUIRED]) from None
        feedback = Feedback.model_validate({name: values[name] for name in values if name not in wrong})
        raw |= {name: texts[name] for name in wrong}
    return Said(feedback, {name: text[:RAW_LENGTH] for name, text in (row.unread | raw).items()})


def _values(texts: Mapping[str, str], forms: ValueForms) -> tuple[dict[str, object], dict[str, str]]:
    """The parsed values, without those that cannot be read; and the raw values to keep."""
    values: dict[str, object] = dict(texts)
    raw = {}
    for name in texts.keys() & {"stars", "date"}:
        try:
            values[name] = _value(name, texts[name], forms)
        except ValueUnread:
            del values[name]
            raw[name] = texts[name]
    if "stars" in values and forms.stars_scale != 5:
        raw["stars"] = texts["stars"]
    return values, raw


def _value(name: str, text: str, forms: ValueForms) -> object:
    return parse_date(text, forms.date_order) if name == "date" else stars_of(text, forms.stars_scale)


def _wrong(error: ValidationError) -> dict[str, str]:
    """The reason, for people, by the field that is not valid."""
    return {
        str(item["loc"][0]): f"{item['loc'][0]}: {item['msg'][:1].lower()}{item['msg'][1:]}"
        for item in error.errors()
    }
