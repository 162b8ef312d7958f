"""What the mail and the report say of rows that are known from earlier files."""

from typing import Any

import pytest

from services.notify.mail import writing
from services.notify.repeats import repeats
from shared.contracts.execution import Duplicates
from shared.stores.feedback_store.known import EarlierFile, Known
from tests.unit.notify.figures_case import an_execution, at, some_figures


def a_file(name: str = "reviews.csv", **changes: Any) -> EarlierFile:
    fields = {"execution_id": "e", "source_key": f"incoming/{name}", "started_at": at(2026, 3, 12)}
    return EarlierFile.model_validate(fields | {"rows": 467, "same": 467} | changes)


def said(*files: EarlierFile, duplicates: str = "keep", **known: Any) -> list[str]:
    execution = an_execution(accepted=467, rows_read=467, duplicates=duplicates)
    return repeats(execution, Known(by_id=files, **known))


def test_nothing_is_said_of_a_file_of_new_rows() -> None:
    assert said() == []
    assert said(without_id=20) == []


@pytest.mark.parametrize(
    "duplicates, done",
    [
        ("keep", "They are labelled and counted as all others"),
        ("skip", "What had a label already was skipped"),
        ("replace", "They take the place of the earlier ones"),
    ],
)
def test_known_rows_are_told_with_what_is_done_with_them(duplicates: str, done: str) -> None:
    [told] = said(a_file(), duplicates=duplicates)

    assert told.startswith(f"467 of 467 rows are known from reviews.csv of 12 March 2026. {done}")


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_changed_rows_are_told_otherwise(duplicates: str) -> None:
    [told] = said(a_file(rows=80, same=0), duplicates=duplicates)

    assert told.startswith(
        "80 of 467 rows carry ids that are known from reviews.csv of 12 March 2026 with another text."
    )
    assert "profiles of their own" in told


def test_many_files_are_a_number() -> None:
    files = [a_file(f"{n}.csv", rows=90 - n, same=90 - n) for n in range(5)]

    [told] = said(*files)

    assert "440 of 467 rows are known (90 from 0.csv of 12 March 2026, 89 from 1.csv" in told
    assert "88 from 2.csv of 12 March 2026, 173 from 2 other files)." in told


def test_one_row_is_one() -> None:
    known, changed, again = said(a_file(rows=2, same=1), ids_again=1)

    assert known.startswith("1 of 467 rows is known from reviews.csv of 12 March 2026. ")
    assert changed.startswith("1 of 467 rows carries an id that is known from reviews.csv of 12 March 2026 ")
    assert again == "1 row repeats an id of this file. All are counted here."


@pytest.mark.parametrize("rows, told", [(50, True), (49, False)])
def test_texts_of_rows_without_ids_are_told_from_half_of_them_on(rows: int, told: bool) -> None:
    sentences = said(without_id=100, by_text=a_file(rows=rows, same=rows))

    assert bool(sentences) is told


def test_a_file_name_can_neither_add_a_line_nor_turn_the_text_round() -> None:
    hostile = a_file("a\u202e\nReport: http://evil\n.csv")
    figures = some_figures(known=Known(by_id=(hostile,)))

    text = writing.completed(figures, 0.2, "link", 30).text

    assert "\u202e" not in "".join(said(hostile))
    assert not [line for line in text.split("\n") if line.startswith("Report: http")]


def test_a_file_all_of_which_is_known_is_a_success_without_a_label() -> None:
    execution = an_execution(labelled=0, unknown=0, failed=0, skipped=9)
    figures = some_figures(
        execution=execution,
        rows_by_status={"skipped": 9},
        categories=(),
        unknown=some_figures().unknown.model_copy(update={"rows": 0}),
    )

    mail = writing.completed(figures, 0.2, "link", 30)

    assert figures.agrees
    assert mail.text.startswith("SUCCESS: no row of reviews.csv was labelled")
    assert "skipped:            9" in mail.text
