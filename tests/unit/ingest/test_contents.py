"""What is packed is unpacked, whatever it is packed in; what would do harm or cannot be told is refused."""

import gzip
import io
import json
import re
import zipfile
from typing import Any

import pytest

from services.ingest import archive, sheet, unpack, workbook_parts
from services.ingest import contents as contents_module
from services.ingest.layout import Layout
from services.ingest.refusal import FileRefused
from services.ingest.workbook import ODD
from tests.unit.ingest.reading import values
from tests.unit.ingest.workbooks import a_sheet, a_workbook, contents, opened, read_file, zipped

CSV = b"id,feedback\n1,late\n2,good\n"
OBJECTS = [{"id": 1, "feedback": "late"}, {"id": 2.0, "feedback": 'g\u00f6\u00f6d\n"x"'}]
READ = [{"ref_id": "1", "feedback": "late"}, {"ref_id": "2", "feedback": "good"}]
BOOK = a_workbook([["id", "feedback"], [1, "late"], [2, "good"]])
JSON = json.dumps([{"id": row["ref_id"], "feedback": row["feedback"]} for row in READ]).encode()


@pytest.mark.parametrize(
    "data,steps",
    [
        (CSV, ()),
        (gzip.compress(CSV), ("gzip",)),
        (zipped({"reviews.csv": CSV}), ("zip",)),
        (zipped({"a/b/Reviews.TSV": CSV.replace(b",", b"\t")}), ("zip",)),
        (
            zipped({"r.csv": CSV, "__MACOSX/._r.csv": b"\0\5", ".DS_Store": b"\0", "x/Thumbs.db": b"\0"}),
            ("zip",),
        ),
        (zipped({"r.csv": CSV, "read me.pdf": b"%PDF", "licence": b"MIT"}), ("zip",)),
        (zipped({"r.csv": CSV}, zipfile.ZIP_STORED), ("zip",)),
        (zipped({"r.csv": CSV}, zipfile.ZIP_LZMA), ("zip",)),
        (zipped({"r.csv.gz": gzip.compress(CSV)}), ("zip", "gzip")),
        (zipped({"r.csv": CSV.decode().encode("utf-16")}), ("zip",)),
        (BOOK, ("xlsx",)),
        (zipped({"r.xlsx": BOOK}), ("zip", "xlsx")),
        (gzip.compress(BOOK), ("gzip", "xlsx")),
        (JSON, ("json",)),
        (zipped({"r.json": JSON}), ("zip", "json")),
        (gzip.compress(JSON), ("gzip", "json")),
        (JSON.decode().encode("utf-16"), ("json",)),
        (b"\xef\xbb\xbf" + JSON, ("json",)),
        (JSON[1:-1].replace(b"}, ", b"}\n"), ()),
    ],
)
def test_the_same_rows_come_out_however_they_were_packed(data: bytes, steps: tuple[str, ...]) -> None:
    assert opened(data).layout.steps == steps
    assert values(read_file(data)) == READ
    assert read_file(data, restarts=True) == read_file(data)


