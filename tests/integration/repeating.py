"""Files of the same rows, and what the report and the view say of them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from services.notify.mail import writing
from services.notify.mail.mailer import Mail
from services.notify.repeats import repeats
from services.notify.report_figures import ReportFigures, read_figures
from shared.contracts.execution import Duplicates
from tests.integration.classify_world import DEAR, LATE, ODD, World, message

KEEP, SKIP, REPLACE = Duplicates
FIRST, SECOND, THIRD = (f"{name}-0123456789abcdef" for name in ("first", "second", "third"))
Row = tuple[str, str]
"""A customer's id, or none, and a text."""
ROWS: list[Row] = [("a1", LATE), ("a2", DEAR), ("a3", ODD)]


def messages(world: World, execution_id: str, rows: Sequence[Row]) -> list[Any]:
    execution = world.execution(execution_id)
    return [
        message(
            {
                "execution_id": execution_id,
                "execution_key": execution.execution_key,
                "row_number": number,
                "profile": "feedback",
                "feedback": {"feedback": text, "ref_id": ref_id},
            }
        )
        for number, (ref_id, text) in enumerate(rows, 1)
    ]


def begin(world: World, execution_id: str, rows: Sequence[Row], duplicates: Duplicates = KEEP) -> None:
    """Starts a file; files that begin one after the other differ in their time."""
    name = execution_id.partition("-")[0]
    world.start_file(len(rows), execution_id, duplicates, f"incoming/{name}.csv")
    day = {FIRST: 10, SECOND: 11, THIRD: 12}[execution_id]
    started = f"UPDATE execution SET started_at = '2026-03-{day}' WHERE execution_id = %(id)s"
    world.database.transact(lambda tx: tx.execute(started, {"id": execution_id}))


def load(world: World, execution_id: str, rows: Sequence[Row], duplicates: Duplicates = KEEP) -> None:
    begin(world, execution_id, rows, duplicates)
    assert world.handle(messages(world, execution_id, rows)) == set()


def figures(world: World, execution_id: str) -> ReportFigures:
    execution = world.execution(execution_id)
    return world.database.transact(partial(read_figures, execution=execution))


def mail(world: World, execution_id: str) -> Mail:
    return writing.completed(figures(world, execution_id), 0.2, "link", 30)


def said(world: World, execution_id: str) -> str:
    """What the mail and the report say of known rows."""
    return " ".join(repeats(world.execution(execution_id), figures(world, execution_id).known))


def latest(world: World) -> list[tuple[str | None, str]]:
    rows = world.query("SELECT ref_id, feedback FROM feedback_latest ORDER BY ref_id, id")
    return [(row["ref_id"], row["feedback"]) for row in rows]
