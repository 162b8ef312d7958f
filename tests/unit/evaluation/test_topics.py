"""Several topics a row against one label, on a file as SemEval and MAMS have it."""

from pathlib import Path

import pytest

from evaluation.topics import Marked, micro_f1, read

FILE = """<?xml version="1.0" encoding="utf-8"?>
<sentences>
  <sentence><text>Good food, slow staff.</text><aspectCategories>
    <aspectCategory category="food" polarity="positive"/>
    <aspectCategory category="staff" polarity="conflict"/>
  </aspectCategories></sentence>
  <sentence><text>Nothing marked.</text></sentence>
</sentences>
"""


def test_sentences_are_read_with_their_topics(tmp_path: Path) -> None:
    file = tmp_path / "marked.xml"
    file.write_text(FILE, "utf-8")

    assert read(file) == [
        Marked("Good food, slow staff.", frozenset({("food", "positive"), ("staff", "mixed")}))
    ]


@pytest.mark.parametrize(
    "found, points", [(["food", "staff"], 100), (["food"], 200 / 3), (["price"], 0), ([], 0)]
)
def test_topics_that_are_missed_and_topics_that_are_invented_both_cost(
    found: list[str], points: float
) -> None:
    assert micro_f1([frozenset(found)], [frozenset({"food", "staff"})]) == pytest.approx(points)