@pytest.mark.parametrize(
    "data,reason",
    [
        (zipped({}), "holds no file that ends in .csv, .tsv,"),
        (zipped({"a.csv": CSV, "b.xlsx": BOOK}), "holds several tables: a.csv, b.xlsx. Upload each alone"),
        (zipped({"a.pdf": b"%PDF"}), "but a.pdf"),
        (zipped({"a.zip": zipped({"a.csv": CSV})}), "holds a zip file: pack the table alone"),
        (zipped({"a.csv": zipped({"a.csv": CSV})}), "holds a zip file"),
        (zipped({"word/document.xml": "x", "[Content_Types].xml": "x"}), "looks like a Word document"),
        (zipped({"mimetype": "x", "content.xml": "x"}), "looks like an OpenDocument file"),
        (zipped({"xl/workbook.bin": "x", "[Content_Types].xml": "x"}), "looks like a binary Excel workbook"),
        (zipped({"a.csv": CSV})[:-10], "the zip file is damaged or cut off"),
        (b"PK\x03\x04....", "the zip file is damaged or cut off"),
        (zipped({"a.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}), "one with a password"),
        (gzip.compress(gzip.compress(CSV)), "packed with gzip twice"),
        (b"[]", "the file is empty"),
        (b"[1, 2]", "the required column 'feedback' is missing"),
        (b'["feedback", "late"]', "no line holds a whole object"),
        (b'[["feedback"], ["late"]]', "no line holds a whole object"),
        (b'[{"feedback": ', "the file cannot be read: it is no JSON from here on"),
        (b'{"a\\x": 1, "b": [{"text": "late"}]}', "no line holds a whole object"),
        (b'{"a\tb": "c"', "no line holds a whole object"),
        (b'[{"colour": "red"}]', "the required column 'feedback' is missing; found columns: colour"),
        (JSON.decode().encode("utf-32"), "UTF-32"),
    ],
)
def test_what_cannot_be_told_is_refused_with_what_to_do(data: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        opened(data)
    assert reason in str(refused.value)


def test_an_encrypted_zip_file_is_refused() -> None:
    data = bytearray(zipped({"a.csv": CSV}))
    for at, mark in ((6, b"PK\3\4"), (8, b"PK\1\2")):
        data[data.index(mark) + at] |= 1
    with pytest.raises(FileRefused, match="encrypted: pack it without a password"):
        opened(bytes(data))


def test_a_zip_file_of_an_unknown_version_is_refused() -> None:
    data = bytearray(zipped({"a.csv": CSV}))
    data[data.index(b"PK\1\2") + 6] = 99
    with pytest.raises(FileRefused, match="packed in a way that cannot be read here"):
        opened(bytes(data))


def test_a_zip_file_packed_in_an_unknown_way_is_refused() -> None:
    data = bytearray(zipped({"a.csv": CSV}))
    for at, mark in ((8, b"PK\3\4"), (10, b"PK\1\2")):
        data[data.index(mark) + at] = 9
    with pytest.raises(FileRefused, match="packed in a way that cannot be read here"):
        opened(bytes(data))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(OBJECTS),
        json.dumps(OBJECTS, indent=2),
        json.dumps(OBJECTS, indent=2).replace("\n", "\r\n"),
        json.dumps(OBJECTS, ensure_ascii=False),
        "\n\n " + json.dumps(OBJECTS) + "\n\n",
        json.dumps({"count": 2, "reviews": OBJECTS, "next": None}),
        json.dumps({"meta": {"page": 1}, "data": OBJECTS}, indent=4),
        "\n".join(json.dumps(each) for each in OBJECTS),
        "\n".join(json.dumps(each, indent=2) for each in OBJECTS),
        json.dumps(OBJECTS[0], indent=2) + json.dumps(OBJECTS[1]),
        json.dumps(OBJECTS).replace("}, {", "},\n{"),
        json.dumps(OBJECTS).replace("}, {", "},{").replace("]", ",]"),
    ],
)
def test_objects_are_read_however_they_are_written(text: str) -> None:
    data = text.encode()
    rows = read_file(data)
    assert values(rows) == [
        {"ref_id": "1", "feedback": "late"},
        {"ref_id": "2.0", "feedback": 'g\u00f6\u00f6d\n"x"'},
    ]
    assert read_file(data, restarts=True) == rows


@pytest.mark.parametrize(
    "value,texts",
    [
        ({"feedback": "ok", "items": [{"sku": 1}]}, ["ok"]),
        ({"items": [{"sku": 1}], "comment": "came late"}, ["came late"]),
        ({"comment": "came late", "replies": [{"text": "sorry"}]}, ["came late"]),
        ({"message": "ok", "data": [{"text": "late"}, {"text": "good"}]}, ["late", "good"]),
        ({"products": [{"sku": 1}], "reviews": [{"body": "late"}]}, ["late"]),
        ({"title": "x", "reviews": [{"body": "late", "photos": [{"url": "y"}]}]}, ["late"]),
    ],
)
def test_a_list_in_an_object_is_told_from_feedback_that_holds_a_list(value: object, texts: list[str]) -> None:
    for written in (json.dumps(value), json.dumps(value, indent=2)):
        rows = [row.values.get("feedback") for row in read_file(written.encode())]
        assert rows == texts


def test_objects_of_many_lines_that_hold_lists_are_feedback_each() -> None:
    row = {"comment": "late", "replies": [{"text": "sorry"}]}
    data = (json.dumps(row, indent=1) + "\n" + json.dumps(row, indent=1)).encode()
    assert [row.values.get("feedback") for row in read_file(data)] == ["late", "late"]


def test_what_is_no_object_in_a_list_costs_no_other() -> None:
    rows = read_file(b'[{"feedback": "a"}, 7, "b", null, {"feedback": ["x"]}, {"feedback": "c"}]')
    assert [row.values.get("feedback") for row in rows] == ["a", None, None, None, None, "c"]


@pytest.mark.parametrize(
    "tail,problem",
    [
        (b"", "the list does not end"),
        (b', {"feedback": ', "an object is cut off or damaged"),
        (b', {"feedback" "x"}]', "an object is cut off or damaged"),
        (b', {"feedback": ' + b"[" * 100_000, "nested too deeply"),
        (b'] {"feedback": "x"}', "something else follows the list"),
    ],
)
def test_a_list_that_breaks_off_says_so_behind_its_rows(tail: bytes, problem: str) -> None:
    *good, last = read_file(b'[{"feedback": "a"}, {"feedback": "b"}' + tail)
    assert [row.values["feedback"] for row in good] == ["a", "b"]
    assert problem in str(last.problem)


def test_a_second_list_in_an_object_is_told() -> None:
    rows = read_file(json.dumps({"reviews": OBJECTS, "products": [{"name": "Tent"}]}).encode())
    assert len(rows) == 3
    assert "a second list of objects follows the first" in str(rows[2].problem)


def test_an_object_longer_than_a_record_may_be_costs_no_other() -> None:
    rows = read_file(json.dumps([OBJECTS[0], {"feedback": "x" * 2_000_000}, OBJECTS[0]]).encode())
    assert [row.problem is None for row in rows] == [True, False, True]


def test_json_lines_with_lists_in_them_are_still_lines() -> None:
    data = b'{"tags": [{"a": 1}], "feedback": "x"}\nbroken\n{"tags": [{"a": 2}], "feedback": "y"}\n'
    assert opened(data.replace(b"broken\n", b"")).layout.steps == ()
    assert [row.values.get("feedback") for row in read_file(data.replace(b"broken\n", b""))] == ["x", "y"]


def test_a_zip_bomb_ends_where_it_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped({"a.csv": CSV + b"3,x\n" * 2_000_000})
    monkeypatch.setattr(unpack, "_RATIO_FROM", 1024 * 1024)
    *_, last = read_file(data)
    assert "unpacks to more than 250 times its size" in str(last.problem)
    with pytest.raises(FileRefused, match="is too large"):
        contents(data, 1000).head(("zip",))


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


def test_a_zip_of_very_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MOST_ENTRIES", 2)
    with pytest.raises(FileRefused, match="more than 2 files"):
        opened(zipped({"a.csv": CSV, "b": b"", "c": b""}))


def test_a_checkpoint_of_the_version_before_is_understood() -> None:
    saved: dict[str, Any] = opened(gzip.compress(CSV)).layout.model_dump(mode="json")
    del saved["steps"]
    assert Layout.model_validate(saved | {"compressed": True}).steps == ("gzip",)
    assert Layout.model_validate(saved | {"compressed": False}).steps == ()
