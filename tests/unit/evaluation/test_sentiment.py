"""How right sentiments are: what counts as known, and what is added up."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from evaluation import sentiment
from evaluation.__main__ import main
from evaluation.model import EvaluationError
from evaluation.page import render_page, render_text
from evaluation.sentiment import MarkedRow
from shared.contracts.taxonomy import Sentiment

ROWS = """title,text,stars,mood
Good,I like it.,5,Positive
,It is blue.,4,neutral
,,1,negative
,Broke at once.,1,
,"Broke, and again.",2.0,negative
,Never came.,0,odd
,It came.,nine,
,It came twice.,9,mixed
"""


def written(folder: Path, text: str = ROWS) -> Path:
    file = folder / "rows.csv"
    file.write_text(text, "utf-8")
    return file


def test_without_marks_clear_stars_say_what_is_right(tmp_path: Path) -> None:
    rows, left_out = sentiment.read(written(tmp_path), "title", "text", "stars", "")

    assert [(row.title, row.text, row.gold.value) for row in rows] == [
        ("Good", "I like it.", "positive"),
        ("", "Broke at once.", "negative"),
        ("", "Broke, and again.", "negative"),
        ("", "Never came.", "negative"),
    ]
    assert left_out == 4


def test_marks_count_more_than_stars_which_may_be_missing_or_unreadable(tmp_path: Path) -> None:
    rows, left_out = sentiment.read(written(tmp_path), "", "text", "stars", "mood")

    assert [(row.gold.value, row.stars) for row in rows] == [
        ("positive", 5),
        ("neutral", 4),
        ("negative", 2),
        ("mixed", None),
    ]
    assert left_out == 4
    assert [row.stars for row in sentiment.read(written(tmp_path), "", "text", "", "mood")[0]] == [None] * 4


@pytest.mark.parametrize(
    "text, stars, told",
    [
        (ROWS, "", "name one"),
        (ROWS, "points", "rows.csv has no column points"),
        ("title,text,stars\n,fine,3\n", "stars", "no row of a known sentiment"),
    ],
)
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, text: str, stars: str, told: str) -> None:
    with pytest.raises(EvaluationError, match=told):
        sentiment.read(written(tmp_path, text), "title", "text", stars, "")


def test_a_profile_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--file", str(written(tmp_path)), "--text", "text", "--profile", "mine"]

    assert main(["sentiment", *arguments, "--out", str(tmp_path / "out")]) == 1
    assert "mine.yaml cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["feedback", "email"])
def test_a_profile_shows_the_stars_or_does_not_and_all_else_as_before(name: str) -> None:
    shown = sentiment.profile(name, stars=True).input.show
    hidden = sentiment.profile(name, stars=False).input.show

    assert shown.count("stars") == 1
    assert [each for each in shown if each != "stars"] == list(hidden)


def marked(*golds: str) -> list[MarkedRow]:
    return [MarkedRow("", f"text {place}", Decimal(3), Sentiment(gold)) for place, gold in enumerate(golds)]


GOLD = marked("positive", "positive", "negative", "negative", "neutral", "mixed")


@pytest.mark.parametrize(
    "said, right, flips, neutral",
    [
        (["positive", "positive", "negative", "negative", "neutral", "mixed"], 1, 0, 0),
        (["negative", "positive", "positive", "negative", "positive", "positive"], 2 / 6, 0.5, 1),
        (["mixed", "neutral", "mixed", "neutral", "negative", "negative"], 0, 0, 0),
        ([sentiment.FAILED] * 6, 0, 0, 0),
    ],
)
def test_an_opinion_turned_into_the_opposite_is_worse_than_a_wrong_one(
    said: Sequence[str], right: float, flips: float, neutral: float
) -> None:
    found = sentiment.figures(GOLD, said)

    assert (found["right"], found["flips"], found["neutral called positive"]) == (right, flips, neutral)


def test_what_no_row_is_marked_with_has_no_share() -> None:
    found = sentiment.figures(marked("positive"), ["negative"])

    assert (found["flips"], found["negative called positive"], found["neutral called positive"]) == (
        1,
        "-",
        "-",
    )


def test_the_page_has_each_ways_figures_counts_and_opposites() -> None:
    said = ["negative", "positive", "negative", sentiment.FAILED, "neutral", "mixed"]
    found = sentiment.result(GOLD, {"one": said, "other": said[::-1]}, {"file": "rows.csv"})
    tables = sentiment.tables(found)

    assert [heading for heading, _, _ in tables] == [
        "Sentiments",
        "What rows were called, one",
        "What rows were called, other",
        "Called the opposite, one: 1",
        "Called the opposite, other: 0",
    ]
    assert tables[1][2][1] == ["negative", 0, 1, 0, 0, 1]
    assert "text 0" in render_text(tables)
    assert "<td>text 0</td>" in render_page("", [], tables)
