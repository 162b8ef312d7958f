"""What people get wrong when they evaluate: one sentence that says so, and nothing asked or written."""

import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.__main__ import main
from evaluation.baseline import bertopic
from evaluation.model import EvaluationError

GOOD = "text,label\nIt came late,Delivery\nToo loud,Fan\n"


def run(folder: Path, text: str, *options: str, command: str = "labels") -> int:
    file = folder / "rows.csv"
    file.write_text(text, "utf-8")
    return main([command, "--file", str(file), "--out", str(folder / "results"), *options])


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "rows.csv has no column text, label; it has none"),
        ("a,b\n1,2\n", "rows.csv has no column text, label; it has a, b"),
        ("text,label\n", "rows.csv has no row to label: 0 of 0"),
        ("text,label\n ,Delivery\nlate,\n", "rows.csv has no row to label: 2 of 2 have no text or no label"),
        ('text,label\n"late,Delivery\n', "cannot be read: unexpected end of data"),
        ("text,label\nlate,Unknown\n", "the label 'Unknown' cannot name a category"),
        (f"text,label\nlate,{'x' * 201}\n", "cannot name a category"),
    ],
)
def test_a_file_with_nothing_to_measure_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    assert run(tmp_path, text) == 1
    said = capsys.readouterr()
    assert told in said.err
    assert said.out == ""
    assert list((tmp_path / "results").iterdir()) == []


def test_labels_that_the_categories_lack_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    categories = tmp_path / "categories.json"
    categories.write_text(json.dumps([{"name": "Delivery"}]), "utf-8")
    assert run(tmp_path, GOOD, "--categories", str(categories)) == 1
    assert "no category for 1 labels of the rows: Fan (" in capsys.readouterr().err


def test_if_every_label_means_unknown_there_is_nothing_to_label_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "text,label\nlate,oos\n", "--unknown", "oos") == 1
    assert "no category to label with" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options, told",
    [
        (["--text", "said"], "no column said; it has text, label"),
        (["--where", "shop=a"], "no column shop"),
        (["--examples", "3"], "too few rows to take examples from some"),
        (["--compare", "no-such-file.json"], "is no earlier result"),
    ],
)
def test_what_a_file_does_not_have_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert run(tmp_path, GOOD, *options) == 1
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [["--pack", "0"], ["--limit", "-1"], ["--examples", "-1"], ["--where", "shop"], ["--pack", "x"]],
)
def test_an_option_that_makes_no_sense_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(tmp_path, GOOD, *options)
    assert ended.value.code == 2
    assert f"argument {options[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[]", "{}", '{"rows": [], "figures": {}}', '{"rows": [1], "figures": {}}'])
def test_another_programs_result_is_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    earlier = tmp_path / "earlier.json"
    earlier.write_text(text, "utf-8")
    assert run(tmp_path, GOOD, "--compare", str(earlier)) == 1
    assert "earlier.json is no earlier result" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file", "utf-8")
    assert run(tmp_path, GOOD, "--out", str(taken)) == 1
    assert "cannot be the folder of the results" in capsys.readouterr().err


@pytest.mark.parametrize(
    "script, told",
    [
        (None, "is no Python that has BERTopic"),
        ("#!/bin/sh\necho Traceback >&2; echo 'ValueError: too few points' >&2; exit 1", "too few points"),
    ],
)
def test_a_bertopic_that_cannot_be_run_is_told_in_a_sentence(
    tmp_path: Path, script: str | None, told: str
) -> None:
    python = tmp_path / "python"
    if script:
        python.write_text(script, "utf-8")
        python.chmod(0o755)
    with pytest.raises(EvaluationError, match=told) as failed:
        bertopic(python, ["late", "loud"], np.eye(2, dtype=np.float32), seed=1)
    assert "\n" not in str(failed.value)


def test_not_all_categories_can_be_hidden(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, GOOD, "--hide", "2", command="discovery") == 1
    assert (
        "2 categories cannot be hidden: 0 of 2 have 20 rows or more, and one must be left"
        in capsys.readouterr().err
    )
