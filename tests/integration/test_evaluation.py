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


def test_sentiments_are_measured_with_the_stars_and_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "rows.csv", tmp_path / "out"
    file.write_text("text,stars\nI love it.,5\nTerrible.,1\nIt is blue.,3\n", "utf-8")
    columns = ["--title", "", "--text", "text"]

    assert main(["sentiment", "--file", str(file), *columns, "--out", str(out)]) == 0

    assert (out / "sentiment-rows.html").exists()
    assert "left out: 1" in capsys.readouterr().out
    found = json.loads((out / "sentiment-rows.json").read_text("utf-8"))
    assert [set(row["answers"]) for row in found["rows"]] == [{"stars in the entry", "stars left out"}] * 2
    assert {way: each["right"] for way, each in found["figures"].items()} == {
        "stars in the entry": 1,
        "stars left out": 1,
    }


CARDS = [
    "My new card has not arrived yet.",
    "When will the card that I ordered come?",
    "I am still waiting for my card in the post.",
    "The card was sent two weeks ago and is not here.",
    "How do I track the card on its way to me?",
    "Still no card in my letter box.",
    "Has my card been posted already?",
    "It takes very long until the new card comes.",
    "Where is the card that you sent me?",
    "The delivery of my card takes too long.",
]
RATES = [
    "Which exchange rate do you use for dollars?",
    "The exchange rate was worse than I thought.",
    "How is the exchange rate calculated?",
    "Why did I get a bad rate for my euros?",
    "Is the exchange rate the same at the weekend?",
    "What is today's rate for changing pounds into euros?",
    "I was charged a wrong exchange rate abroad.",
    "Do you add a fee to the exchange rate?",
    "The rate you applied is not the official one.",
    "When do exchange rates change?",
]


def test_a_theme_of_one_month_is_the_same_category_in_the_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        f"{text[:-1]} ({form}),{label}"
        for label, texts in (("card_arrival", CARDS), ("exchange_rate", RATES))
        for form in ("first", "second", "third", "fourth")
        for text in texts
    ]
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(["text,label", *lines]), "utf-8")
    asked = ["months", "--file", str(file), "--hide", "1", "--seeds", "1", "--out", str(tmp_path)]
    assert main(asked) == 0
    assert "stayed" in capsys.readouterr().out
    found = json.loads((tmp_path / "months-rows.json").read_text("utf-8"))
    assert (found["figures"]["found"], found["figures"]["twins"]) == (1, 0)
    # A language model calls one row in ten unknown, and so few are no theme.
    assert found["figures"]["stayed"] >= 0.85
    assert found["figures"]["of_found"] == 1
    assert main([*asked, "--before", "--end-to-end"]) == 0
    assert (tmp_path / "months-end-to-end-labelled-before-rows.html").exists()
