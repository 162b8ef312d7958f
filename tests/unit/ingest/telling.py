"""What is told of a file's rows once they are read."""

from decimal import Decimal
from typing import NamedTuple

import openpyxl

from services.ingest.dates import usual_order
from services.ingest.refusal import RowRejected
from services.ingest.rows import to_feedback
from services.ingest.value_forms import FormSearch, ValueForms
from tests.unit.ingest.workbooks import opened, read_file, saved


class Told(NamedTuple):
    """A row, as far as it was read."""

    text: str
    stars: str = ""
    date: str = ""
    ref_id: str = ""


def told(data: bytes) -> list[Told]:
    """The rows that are taken; of the others nothing."""
    layout, rows = opened(data).layout, read_file(data)
    search = FormSearch(None, opened(data).ratings, dates=True, stars=True)
    for row in rows:
        search.look(row.values)
    order = search.date_order or layout.date_order or usual_order(layout.delimiter)
    forms = ValueForms(date_order=order, stars_scale=layout.stars_scale or search.ratings.scale)
    found = []
    for row in rows:
        try:
            said = to_feedback(row, forms).feedback
        except RowRejected:
            continue
        stars = "" if said.stars is None else str(Decimal(said.stars).normalize())
        found.append(Told(said.feedback, stars, str(said.date or "")[:16], said.ref_id))
    return found


def a_book(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    return saved(book)
