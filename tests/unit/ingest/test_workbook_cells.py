"""Cells of a workbook are read as they are shown."""

import datetime as dt
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import MAC_EPOCH

from services.ingest.number_formats import NumberForm, number_form, number_text
from tests.unit.ingest.workbook_tables import DAY, table
from tests.unit.ingest.workbooks import a_sheet, a_workbook, saved


@pytest.mark.parametrize(
    "cell,text",
    [
        ("<c t='n'><v>1.0</v></c>", "1"),
        ("<c><v>4.5999999999999996</v></c>", "4.6"),
        ("<c><v>1E5</v></c>", "100000"),
        ("<c><f>A1&amp;B1</f><v>17</v></c>", "17"),
        ("<c t='str'><f>A1</f><v>a text</v></c>", "a text"),
        ("<c><f>NOW()</f></c>", ""),
        ("<c t='e'><v>#N/A</v></c>", "#N/A"),
        ("<c t='b'><v>1</v></c>", "TRUE"),
        ("<c t='d'><v>2024-01-05T10:00:00</v></c>", "2024-01-05T10:00:00"),
        ("<c t='inlineStr'><is><r><t>ri</t></r><r><t>ch</t></r></is></c>", "rich"),
        ("<c t='inlineStr'><is><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh></is></c>", "東京"),
        ("<c t='s'><v>0</v></c>", "shared"),
        ("<c t='s'><v>1</v></c>", "two runs"),
        ("<c t='s'><v>99</v></c>", ""),
        ("<c t='s'><v>-1</v></c>", ""),
        ("<c t='s'/>", ""),
        ("<c t='d'><v>2024-01-05T10:00:00+02:00</v></c>", "2024-01-05T10:00:00+02:00"),
        ("<c t='d'><v>soon</v></c>", "soon"),
        ("<c t='b'><v>maybe</v></c>", "maybe"),
        ("<c s='x'><v>5</v></c>", "5"),
        ("<c s='-1'><v>5</v></c>", "5"),
        ("<c s='5'><v>45296</v></c>", "2024-01-05"),
        ("<c t='inlineStr'><is><r><rPr><family val='99'/></rPr><t>odd font</t></r></is></c>", "odd font"),
        ("<c t='str'><v>a_x000D_\nb</v></c>", "a\r\nb"),
        ("<c s='1'><v>45296</v></c>", "2024-01-05"),
        ("<c s='1'><v>45296.5</v></c>", "2024-01-05T12:00:00"),
        ("<c s='2'><v>0.85</v></c>", "85%"),
        ("<c s='3'><v>45296</v></c>", "2024-01-05"),
        ("<c s='4'><v>42</v></c>", "42"),
        ("<c s='77'><v>42</v></c>", "42"),
        ("<c s='1'><v>1e300</v></c>", "1e+300"),
        ("<c s='1'><v>nan</v></c>", "nan"),
        ("<c><v>soon</v></c>", "soon"),
        ("<x:c xmlns:x='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><x:v>5</x:v></x:c>", "5"),
    ],
)
def test_a_cell_is_read_as_people_see_it(cell: str, text: str) -> None:
    styles = (
        "<numFmts><numFmt numFmtId='170' formatCode='[$-407]d. mmmm yyyy;@'/>"
        "<numFmt numFmtId='171' formatCode='&quot;days: &quot;0'/></numFmts>"
        "<cellStyleXfs><xf numFmtId='9'/></cellStyleXfs>"
        "<cellXfs><xf numFmtId='0'/><xf numFmtId='22'/><xf numFmtId='9'/><xf numFmtId='170'/>"
        "<xf numFmtId='171'/><xf numFmtId='31'/></cellXfs>"
    )
    texts = "<si><t>shared</t></si><si><r><t>two </t></r><r><t>runs</t></r></si>"
    data = a_sheet(f"<row>{cell}<c t='str'><v>beside</v></c></row>", texts, styles)
    assert table(data) == [[text, "beside"]]


@pytest.mark.parametrize(
    "code,form",
    [
        ("yyyy-mm-dd", NumberForm.DATE),
        ("dd/mm/yy\\ hh:mm", NumberForm.DATE),
        ("[h]:mm:ss", NumberForm.DATE),
        ("[$-411]ge.m.d;@", NumberForm.DATE),
        ("TT.MM.JJJJ", NumberForm.DATE),
        ("General", NumberForm.PLAIN),
        ("0.00E+00", NumberForm.PLAIN),
        ('0 "days"', NumberForm.PLAIN),
        ("[Red]0.0", NumberForm.PLAIN),
        ("#,##0_);(#,##0)", NumberForm.PLAIN),
        ("0.0%", NumberForm.PERCENT),
    ],
)
def test_how_a_number_is_shown_follows_from_its_format(code: str, form: NumberForm) -> None:
    assert number_form(164, code) is form


def test_dates_count_from_1900_or_1904_and_excel_s_29_february_is_passed() -> None:
    assert number_text(59, NumberForm.DATE, from_1904=False) == "1900-02-28"
    assert number_text(61, NumberForm.DATE, from_1904=False) == "1900-03-01"
    assert number_text(43834, NumberForm.DATE, from_1904=True) == "2024-01-05"
    assert number_text(0.5, NumberForm.DATE, from_1904=False) == "12:00:00"


def test_a_workbook_of_1904_keeps_its_dates() -> None:
    book = openpyxl.Workbook()
    book.epoch = MAC_EPOCH
    assert book.active is not None
    book.active.append(["feedback", "date"])
    book.active.append(["late", DAY])
    assert table(saved(book)) == [["feedback", "date"], ["late", "2024-01-05"]]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.decimals(-1000, 1000, places=3).map(float),
    st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), max_size=20).filter(
        lambda text: not text.startswith("=") and "_x" not in text
    ),
    st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2050, 1, 1)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8))
def test_cells_are_those_that_were_written(rows: list[list[Any]]) -> None:
    written = [["a", "b", "c"], *rows]
    expected = [[as_text(cell) for cell in row] for row in written]
    assert table(a_workbook(written)) == [row for row in expected if any(cell.strip() for cell in row)]


def as_text(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case dt.datetime():
            return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
        case _:
            return str(cell)
