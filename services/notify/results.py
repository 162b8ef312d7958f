"""results.csv: every row of an execution with its labels, made page by page."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from shared.contracts.attributes import shown
from shared.contracts.profiles import ProfileDocument
from shared.contracts.spreadsheet import neutral
from shared.stores.feedback_store import FeedbackRow, RowAspect

COLUMNS = (
    "id",
    "record_id",
    "row_number",
    "product_name",
    "store",
    "ref_id",
    "stars",
    "title",
    "feedback",
    "create_date",
    "label_llm",
    "label_post_processing",
    "label_correction",
    "label_final",
    "sentiment",
    "status",
    "failure_reason",
    "raw_values",
    "segments",
    "profile",
    "profile_version",
    "model_id",
)
TOPICS = "aspects"
"""Each topic of the row with its sentiment, the main one first."""
TEAM = "team"
"""Whom the row goes to, where the profile's categories have routes."""
ATTRIBUTE = "attributes."
"""Stands before the name of an attribute."""
CONTENT_TYPE = "text/csv; charset=utf-8"
_PLAIN = ProfileDocument()
_NO_TOPICS: Mapping[int, Sequence[RowAspect]] = {}
NO_TEAMS: Mapping[str, str] = {}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Without it Excel takes UTF-8 for the machine's own code page."""


def head(document: ProfileDocument = _PLAIN) -> bytes:
    """What the file begins with.

    Args:
        document: the profile, whose attributes have a column each.
    """
    team = [TEAM] if document.has_routes else []
    return _BYTE_ORDER_MARK + _lines(
        [(*COLUMNS, TOPICS, *team, *(f"{ATTRIBUTE}{each.name}" for each in document.attributes))]
    )


def lines(
    page: Sequence[FeedbackRow],
    further: Mapping[int, Sequence[RowAspect]] = _NO_TOPICS,
    document: ProfileDocument = _PLAIN,
    teams: Mapping[str, str] = NO_TEAMS,
) -> bytes:
    """The rows of a page, as they follow one another in the file.

    Args:
        further: the rows' topics besides the main one, by id.
        document: as for the head.
        teams: by category.
    """
    return _lines([_cells(row, further.get(row.id, ()), document, teams) for row in page])


def topics(row: FeedbackRow, further: Sequence[RowAspect]) -> list[tuple[str, str]]:
    """The row's topics, each with its sentiment, the main one first.

    Args:
        further: those besides the main one.
    """
    if row.label_final is None or row.sentiment is None:
        return []
    others = [(each.category, each.sentiment) for each in further if each.category != row.label_final]
    return [(row.label_final, row.sentiment), *others]


def _cells(
    row: FeedbackRow,
    further: Sequence[RowAspect],
    document: ProfileDocument,
    teams: Mapping[str, str],
) -> list[int | str]:
    fields = [_cell(getattr(row, column)) for column in COLUMNS]
    team = [_cell(teams.get(row.label_final or ""))] if document.has_routes else []
    values = [neutral(shown(row.attributes.get(each.name))) for each in document.attributes]
    said = "; ".join(f"{category}: {sentiment}" for category, sentiment in topics(row, further))
    return [*fields, neutral(said), *team, *values]


def _cell(value: object) -> int | str:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return neutral(json.dumps(value, ensure_ascii=False)) if value else ""
    return neutral(str(value))


def _lines(rows: Iterable[Iterable[int | str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue().encode(errors="replace")
