"""What the demo shows while it runs, and the table that it ends with."""

from rich.console import Console

from local.accounting import CategoryCount, ExecutionCounts
from local.demo import show
from local.progress import Display
from local.row_counts import RowCount

COUNTS = dict.fromkeys(
    ("rows_read", "labelled", "unknown", "failed", "parked", "rejected", "discovered", "calls"), 0
)
EXECUTION = (
    {"execution_id": "e-1", "status": "completed", "failure_reason": None, "discovery": "done"}
    | {"input_tokens": 0, "output_tokens": 0, "last_progress_at": "2026-03-05T10:00:00"}
    | COUNTS
)


def test_of_a_file_whose_rows_could_not_be_counted_those_that_ingest_read_are_shown() -> None:
    console = Console(record=True, width=160)
    figures = ExecutionCounts.model_validate(EXECUTION | {"rows_read": 4, "labelled": 3})

    with Display(console, "book.xlsx", 0) as display:
        display.show(figures, 1)

    assert "book.xlsx: 3 of 4 rows, done, 1 in the queue" in console.export_text()


def test_mentions_and_a_typical_text_are_shown_and_names_and_texts_are_no_markup() -> None:
    console = Console(record=True, width=160)
    figures = ExecutionCounts.model_validate(EXECUTION)
    delivery = CategoryCount("Delivery", 1200, 1500, is_new=False)
    markup = CategoryCount("[red]x[/]", 0, 7, is_new=True, quote="[red]late[/]\n\x1b[2J " + "again " * 40)

    show(console, figures, [delivery, markup], RowCount(rows=1200), 1.5)

    lines = [line.replace("│", " ").split() for line in console.export_text().splitlines()]
    assert ["Delivery", "1,200", "1,500"] in lines
    assert ["[red]x[/]", "(new)", "0", "7"] in lines
    assert ["“[red]late[/]", "[2J", *["again"] * 17, "…”"] in lines
