"""Workbooks that are too large, damaged or made to do harm."""

import gzip
import io
import re
import zipfile

import pytest

from services.ingest import contents as contents_module
from services.ingest import sheet, workbook_parts
from services.ingest.refusal import FileRefused
from services.ingest.workbook import ODD
from tests.unit.ingest.reading import values
from tests.unit.ingest.workbooks import a_sheet, opened, read_file, zipped


def row_of(cells: str) -> str:
    return f"<row>{cells}</row>"


HEAD = row_of("<c t='str'><v>id</v></c><c t='str'><v>feedback</v></c>")


def test_a_workbook_that_is_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    data = a_sheet(HEAD + row_of("<c><v>1</v></c><c t='s'><v>0</v></c>") * 1000, "<si><t>late</t></si>")
    assert len(read_file(data)) == 1000
    for module, name in (
        (workbook_parts, "SHEET_BYTES"),
        (workbook_parts, "TEXTS_BYTES"),
        (workbook_parts, "PARTS_BYTES"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, 10)
            with pytest.raises(FileRefused, match="too large for a workbook: save it as CSV"):
                opened(data)
    monkeypatch.setattr(contents_module, "_SPOOL", 100)
    with pytest.raises(FileRefused, match="unpacks to more than 100 bytes"):
        opened(gzip.compress(data))


def test_one_long_text_in_every_cell_does_not_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "TEXT_LENGTH", 1000)
    cells = "<c t='s'><v>0</v></c>" * 1500
    rows = read_file(a_sheet(HEAD + row_of(cells) * 3, f"<si><t>{'x' * 300}</t></si>"))
    assert [len(row.raw) < 5000 for row in rows] == [True] * 3


@pytest.mark.parametrize(
    "head",
    [
        "<!DOCTYPE worksheet [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]>",
        "<!DOCTYPE worksheet [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE worksheet SYSTEM 'http://169.254.169.254/latest/meta-data/'>",
        "<!DOCTYPE worksheet>",
    ],
)
def test_a_workbook_that_declares_entities_is_refused(head: str) -> None:
    data = a_sheet(HEAD + row_of("<c><v>1</v></c><c t='str'><v>late</v></c>"), head=head)
    with pytest.raises(FileRefused, match="declares a document type"):
        opened(data)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/sharedStrings.xml"]
)
def test_so_is_one_whose_other_parts_do(part: str) -> None:
    with zipfile.ZipFile(io.BytesIO(a_sheet(HEAD))) as good:
        parts = {name: good.read(name) for name in good.namelist()}
    content = re.sub(rb"^<\?xml[^>]*>", b"", parts[part])
    for encoding in ("utf-8", "utf-16"):
        declared = f"<!DOCTYPE a [<!ENTITY b 'c'>]>{content.decode()}".encode(encoding)
        with pytest.raises(FileRefused, match="declares a document type"):
            opened(zipped(parts | {part: declared}))


@pytest.mark.parametrize(
    "rows,problem",
    [
        ("<row/>" * 60_000, "it has more than 50000 rows"),
        ("<a/>" * 20_000, "a row or text in it is longer than 1000000"),
        (f"<row>{'<c/>' * 20_000}</row>", "a row or text in it is longer"),
        (
            f"<row>{f'<c a={chr(34)}{chr(120) * 50_000}{chr(34)}/>' * 30}</row>",
            "a row or text in it is longer",
        ),
        (f"<row><c t='str'><v>{'x' * 1_200_000}</v></c></row>", "a row or text in it is longer"),
        (
            f"<row><c t='inlineStr'><is><t>{'&lt;' * 1_200_000}</t></is></c></row>",
            "a row or text in it is longer",
        ),
        (f"<y>{'<row><z/></row>' * 55_000}</y>", "it has more than 50000 rows"),
        (f"<row><x:row xmlns:x='y'>{'<a/>' * 20_000}</x:row></row>", "a row or text in it is longer"),
        ("<row/>between" * 20_000 + "x" * 1_000_000, "a row or text in it is longer"),
    ],
)
def test_what_openpyxl_would_keep_is_bounded_behind_the_rows_before(
    monkeypatch: pytest.MonkeyPatch, rows: str, problem: str
) -> None:
    monkeypatch.setattr(workbook_parts, "MOST_UNITS", 50_000)
    monkeypatch.setattr(workbook_parts, "MOST_KEPT", 1_000_000)
    good = row_of("<c><v>1</v></c><c t='str'><v>late</v></c>") * 10_000
    *read, last = read_file(a_sheet(HEAD + good + rows))
    assert len(read) > 5_000
    assert f"cannot be read from here on: {problem}" in str(last.problem)


@pytest.mark.parametrize("name", ["a", "is", "t", "r", "extLst", "si", "c", "row"])
def test_elements_nested_very_deep_end_in_rows_or_a_refusal(name: str) -> None:
    deep = f"<{name}>" * 20_000 + "x" + f"</{name}>" * 20_000
    row = row_of("<c><v>1</v></c><c t='str'><v>late</v></c>")
    cell = f"<row><c><v>2</v></c><c t='inlineStr'><is>{deep}</is></c></row>"
    assert read_file(a_sheet(HEAD + row + cell))[0].values["feedback"] == "late"
    for parts in ({"texts": f"<si>{deep}</si>"}, {"styles": f"<cellXfs>{deep}</cellXfs>"}):
        assert _feedback_or_refusal(a_sheet(HEAD + row, **parts)) in (
            "late",
            f"the file cannot be read: {ODD}",
        )


def _feedback_or_refusal(data: bytes) -> str | None:
    try:
        return read_file(data)[0].values["feedback"]
    except FileRefused as error:
        return str(error)


def test_a_list_of_too_many_texts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_parts, "MOST_UNITS", 1000)
    for texts in ("<si><t>x</t></si>" * 1001, "<si/>" * 1001):
        with pytest.raises(FileRefused, match="more than 1000 rows or texts"):
            opened(a_sheet(HEAD, texts))


@pytest.mark.parametrize(
    "part,content",
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row><c"),
        ("xl/worksheets/sheet1.xml", b"\xff\xfe\x00"),
        ("xl/worksheets/sheet1.xml", b"<?xml version='1.0' encoding='no-such'?><worksheet/>"),
        ("xl/styles.xml", b"<styleSheet><cellXfs>"),
        ("xl/sharedStrings.xml", b""),
        ("xl/workbook.xml", b"<workbook>&nope;</workbook>"),
    ],
)
def test_a_damaged_workbook_is_refused(part: str, content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(a_sheet(HEAD))) as good:
        parts = {name: good.read(name) for name in good.namelist()}
    with pytest.raises(FileRefused, match="the file cannot be read: its XML is damaged"):
        opened(zipped(parts | {part: content}))


def test_a_workbook_that_breaks_off_keeps_the_rows_before() -> None:
    good = row_of("<c><v>1</v></c><c t='str'><v>late</v></c>") * 20_000
    *rows, last = read_file(a_sheet(HEAD + good + "<row></c>"))
    assert len(rows) > 10_000
    assert "cannot be read from here on: its XML is damaged" in str(last.problem)


def test_cells_far_to_the_right_or_out_of_place_do_no_harm() -> None:
    far = row_of("<c r='A2'><v>1</v></c><c r='B2' t='str'><v>late</v></c><c r='XFD2'><v>9</v></c>")
    odd = row_of("<c r='??'><v>2</v></c><c r='b' t='str'><v>good</v></c><c r='ZZZZZ1'><v>9</v></c>")
    rows = values(read_file(a_sheet(HEAD + far + odd)))
    assert [row["feedback"] for row in rows] == ["late", "good"]
