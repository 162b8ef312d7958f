"""One scenario of faults: what is sent, when it is mended, what came of it; and the table of all."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.faults import ledger
from tests.faults.faulty import Faulty
from tests.faults.feedback import Sent, a_file
from tests.faults.ledger import Count

COLUMNS = (
    "records", "labelled", "unknown", "failed", "rejected", "lost", "duplicated",
    "calls", "recovered", "took",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    name: str
    count: Count
    calls: int | None
    """None: it is a part of the line before."""
    seconds: float
    """From the end of the fault until every execution had ended and nothing waited any more."""
    took: float
    """Seconds of the scenario as a whole."""
    failure: str = ""
    """What did not hold; empty if all did."""


class Table:
    """The lines so far. Each name begins with its scenario's number, by which they are shown."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.under_way: list[Scenario] = []

    def as_json(self) -> str:
        """The lines, for another process's table."""
        return json.dumps([asdict(row) for row in self.rows])

    def add(self, written: str) -> None:
        """Adds the lines that `as_json` of another table wrote."""
        for row in json.loads(written):
            self.rows.append(Row(**(row | {"count": Count(**row["count"])})))

    def lines(self) -> list[str]:
        """The table as text."""
        cells: list[tuple[str, ...]] = [("scenario", *COLUMNS)]
        rows = sorted(self.rows, key=lambda row: int(row.name.partition(" ")[0]))
        for row in rows:
            figures = [getattr(row.count, name) for name in COLUMNS[:7]]
            rest = (str(row.calls), f"{row.seconds:.0f} s", f"{row.took:.0f} s")
            cells.append((row.name, *map(str, figures), *(rest if row.calls is not None else ("", "", ""))))
        widths = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
        lines = [
            "  ".join(
                [line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]
            )
            for line in cells
        ]
        return lines + [f"FAILED: {row.name}: {row.failure}" for row in rows if row.failure]


