import csv
import gzip
import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from local.accounting import ExecutionCounts, unaccounted
from local.row_counts import RowCount, count_rows
from local.setup import ROOT
from tests.unit.ingest.around_tables import TABLES
from tests.unit.ingest.workbooks import read_file

ROWS = [["id", "feedback"], ["1", 'he said "no",\nand left'], ["2", "schön; wirklich"], ["3", "ok"]]


def as_csv(delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(ROWS)
    return text.getvalue()


def figures(**differing: object) -> ExecutionCounts:
    whole: dict[str, object] = {
        "execution_id": "feedback-0123456789abcdef",
        "status": "completed",
        "failure_reason": None,
        "rows_read": 10,
        "labelled": 6,
        "unknown": 2,
        "failed": 1,
        "parked": 0,
        "rejected": 1,
        "discovered": 0,
        "discovery": "done",
        "calls": 1,
        "input_tokens": 1,
        "output_tokens": 1,
        "last_progress_at": datetime(2026, 1, 1),  # noqa: DTZ001 - as MySQL gives it
    }
    return ExecutionCounts.model_validate(whole | differing)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_are_counted_in_any_encoding_and_with_any_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(as_csv(delimiter).encode(encoding))

    assert count_rows(path) == RowCount(rows=3)


def test_a_gzipped_file_has_the_rows_of_the_file_in_it(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(as_csv().encode()))

    assert count_rows(path) == RowCount(rows=3)


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("id,feedback\n\n1,good\n\n\n2,bad\n\n")

    assert count_rows(path) == RowCount(rows=2)


def test_json_lines_have_no_header(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text('{"feedback": "good"}\n\n{"feedback": "bad"}\n')

    assert count_rows(path) == RowCount(rows=2)


@pytest.mark.parametrize("name", ["file.json", "file.ndjson"])
@pytest.mark.parametrize(
    "text,counted",
    [
        ('[{"feedback": "good"}, {"feedback": "bad"}]', RowCount(rows=2)),
        ('[\n{"feedback": "good"},\n{"feedback": "bad"}\n]\n', RowCount(rows=2)),
        ('{"feedback": "good"}\n{"feedback": "bad"}\n', RowCount(rows=2)),
        ('{"feedback": "good"}\n', RowCount(rows=1)),
        ('{"feedback": "good"}{"feedback": "bad"}', RowCount(rows=1, certain=False)),
        ('{\n"feedback": "good"\n}\n{\n"feedback": "bad"\n}\n', RowCount(rows=6, certain=False)),
        ('{"feedback": "good"}\nbroken\n', RowCount(rows=2)),
        ('{"reviews": [{"feedback": "good"}, {"feedback": "bad"}]}', RowCount(rows=1, certain=False)),
    ],
)
def test_json_is_counted_however_it_is_written(
    tmp_path: Path, name: str, text: str, counted: RowCount
) -> None:
    path = tmp_path / name
    path.write_text(text)

    assert count_rows(path) == counted


def test_of_a_zip_file_with_a_table_and_a_page_only_ingest_knows_which_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Takeout/archive_browser.html", "<h1>Takeout</h1>")
        archive.writestr("Takeout/reviews.csv", as_csv())
    assert not count_rows(path).certain


def test_a_table_alone_in_a_zip_file_is_counted_and_a_workbook_is_not_certain(tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/file.csv", as_csv())
        archive.writestr("__MACOSX/a/._file.csv", "")
    assert count_rows(path) == RowCount(rows=3)

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "")
        archive.writestr("[Content_Types].xml", "")
    assert not count_rows(path).certain


@pytest.mark.parametrize("name", TABLES)
def test_what_stands_around_the_rows_of_a_table_is_not_counted(tmp_path: Path, name: str) -> None:
    data = TABLES[name]
    data = data.encode() if isinstance(data, str) else data
    suffix = {b"PK": ".zip", b"\x1f\x8b": ".csv.gz"}.get(data[:2], ".csv")
    path = tmp_path / f"file{suffix}"
    path.write_bytes(data)

    counted, read = count_rows(path), len(read_file(data))

    assert counted.rows == read if counted.certain else counted.rows <= read


@pytest.mark.parametrize(
    "text",
    [
        "id,feedback\n1,good\n2,bad\n,\n,\n",
        "stars,feedback\n,\N{GRINNING FACE}\n,:-|\n",
        "id,feedback\n1,good\n2,bad\n\x1a",
        "id,feedback\n1,good\nid,feedback\n2,bad\n",
        'id|feedback\n1|"good,\nreally"\n2|bad\n',
    ],
)
def test_lines_that_are_no_rows_leave_the_number_certain(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)

    assert count_rows(path) == RowCount(rows=2)


def test_below_a_surveys_header_the_number_is_not_certain(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("Respondent,Comment\n,Open-Ended Response\n1,good\n")

    assert count_rows(path) == RowCount(rows=0, certain=False)


def test_a_file_of_one_column_may_have_commas_in_its_texts(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text('feedback\nwell,"it opens\nand, ends\n')

    assert count_rows(path) == RowCount(rows=2)


def test_a_delimiter_that_is_announced_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("sep=|\nid|feedback\n1|good, really\n")

    assert count_rows(path) == RowCount(rows=1)


@pytest.mark.parametrize(
    "text",
    [
        'id,feedback\n1,"never closed\n2,good\n',
        'id,feedback\n1,"never closed\n2,good\n3,"bad"\n4,good\n',
    ],
)
def test_where_quotation_marks_do_not_fit_the_number_of_rows_is_not_certain(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)

    assert not count_rows(path).certain


@pytest.mark.parametrize("row", ['1,"he said "no" to me"', '1,"never closed', "1", "1,2,3"])
def test_a_broken_row_of_one_line_is_one_row(tmp_path: Path, row: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"id,feedback\n0,good\n{row}")

    assert count_rows(path) == RowCount(rows=2)


@pytest.mark.parametrize("text", ["", "id,feedback\n"])
def test_a_file_without_rows_has_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)

    assert count_rows(path) == RowCount(rows=0)


def test_rows_that_add_up_are_all_accounted_for() -> None:
    assert unaccounted(RowCount(rows=10), figures()) is None


def test_a_missing_row_is_named_with_the_sum() -> None:
    reason = unaccounted(RowCount(rows=11), figures())

    assert reason == "11 rows in the file, but 6 labelled + 2 unknown + 1 failed + 1 rejected = 10"


def test_a_row_too_many_is_not_accounted_for_either() -> None:
    assert unaccounted(RowCount(rows=9), figures()) is not None


def test_parked_rows_are_not_accounted_for_and_named() -> None:
    reason = unaccounted(RowCount(rows=11), figures(parked=1))

    assert reason is not None
    assert reason.endswith("(1 are parked)")


def test_a_refused_file_is_a_failure_with_its_reason() -> None:
    reason = unaccounted(RowCount(rows=0), figures(status="failed", failure_reason="no column feedback"))

    assert reason == "The file was refused: no column feedback"


def test_an_uncertain_file_is_accounted_for_by_the_rows_that_ingest_found() -> None:
    uncertain = RowCount(rows=9, certain=False)

    assert unaccounted(uncertain, figures()) is None
    assert unaccounted(uncertain, figures(rows_read=11)) is not None


def test_ingest_cannot_find_fewer_rows_than_there_are_for_certain() -> None:
    assert unaccounted(RowCount(rows=11, certain=False), figures()) is not None


def test_counts_mails_and_pages(tmp_path: Path) -> None:
    assert count_rows(ROOT / "samples" / "email" / "inbox.mbox") == RowCount(rows=60)
    assert count_rows(ROOT / "samples" / "product" / "pages.jsonl") == RowCount(rows=16)
    (tmp_path / "a.html").write_text("<h1>x</h1>")
    assert count_rows(tmp_path / "a.html") == RowCount(rows=1)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("a.html", "x")
        made.writestr("b.htm", "x")
    assert count_rows(tmp_path / "a.zip") == RowCount(rows=2)
