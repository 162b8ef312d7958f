"""results.csv: every row of an execution with its labels, made page by page."""

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal

from shared.feedback_store import FeedbackRow

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
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Without it Excel takes UTF-8 for the machine's own code page."""
_FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"


def as_csv(pages: Iterable[list[FeedbackRow]]) -> Iterator[bytes]:
    """The file in pieces, one a page."""
    yield _BYTE_ORDER_MARK + _lines([COLUMNS])
    for page in pages:
        yield _lines([_cells(row) for row in page])


def neutral(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula: an apostrophe before what begins like one."""
    text = text.replace("\0", "\ufffd")
    return f"'{text}" if text.lstrip(" ")[:1] and text.lstrip(" ")[0] in _FORMULA_STARTS else text


def _cells(row: FeedbackRow) -> list[int | str]:
    return [_cell(getattr(row, column)) for column in COLUMNS]


def _cell(value: object) -> int | str:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return str(value)
    return neutral(str(value))


def _lines(rows: Iterable[Iterable[int | str]]) -> bytes:
    text = io.StringIO()
    # All text in quotes: a semicolon in it ends no cell where Excel parts cells by semicolons.
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue().encode(errors="replace")
