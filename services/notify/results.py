"""results.csv: every row of an execution with its labels, made page by page."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal

from shared.contracts.spreadsheet import neutral
from shared.stores.feedback_store import FeedbackRow

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
)
CONTENT_TYPE = "text/csv; charset=utf-8"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Without it Excel takes UTF-8 for the machine's own code page."""


def head() -> bytes:
    """What the file begins with."""
    return _BYTE_ORDER_MARK + _lines([COLUMNS])


def lines(page: Sequence[FeedbackRow]) -> bytes:
    """The rows of a page, as they follow one another in the file."""
    return _lines([_cells(row) for row in page])


def _cells(row: FeedbackRow) -> list[int | str]:
    return [_cell(getattr(row, column)) for column in COLUMNS]


def _cell(value: object) -> int | str:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return neutral(str(value))


def _lines(rows: Iterable[Iterable[int | str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue().encode(errors="replace")
