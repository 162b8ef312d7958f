"""Excel workbooks are read as people see them, in bounded memory, and the same in every slice."""

import datetime as dt
import io
import re
import zipfile

import openpyxl
import pytest

from services.ingest.refusal import FileRefused
from tests.unit.ingest.reading import values
from tests.unit.ingest.workbook_tables import DAY, table
from tests.unit.ingest.workbooks import a_sheet, a_workbook, opened, read_file, saved, zipped

HEADER = ["id", "stars", "feedback", "date"]
MOMENT = dt.datetime(2024, 1, 5, 10, 3, 7)  # noqa: DTZ001


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
