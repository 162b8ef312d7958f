"""Faults put into the functions' own processes: where, what, and how often."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from local.processes import is_alive

INJECTION = Path(__file__).parent / "injection"

PARAMETERS = {"MailsPerHour": "100000", "ResultsFormat": "csv+parquet"}
"""Of the stack: scenarios count the mails about each of their files, and there are many."""

Action = Literal["kill", "fail", "twice", "wait", "hold", "drop"]


class Rule(BaseModel):
    """One fault.

    Attributes:
        id: its name, unique in a plan.
        function: a part of the function's name, such as `ClassifyFunction`.
        point: `<Operation>:before` or `:after` for a call of AWS (`Converse:after`), `commit:before`,
            `commit:after` for transactions that write, `statement:before`.
        action: `kill` is SIGKILL. `fail` is an error of AWS with `code`; behind a call it is one whose answer
            was lost. `twice` makes the call twice; of messages to SQS one arrives `seconds` late. `wait`
            holds it for `seconds`, `hold` until `Plan.release`. `drop` ends the connection to MySQL: before a
            commit nothing was kept, behind it everything was; no function can know.
        where: pattern of the call's arguments (JSON), or of the statements that the transaction made.
        times: how often it strikes.
        skip: how many arrivals at the point pass first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    function: str
    point: str
    action: Action
    where: str = ""
    times: int = 1
    skip: int = 0
    code: str = "ServiceUnavailable"
    seconds: float = 0


class Plan:
    """The folder that the functions look into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rules: tuple[Rule, ...] = ()
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """What the emulator is to be started with."""
        return {"PYTHONPATH": str(INJECTION), "FAULT_PLAN": str(self.folder)}

    def set(self, *rules: Rule) -> None:
        """These rules from now on, none of them fired yet."""
        self.clear()
        self._write(rules)

    def release(self, name: str) -> None:
        """Takes this rule out of the plan: what it holds goes on."""
        self._write([rule for rule in self._rules if rule.id != name])

    def clear(self) -> None:
        """No rule from now on."""
        (self.folder / "plan.json").unlink(missing_ok=True)
        for mark in [*self.folder.glob("seen-*"), *self.folder.glob("fired-*")]:
            mark.unlink()

    def _write(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        written = self.folder / "plan.new"
        written.write_text(json.dumps([rule.model_dump() for rule in rules]))
        written.rename(self.folder / "plan.json")

    def fired(self) -> dict[str, int]:
        """How often each rule has struck."""
        counts: dict[str, int] = {}
        for mark in self.folder.glob("fired-*"):
            name = mark.name.removeprefix("fired-").rpartition("-")[0]
            counts[name] = counts.get(name, 0) + 1
        return counts

    def processes(self, function: str) -> frozenset[int]:
        """The processes that run functions whose names hold this."""
        marks = [mark.name.split("-")[-1] for mark in self.folder.glob(f"started-*{function}*")]
        return frozenset(int(pid) for pid in marks if is_alive(int(pid)))

    def last_fired(self) -> float | None:
        """When the last fault struck, in seconds since the epoch."""
        times = [float(mark.read_text().split()[2]) for mark in self.folder.glob("fired-*")]
        return max(times, default=None)
