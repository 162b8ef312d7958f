from collections.abc import Sequence
from pathlib import Path

import pytest

from evaluation import rounds
from evaluation.__main__ import main
from evaluation.dataset import LabelledRow
from evaluation.labelling import Run
from shared.contracts.execution import Usage
from shared.model.examples import Corrected

ROWS = [LabelledRow(str(number), "a") for number in range(8)]


def run(predicted: Sequence[str | None]) -> Run:
    return Run(tuple(predicted), failed=0, packs=1, usage=Usage(), seconds=0.0, prompt_version="1")


def test_a_round_keeps_the_examples_of_the_round_before() -> None:
    examples = [Corrected(number, "ab"[number % 2], str(number)) for number in range(10)]
    chosen = [rounds.first_of_each(examples, count) for count in (0, 1, 3)]
    assert [[each.id for each in some] for some in chosen] == [[], [0, 1], [0, 1, 2, 3, 4, 5]]


def test_each_round_is_tested_beside_the_one_before() -> None:
    runs = {0: run(["b"] * 8), 1: run(["a"] * 8), 5: run(["a"] * 7 + [None])}
    found = rounds.result(ROWS, runs, {"pack": 20})
    first, second, third = (each["beside_the_round_before"] for each in found["rounds"])
    assert first == {}
    assert (second["only_first"], second["only_second"], second["more_than_noise"]) == (0, 8, True)
    assert (third["only_first"], third["only_second"], third["more_than_noise"]) == (1, 0, False)


def test_a_line_a_round_shows_its_lift() -> None:
    found = rounds.result(ROWS, {0: run(["a"] * 4 + ["b"] * 4), 5: run(["a"] * 6 + [None] * 2)}, {})
    [(_, columns, lines)] = rounds.tables(found)
    shown = [dict(zip(columns, line, strict=True)) for line in lines]
    assert [each["lift"] for each in shown] == ["", 0.25]
    assert [each["labelled unknown"] for each in shown] == [0, 2]
    assert [each["the difference"] for each in shown] == ["", "may be noise"]


def test_rounds_beside_a_number_of_examples_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("text,label\nIt came late,Delivery\n", "utf-8")
    options = ["--rounds", "0,1", "--examples", "2", "--out", str(tmp_path / "results")]
    assert main(["labels", "--file", str(file), *options]) == 1
    assert "rounds say how many examples" in capsys.readouterr().err
