"""Shows an execution's progress: a live bar on a terminal, a line for each change elsewhere."""

import time
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from local.accounting import ExecutionCounts

_STEPS = {
    None: "waiting for ingest",
    "receiving": "reading and labelling",
    "classifying": "labelling",
    "classified": "looking for new categories",
    "categorized": "writing the report",
    "completed": "done",
    "failed": "refused",
}
_SECONDS_BETWEEN_LINES = 2.0


class Display:
    """A progress bar from arrival to report.

    Args:
        console: where to show it.
        name: the file's.
        rows: how many it has, as far as is known before ingest has read it.
    """

    def __init__(self, console: Console, name: str, rows: int) -> None:
        self._console = console
        self._name = name
        self._rows = rows
        self._progress = Progress(
            TextColumn("{task.fields[file]}", style="bold", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=max(rows, 1), file=name)
        self._last = ("", 0.0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, figures: ExecutionCounts | None, waiting: int) -> None:
        """Shows where the execution stands; `figures` is None until it has begun.

        Args:
            waiting: messages in the feedback queue.
        """
        step = _STEPS.get(figures.status if figures else None, figures.status if figures else "")
        settled = figures.settled if figures else 0
        rows = max(self._rows, figures.rows_read if figures else 0)
        description = f"{step}, {waiting:,} in the queue" if waiting else step
        if self._console.is_terminal:
            self._progress.update(self._task, completed=settled, total=max(rows, 1), description=description)
        elif self._is_worth_a_line(step):
            line = f"{self._name}: {settled:,} of {rows:,} rows, {description}"
            self._console.print(Text(line), soft_wrap=True)

    def _is_worth_a_line(self, step: str) -> bool:
        last_step, last_time = self._last
        now = time.monotonic()
        if step == last_step and now - last_time < _SECONDS_BETWEEN_LINES:
            return False
        self._last = (step, now)
        return True
