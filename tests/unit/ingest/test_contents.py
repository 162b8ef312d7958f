"""What is packed is unpacked, whatever it is packed in; what would do harm or cannot be told is refused."""

import gzip
import json
import zipfile
from typing import Any

import pytest

from services.ingest import archive, unpack
from services.ingest.layout import Layout
from services.ingest.refusal import FileRefused
from tests.unit.ingest.reading import values
from tests.unit.ingest.workbooks import a_workbook, contents, opened, read_file, zipped

CSV = b"id,feedback\n1,late\n2,good\n"
OBJECTS = [{"id": 1, "feedback": "late"}, {"id": 2.0, "feedback": 'g\u00f6\u00f6d\n"x"'}]
READ = [{"ref_id": "1", "feedback": "late"}, {"ref_id": "2", "feedback": "good"}]
BOOK = a_workbook([["id", "feedback"], [1, "late"], [2, "good"]])
JSON = json.dumps([{"id": row["ref_id"], "feedback": row["feedback"]} for row in READ]).encode()


def packed(data: bytes) -> bytes:
    """By gzip, without the time: it would be in the test's name, which must be the same in each process."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    "data,steps",
    [
        (CSV, ()),
        (packed(CSV), ("gzip",)),
        (zipped({"reviews.csv": CSV}), ("zip",)),
        (zipped({"a/b/Reviews.TSV": CSV.replace(b",", b"\t")}), ("zip",)),
        (
            zipped({"r.csv": CSV, "__MACOSX/._r.csv": b"\0\5", ".DS_Store": b"\0", "x/Thumbs.db": b"\0"}),
            ("zip",),
        ),
        (zipped({"r.csv": CSV, "read me.pdf": b"%PDF", "licence": b"MIT"}), ("zip",)),
        (zipped({"r.csv": CSV}, zipfile.ZIP_STORED), ("zip",)),
        (zipped({"r.csv": CSV}, zipfile.ZIP_LZMA), ("zip",)),
        (zipped({"r.csv.gz": packed(CSV)}), ("zip", "gzip")),
        (zipped({"r.csv": CSV.decode().encode("utf-16")}), ("zip",)),
        (BOOK, ("xlsx",)),
        (zipped({"r.xlsx": BOOK}), ("zip", "xlsx")),
        (packed(BOOK), ("gzip", "xlsx")),
        (JSON, ("json",)),
        (zipped({"r.json": JSON}), ("zip", "json")),
        (packed(JSON), ("gzip", "json")),
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
        (packed(packed(CSV)), "packed with gzip twice"),
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
        "".join(json.dumps(each) for each in OBJECTS),
        " , ".join(json.dumps(each) for each in OBJECTS),
        "".join(json.dumps({"detail": each, "with": [{"sku": 1}]}) for each in OBJECTS),
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


def test_a_zip_of_very_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MOST_ENTRIES", 2)
    with pytest.raises(FileRefused, match="more than 2 files"):
        opened(zipped({"a.csv": CSV, "b": b"", "c": b""}))


def test_a_checkpoint_of_the_version_before_is_understood() -> None:
    saved: dict[str, Any] = opened(packed(CSV)).layout.model_dump(mode="json")
    del saved["steps"]
    assert Layout.model_validate(saved | {"compressed": True}).steps == ("gzip",)
    assert Layout.model_validate(saved | {"compressed": False}).steps == ()