@dataclass
class Scenario:
    """What a test does, from the first upload to the count.

    Args:
        faulty: the stack.
        table: takes the line.
        name: as the table shows it.
    """

    faulty: Faulty
    table: Table
    name: str
    files: list[Sent] = field(default_factory=list)
    direct: list[str] = field(default_factory=list)
    executions: int = 1
    _calls_before: int = -1
    _mended: float | None = None
    _begun: float = field(default_factory=time.time)
    _logs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table.under_way.append(self)
        logs = ((name, self.faulty.home.log(name)) for name in ("aws", "mysql"))
        self._logs = {name: log.stat().st_size for name, log in logs if log.exists()}

    def logged(self, server: str, text: str) -> int:
        """Lines with this text that a server (`aws`: the functions) has logged since the beginning."""
        with self.faulty.home.log(server).open("rb") as log:
            log.seek(self._logs.get(server, 0))
            return sum(text.encode() in line for line in log)

    def upload(self, key: str, rows: int = 1000, bad: int = 0, **more: Any) -> Sent:
        """Uploads a file of so many good and so many bad rows; see `a_file`."""
        return self.send(a_file(key, rows, bad, **more))

    def send(self, sent: Sent) -> Sent:
        """Uploads this file."""
        if self._calls_before < 0:
            self._calls_before = self.faulty.calls()
        self.files.append(sent)
        self.faulty.upload(sent.key, sent.body)
        return sent

    def wait_for_rows(self, key: str, rows: int, seconds: float = 360) -> None:
        """Waits until so many of a file's rows are in MySQL: the fault then falls among the rest."""
        self.faulty.wait(lambda: self.rows(key) >= rows, f"{rows} rows of {key}", seconds)

    def wait_until_fired(self, *ids: str, times: int = 1, seconds: float = 540) -> None:
        """Waits until each of these rules of the plan has struck so often."""

        def fired() -> bool:
            counts = self.faulty.plan.fired()
            return all(counts.get(name, 0) >= times for name in ids)

        self.faulty.wait(fired, f"the faults {ids} to strike {times} times", seconds)

    def mended(self) -> None:
        """The fault is over: what takes longer from here on is recovery."""
        self._mended = time.time()

    def goes_on(self, name: str) -> Scenario:
        """A further scenario with the files of this one, as they are now; its line comes after this one's."""
        return Scenario(
            self.faulty,
            self.table,
            name,
            files=list(self.files),
            direct=list(self.direct),
            _calls_before=self.faulty.calls(),
        )

    def settle(self, seconds: float = 360) -> None:
        """Waits until the queues and the outbox are empty."""
        self.faulty.wait(self._quiet, "the queues and the outbox to empty", seconds)

    def finish(self, *, seconds: float = 720, failed: int = 0, settle: bool = True) -> Count:
        """Waits for every execution to end and every queue to empty, counts, and writes the line.

        Args:
            seconds: to wait at most.
            failed: rows that this scenario makes fail on purpose.
            settle: whether the queues and the outbox must be empty too.
        """
        ended = self._wait_for_the_end(seconds, settle=settle)
        found, kinds = self._count(), self._by_kind()
        wrong = _complaints(found, failed)
        # Of one kind, lost and duplicated might make up for each other in the sum of all.
        wrong += [
            f"{kind}: {each}" for kind, part in kinds.items() for each in _complaints(part, part.failed)
        ]
        self._write(found, ended, "; ".join(wrong))
        for kind, part in kinds.items():
            self.table.rows.append(Row(f"{self.name}: {kind}", part, None, 0, 0))
        assert not wrong, found
        return found

    def abandon(self) -> None:
        """Writes the line of a test that failed before its count."""
        self._write(self._count(), time.time(), "it did not come to its end")

    def _wait_for_the_end(self, seconds: float, *, settle: bool) -> float:
        for sent in self.files:
            self.faulty.ended(sent.key, self.executions, seconds)
        if settle:
            self.settle()
        return time.time()

    def _count(self) -> Count:
        return ledger.count(self.faulty, self.files, self.direct)

    def _by_kind(self) -> dict[str, Count]:
        """The counts of each kind of file, if there are several."""
        kinds = dict.fromkeys(sent.kind for sent in self.files)
        of_kind = {kind: [sent for sent in self.files if sent.kind == kind] for kind in kinds}
        return {kind: ledger.count(self.faulty, files) for kind, files in of_kind.items() if len(kinds) > 1}

    def _write(self, found: Count, ended: float, failure: str) -> None:
        """Writes the line of the table."""
        self.table.under_way.remove(self)
        calls = self.faulty.calls() - max(0, self._calls_before)
        mended = self._mended or self.faulty.plan.last_fired() or ended
        recovered = max(0.0, ended - mended)
        self.table.rows.append(Row(self.name, found, calls, recovered, time.time() - self._begun, failure))

    def ids(self, key: str) -> Sequence[str]:
        """The executions of a key."""
        return self.faulty.executions(key)

    def rows(self, key: str) -> int:
        """How many of a file's rows are in MySQL."""
        return len(self.faulty.rows(key))

    def _quiet(self) -> bool:
        return (
            not ledger.left_in_queues(self.faulty)
            and not ledger.outbox_left(self.faulty)
            and not any(ledger.unfinished(self.faulty, sent.key) for sent in self.files)
        )


def _complaints(found: Count, failed: int) -> list[str]:
    """What of a count does not hold."""
    settled = found.labelled + found.unknown + found.failed + found.rejected
    holds = {
        f"{found.lost} lost": found.lost == 0,
        f"{found.duplicated} duplicated": found.duplicated == 0,
        f"{found.failed} failed, not {failed}": found.failed == failed,
        f"{found.parked} parked": found.parked == 0,
        f"{settled} settled of {found.records}": settled == found.records,
    }
    return [*(complaint for complaint, well in holds.items() if not well), *found.wrong]
