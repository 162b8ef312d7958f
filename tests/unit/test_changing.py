"""docs/changing.md names the files of a change, and there are such files."""

import re

import pytest

from local.setup import ROOT

PAGE = (ROOT / "docs" / "changing.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| To…")]
NAMED = sorted(set(re.findall(r"`([\w./<>-]*/[\w./<>-]+|\w+\.yaml)`", PAGE)))
MAKE = sorted(set(re.findall(r"`make ([a-z -]+)`", PAGE)))
RULES = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "Makefile", *ROOT.glob("*/*.mk")])


@pytest.mark.parametrize("name", NAMED)
def test_a_file_that_the_page_names_is_there(name: str) -> None:
    known = name.partition("<")[0].rpartition("/")[0] if "<" in name else name
    assert (ROOT / known).exists()


@pytest.mark.parametrize("targets", MAKE)
def test_a_command_that_the_page_names_is_a_target(targets: str) -> None:
    for target in targets.split():
        assert re.search(rf"^{target}:", RULES, re.MULTILINE)


def test_the_page_knows_the_usual_changes() -> None:
    assert len(ROWS) >= 15
    for change in (
        "results.csv",
        "event",
        "model",
        "date",
        "column of customers' files",
        "retry",
        "chart",
        "categories",
        "alarm",
        "setting",
    ):
        assert any(change in row.split("|")[1] for row in ROWS), change


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_change_touches_four_files_at_most(row: str) -> None:
    first = re.split(r"\. (?=[A-Z])", row.split("|")[2])[0]
    assert (
        0
        < len(re.findall(r"`(?:[\w./<>-]*/[\w./<>-]+|\w+\.yaml|settings\.py)`|a migration|consumer", first))
        <= 4
    )
