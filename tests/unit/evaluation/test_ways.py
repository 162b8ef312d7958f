from collections.abc import Sequence
from pathlib import Path

import pytest

from evaluation import ways
from evaluation.__main__ import main
from evaluation.dataset import LabelledRow
from evaluation.labelling import Run
from shared.contracts.execution import Usage

ROWS = [LabelledRow(str(number), "a") for number in range(8)]


def run(predicted: Sequence[str | None]) -> Run:
    return Run(tuple(predicted), failed=0, packs=1, usage=Usage(), seconds=0.0, prompt_version="1")


RUNS = {
    "none": [run(["b"] * 8), run(["a"] + ["b"] * 7)],
    "one": [run(["a"] * 8), run(["a"] * 8)],
    "five": [run(["a"] * 7 + [None]), run(["a"] * 5 + [None] * 3)],
}


def test_each_way_is_tested_beside_the_first_on_the_same_rows() -> None:
    first, second, third = (each["beside"] for each in ways.result(ROWS, RUNS, {"pack": 20})["ways"])
    assert first == {}
    assert (second["only_first"], second["only_second"], second["more_than_noise"]) == (0, 8, True)
    assert (third["only_first"], third["only_second"], third["more_than_noise"]) == (0, 7, True)


def test_a_round_of_corrections_is_tested_beside_the_one_before() -> None:
    found = ways.result(ROWS, RUNS, {}, beside_the_first=False)
    third = found["ways"][2]["beside"]
    assert (third["only_first"], third["only_second"], third["more_than_noise"]) == (1, 0, False)
    [(heading, _, _)] = ways.tables(found)
    assert heading == "Each beside the one before, on the same rows"


def test_a_line_shows_the_mean_of_the_draws_and_their_range() -> None:
    [(_, columns, lines)] = ways.tables(ways.result(ROWS, RUNS, {}))
    shown = [dict(zip(columns, line, strict=True)) for line in lines]
    assert [(each["lowest"], each["accuracy"], each["highest"]) for each in shown] == [
        (0, 1 / 16, 1 / 8),
        (1, 1, 1),
        (5 / 8, 3 / 4, 7 / 8),
    ]
    assert [each["labelled unknown"] for each in shown] == [0, 0, 2]
    assert [each["the difference"] for each in shown] == ["", "more than noise", "more than noise"]


@pytest.mark.parametrize(
    "options, told",
    [
        (["--rounds", "0,1", "--examples", "2"], "rounds say how many examples"),
        (["--packs", "5,10", "--rounds", "0,1"], "one thing at a time can be compared, not packs and rounds"),
        (["--models", "a,b", "--prompts", "x.md"], "x.md cannot be read"),
        (["--models", "a,b", "--compare", "x.json"], "leave the earlier result out"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("text,label\nIt came late,Delivery\n", "utf-8")
    assert main(["labels", "--file", str(file), *options, "--out", str(tmp_path / "results")]) == 1
    assert told in capsys.readouterr().err
