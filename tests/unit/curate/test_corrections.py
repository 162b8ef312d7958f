import csv
from typing import Any

import pytest

from services.curate.corrections import Correction, label_for, read_corrections, row_of
from services.curate.upload_io import _lines
from services.curate.uploads import UploadRefused
from shared.stores.feedback_store import RowStatus
from shared.stores.feedback_store.correct import CorrectableRow


def read(text: str) -> list[tuple[int, str, str, str]]:
    corrections = read_corrections(text.splitlines(keepends=True))
    return [(c.line, c.record_id, c.row_id, c.label) for c in corrections]


def a_row(**changes: Any) -> CorrectableRow:
    fields: dict[str, Any] = {
        "id": 7,
        "record_id": "e:1",
        "execution_id": "e",
        "profile": "feedback",
        "status": "labelled",
        "label_correction": None,
        "label_given": "Delivery",
        "parked_cause": None,
        "had_failed": False,
    }
    return CorrectableRow.model_validate(fields | changes)


def test_a_line_is_counted_where_its_record_begins() -> None:
    text = 'record_id,note,label_correction\n\ne:1,"two\nlines",Delivery\n,,\ne:2,,Price\n'

    assert read(text) == [(3, "e:1", "", "Delivery"), (6, "e:2", "", "Price")]


def test_short_lines_have_empty_cells() -> None:
    assert read("label_correction,record_id\nDelivery\n") == [(2, "", "", "Delivery")]


def test_the_apostrophe_of_results_csv_is_taken_off_and_no_other() -> None:
    assert read("record_id,label_correction\n'-a,'=b\n'c,'tis\n") == [
        (2, "-a", "", "=b"),
        (3, "'c", "", "'tis"),
    ]


@pytest.mark.parametrize("header", ["id;Label Correction", " ID ;label-correction", '"id";LABEL_CORRECTION'])
def test_columns_are_found_however_they_are_written(header: str) -> None:
    assert read(f"{header}\n7;Delivery\n") == [(2, "", "7", "Delivery")]


def test_what_came_before_a_line_that_cannot_be_read_is_not_enough() -> None:
    # Of the whole process, and ingest's reader, which another test may have used, raises it.
    csv.field_size_limit(128 * 1024)
    with pytest.raises(UploadRefused, match="Line 3 cannot be read"):
        read("id,label_correction\n1,a\n2," + "x" * 200_000 + "\n")


@pytest.mark.parametrize(
    "written, label",
    [
        ("delivery", "Delivery"),
        ("  UNKNOWN ", "unknown"),
        (" ", None),
        ("Price  and\tvalue", "Price and value"),
        ("Ｄéliverｙ", "Delivery"),
    ],
)
def test_a_label_is_spelled_as_it_is_stored(written: str, label: str | None) -> None:
    names = {"delivery": "Delivery", "price and value": "Price and value"}

    assert label_for(written, names) == label


def test_a_label_that_is_no_category_is_none() -> None:
    with pytest.raises(KeyError):
        label_for("Weather", {})


@pytest.mark.parametrize(
    "record_id, row_id, found",
    [
        ("e:1", "", True),
        ("", "7", True),
        ("e:1", "7", True),
        ("e:1", "8", "its id and its record_id name different rows"),
        ("e:2", "7", "there is no such row"),
        ("", "9", "there is no such row"),
        ("", "7.0", "its id is no number"),
        ("", "٧", "its id is no number"),
        ("", "9" * 5000, "its id is no number"),
        ("", "", "it names no row"),
    ],
)
def test_a_row_is_named_by_record_id_or_id_or_both(record_id: str, row_id: str, found: bool | str) -> None:
    row = a_row()

    answer = row_of(Correction(2, record_id, row_id, "x"), {"e:1": row}, {7: row})

    assert answer == (row if found is True else found)


@pytest.mark.parametrize(
    "changes, correction, status",
    [
        ({}, "Price", RowStatus.LABELLED),
        ({}, "unknown", RowStatus.UNKNOWN),
        ({}, None, RowStatus.LABELLED),
        ({"label_given": "unknown"}, None, RowStatus.UNKNOWN),
        ({"label_given": None}, "Price", RowStatus.LABELLED),
        ({"label_given": None, "had_failed": True}, None, RowStatus.FAILED),
        ({"label_given": None}, None, RowStatus.SKIPPED),
        ({"label_given": None, "parked_cause": "model"}, None, RowStatus.PARKED),
    ],
)
def test_the_status_follows_from_what_is_left(
    changes: dict[str, Any], correction: str | None, status: RowStatus
) -> None:
    assert a_row(**changes).status_with(correction) is status


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_are_the_same_however_the_text_arrives(size: int) -> None:
    text = "a\r\nb\n\nc\rd\u2028e\x0bf\r\n"
    pieces = [text[i : i + size] for i in range(0, len(text), size)]

    lines = [line for line in _lines(pieces) if line]

    assert lines == ["a\r\n", "b\n", "\n", "c\r", "d\u2028e\x0bf\r\n"]


def test_a_line_without_an_end_is_refused_before_memory_fills() -> None:
    with pytest.raises(UploadRefused, match="too long"):
        list(_lines("x" * 100_000 for _ in range(1000)))
