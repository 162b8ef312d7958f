"""The command with the real local model: odd files that can be measured all the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.__main__ import main

ROWS = """text,label
The parcel came two weeks after the promised day.,Late delivery
,Late delivery
It arrived late again.,
La livraison est arrivée avec dix jours de retard.,Late delivery
Hello there.,oos
"""


@pytest.fixture
def result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Of a file with a single category, an empty text, an empty label, and a text in another language."""
    file, out = tmp_path / "rows.csv", tmp_path / "out"
    file.write_text(ROWS, "utf-8")
    assert main(["labels", "--file", str(file), "--unknown", "oos", "--out", str(out)]) == 0
    assert (out / "labels-rows.html").exists()
    assert "skipped: 2" in capsys.readouterr().out
    found: dict[str, Any] = json.loads((out / "labels-rows.json").read_text("utf-8"))
    return found


def test_a_taxonomy_of_one_category_and_rows_that_say_nothing_are_measured(result: dict[str, Any]) -> None:
    assert (result["about"]["rows"], result["about"]["skipped"], result["about"]["categories"]) == (3, 2, 1)
    assert result["figures"]["failed"] == 0
    assert result["figures"]["unknown_recall"] == 1
    assert result["rows"][0]["predicted"] == "Late delivery"
