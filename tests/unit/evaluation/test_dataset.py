import json
from pathlib import Path

import pytest

from evaluation.dataset import (
    LabelledRow,
    read_categories,
    read_dataset,
    read_profile_document,
    with_training,
)
from evaluation.label_report import comparison
from evaluation.labelling import corrected_rows
from evaluation.model import EvaluationError
from evaluation.page import render_page
from shared.contracts.taxonomy import NewCategory


def written(folder: Path, text: str, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


FILE = """text,label,split,shop
loud,Fan,test,a
late,Delivery,train,a
,Fan,test,a
hello,none,test,a
x,Fan,test,b
"""


def test_rows_training_rows_and_skipped_ones_are_told_apart(tmp_path: Path) -> None:
    found = read_dataset(written(tmp_path, FILE), "text", "label", unknown="none", where={"shop": "a"})
    assert found.rows == (LabelledRow("loud", "Fan"), LabelledRow("hello", None))
    assert found.training == (LabelledRow("late", "Delivery"),)
    assert found.skipped == 1


def test_a_missing_column_is_named_beside_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no column gold; it has text, label, split, shop"):
        read_dataset(written(tmp_path, FILE), "text", "gold")


@pytest.mark.parametrize("text", ["", "text,label\n", "text,label,split\na,b,train\n"])
def test_a_file_without_a_row_to_label_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(EvaluationError):
        read_dataset(written(tmp_path, text), "text", "label")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\2\3\4\5\6\7")
    with pytest.raises(EvaluationError, match="is no text"):
        read_dataset(path, "text", "label")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_however_it_was_saved(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "rows.csv"
    rows = ["text,label", "trop grand,Größe"]
    path.write_bytes("\n".join(rows).replace(",", delimiter).encode(encoding))
    assert read_dataset(path, "text", "label").rows == (LabelledRow("trop grand", "Größe"),)


def test_without_a_file_of_categories_the_labels_are_their_names(tmp_path: Path) -> None:
    found = read_dataset(written(tmp_path, FILE), "text", "label", unknown="none")
    assert [category.name for category in read_categories(None, found)] == ["Delivery", "Fan"]


def test_a_label_without_a_category_is_named(tmp_path: Path) -> None:
    found = read_dataset(written(tmp_path, FILE), "text", "label")
    path = written(tmp_path, json.dumps([{"name": "Fan"}, {"name": "Delivery"}]), "categories.json")
    with pytest.raises(EvaluationError, match="no category for 1 labels of the rows: none"):
        read_categories(path, found)


@pytest.mark.parametrize(
    "text", ["{}", "[1]", "no json", '[{"name": "Fan"}, {"name": "fan"}]', '[{"name": " "}]']
)
def test_categories_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    found = read_dataset(written(tmp_path, FILE), "text", "label", unknown="none")
    with pytest.raises(EvaluationError):
        read_categories(written(tmp_path, text, "categories.json"), found)


def test_examples_come_from_training_rows_only(tmp_path: Path) -> None:
    found = read_dataset(written(tmp_path, FILE), "text", "label", unknown="none")
    assert [(each.category, each.text) for each in corrected_rows(found, 5, seed=0)] == [("Delivery", "late")]
    assert corrected_rows(found, 0, seed=0) == []


def test_more_examples_of_a_draw_are_those_of_fewer_and_some_besides(tmp_path: Path) -> None:
    lines = [f"text {n},{'Fan' if n % 2 else 'Plug'},train" for n in range(20)]
    found = read_dataset(
        written(tmp_path, "text,label,split\na,Fan,test\n" + "\n".join(lines)), "text", "label"
    )
    drawn = [{each.text for each in corrected_rows(found, count, seed=3)} for count in (1, 3, 5)]
    assert [len(each) for each in drawn] == [2, 6, 10]
    assert drawn[0] < drawn[1] < drawn[2]
    assert drawn[1] != {each.text for each in corrected_rows(found, 3, seed=4)}


def test_results_over_different_rows_are_not_compared() -> None:
    one = {"rows": [{"text": "a", "gold": "x", "predicted": "x"}], "figures": {"accuracy": 1.0}}
    other = {"rows": [{"text": "b", "gold": "x", "predicted": "x"}], "figures": {"accuracy": 1.0}}
    assert comparison(one, one)[2][-1] == ("the difference", "may be noise")
    with pytest.raises(EvaluationError, match="not over the same rows"):
        comparison(one, other)


def test_a_customers_text_is_no_markup() -> None:
    page = render_page("t", [], [("h", ("c",), [("<script>alert(1)</script>",)])])
    assert "<script>" not in page


def test_without_a_split_every_fifth_row_is_for_examples_and_always_the_same(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("text,label\n" + "".join(f"text {n},{n % 2}\n" for n in range(500)), "utf-8")
    found = read_dataset(file, "text", "label")

    parted = with_training(found)

    assert 70 < len(parted.training) < 130
    assert sorted(row.text for row in (*parted.rows, *parted.training)) == sorted(
        row.text for row in found.rows
    )
    assert with_training(found) == parted == with_training(parted)


def test_a_profile_is_known_by_its_name_or_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("instructions: Label.\ncategories: [{name: A, description: All of it.}]\n", "utf-8")

    assert read_profile_document("email").name == "email"
    assert [each.name for each in read_profile_document(str(file)).categories] == ["A"]
    assert read_profile_document(None).categories == ()
    with pytest.raises(EvaluationError, match=r"none\.yaml cannot be read"):
        read_profile_document("none")


def test_a_profiles_categories_are_the_taxonomy_unless_a_file_names_others(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("text,label\nlate,A\n", "utf-8")
    dataset = read_dataset(rows, "text", "label")
    declared = [NewCategory(name=name, description="x") for name in ("A", "B")]

    assert [each.name for each in read_categories(None, dataset, declared)] == ["A", "B"]
    assert [each.name for each in read_categories(None, dataset)] == ["A"]
