"""Excel workbooks are read as people see them, in bounded memory, and the same in every slice."""

import csv
import datetime as dt
import io
import re
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import MAC_EPOCH

from services.ingest.archive import Archive
from services.ingest.number_formats import NumberForm, number_form, number_text
from services.ingest.refusal import FileRefused
from services.ingest.sheet import sheet_csv
from tests.unit.ingest.reading import values
from tests.unit.ingest.workbooks import a_sheet, a_workbook, opened, read_file, saved, zipped

HEADER = ["id", "stars", "feedback", "date"]
DAY = dt.datetime(2024, 1, 5)  # noqa: DTZ001 (Excel knows no zones)
MOMENT = dt.datetime(2024, 1, 5, 10, 3, 7)  # noqa: DTZ001


def table(data: bytes) -> list[list[str]]:
    """The first visible sheet's cells."""
    text = b"".join(sheet_csv(Archive(io.BytesIO(data)))).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_workbook_s_rows_are_feedback() -> None:
    data = a_workbook([HEADER, [1, 4.5, 'Late, "very"\nlate', DAY], [2.0, 3, "Good", MOMENT]])
    assert values(read_file(data)) == [
        {"ref_id": "1", "stars": "4.5", "feedback": 'Late, "very"\nlate', "date": "2024-01-05"},
        {"ref_id": "2", "stars": "3", "feedback": "Good", "date": "2024-01-05T10:03:07"},
    ]
    assert opened(data).layout.steps == ("xlsx",)


def test_every_slice_reads_the_same_rows() -> None:
    rows = [[n, n % 6, f"Text {n}\nline" if n % 3 else "", DAY] for n in range(40)]
    data = a_workbook([HEADER, *rows])
    assert len(read_file(data)) == 40
    assert read_file(data, restarts=True) == read_file(data)


def test_the_first_visible_sheet_that_holds_anything_is_read() -> None:
    book = openpyxl.Workbook()
    for name, state in (("old", "hidden"), ("macro", "veryHidden"), ("empty", "visible"), ("new", "visible")):
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        if name != "empty":
            sheet.append(["feedback"])
            sheet.append([name])
    book.remove(book["Sheet"])
    book.create_chartsheet("chart", 0)
    assert values(read_file(saved(book))) == [{"feedback": "new"}]


def test_a_workbook_without_a_visible_sheet_is_refused() -> None:
    data = a_sheet("<row><c t='str'><v>feedback</v></c></row>").replace(b"", b"")
    parts = {
        name: part.replace(b"sheetId", b"state='hidden' sheetId") for name, part in unzipped(data).items()
    }
    with pytest.raises(FileRefused, match="shows no sheet"):
        opened(zipped(parts))


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_empty_rows_titles_and_merged_groups_above_the_header_are_passed_over() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        [],
        [],
        ["Survey of January"],
        [],
        ["Order", None, "Answer", None],
        HEADER,
        [1, 2, "Late", DAY],
    ):
        sheet.append(row)
    sheet.merge_cells("A3:D3")
    sheet.merge_cells("A5:B5")
    sheet.merge_cells("C5:D5")
    assert [row["feedback"] for row in values(read_file(saved(book)))] == ["Late"]


def test_missing_cells_are_empty_and_cells_beside_the_table_are_not_read() -> None:
    data = a_workbook([HEADER, [1, None, "Late"], [None, None, "x", None, "a note"], [5, None, None, None]])
    rows = read_file(data)
    assert [row.values.get("feedback") for row in rows] == ["Late", "x", None]
    book = openpyxl.load_workbook(io.BytesIO(data))
    book.active["Z40"] = "far away"  # type: ignore[index]
    assert [row.values.get("feedback") for row in read_file(saved(book))] == ["Late", "x", None]


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


MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.mark.parametrize(
    "part,before,after",
    [
        ("xl/styles.xml", b"<fonts", b"<fonts><font><family val='99'/></font></fonts><fonts"),
        ("xl/styles.xml", b"<patternFill", b"<no-such-fill"),
        (
            "xl/styles.xml",
            b"<cellStyles",
            b"<cellStyles><cellStyle name='a' xfId='77'/></cellStyles><cellStyles",
        ),
        ("xl/workbook.xml", b"</sheets>", b"</sheets><calcPr calcMode='odd'/>"),
        ("xl/workbook.xml", b"</sheets>", b"</sheets><definedNames><definedName odd='1'/></definedNames>"),
        ("docProps/core.xml", b"<", b"no properties <"),
        ("[Content_Types].xml", b"<Override", b"<Other"),
        ("xl/worksheets/sheet1.xml", b"</sheetData>", b"</sheetData><autoFilter ref='no such'/>"),
        (
            "xl/worksheets/sheet1.xml",
            b"</sheetData>",
            b"</sheetData><dataValidations><dataValidation type='x'/>",
        ),
        ("xl/worksheets/sheet1.xml", b"<dimension ref=", b"<dimension ref='A1'/><dimension of="),
        ("xl/worksheets/sheet1.xml", b"<row r=", b"<row ht='15' r='x' at="),
        ("xl/worksheets/sheet1.xml", b"<row", b"<!-- a row --><?a b?><row"),
    ],
)
def test_what_is_odd_beside_the_cells_costs_none(part: str, before: bytes, after: bytes) -> None:
    parts = unzipped(a_workbook([["feedback", "date"], ["late", DAY]]))
    assert before in parts[part]
    odd = zipped(parts | {part: parts[part].replace(before, after)})
    assert table(odd) == [["feedback", "date"], ["late", "2024-01-05"]]


def test_the_strict_form_of_the_format_and_prefixed_names_are_read() -> None:
    parts = unzipped(a_workbook([["feedback", "date"], ["late", DAY]]))
    strict = {
        name: part.replace(MAIN, b"http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
            RELATIONS, b"http://purl.oclc.org/ooxml/officeDocument/relationships"
        )
        for name, part in parts.items()
    }
    sheet = parts["xl/worksheets/sheet1.xml"]
    prefixed = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", sheet).replace(b"xmlns=", b"xmlns:x=")
    for book in (strict, parts | {"xl/worksheets/sheet1.xml": prefixed}):
        assert table(zipped(book)) == [["feedback", "date"], ["late", "2024-01-05"]]


def test_names_of_parts_are_found_however_they_are_written() -> None:
    parts = unzipped(a_workbook([["feedback"], ["late"]]))
    for rename in (str.upper, lambda name: name.replace("/", "\\"), lambda name: f"/{name}"):
        assert table(zipped({rename(name): part for name, part in parts.items()})) == [["feedback"], ["late"]]


@pytest.mark.parametrize(
    "sheet,texts",
    [
        ("<row><c t='s'><v>0</v></c></row>", "<si><r><rPr><family val='99'/></rPr><t>late</t></r></si>"),
        ("<row><c t='s'><v>0</v></c></row>", "<si><t>late</t><rPh sb='x'><t>LATE</t></rPh></si>"),
    ],
)
def test_a_list_of_texts_that_openpyxl_does_not_take_is_refused_with_advice(sheet: str, texts: str) -> None:
    with pytest.raises(FileRefused, match="it is not written as Excel writes workbooks: open it in"):
        opened(a_sheet(sheet, texts))


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
