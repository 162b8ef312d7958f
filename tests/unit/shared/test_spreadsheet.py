import csv
import io

import pytest

from services.ingest.rejects import write_csv
from shared.contracts.spreadsheet import neutral, written
from shared.stores.rejected_store import RejectedRow

FORMULAS = [
    '=HYPERLINK("http://evil")',
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "\u3000＝1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert neutral(text).startswith("'")


@pytest.mark.parametrize("text", FORMULAS)
def test_rejected_rows_come_back_without_a_formula(text: str) -> None:
    file = io.BytesIO()
    write_csv(file, [RejectedRow(execution_id="e", position="1", reason=text, raw=f"a;{text}")])

    [row] = csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""))

    assert row["reason"].startswith("'")
    assert not row["raw"].startswith("a;=")


@pytest.mark.parametrize(
    "text",
    ["", " ", "good", "a=b", "3 - 1; good", "50% off", "%1", "|a", "it's", "'quoted'", "one\ntwo"],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert neutral(text) == text


@pytest.mark.parametrize("text", [*filter(str.isprintable, FORMULAS), "good", "'quoted'"])
def test_a_cell_that_comes_back_is_what_was_written(text: str) -> None:
    assert written(neutral(text)) == text.strip()
