"""Takes each right from the functions in turn and shows what then fails: `make iam`.

0 if every right that the emulator enforces is needed; 1 if one is idle, or a scenario fails with all rights.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local import stack as local_stack
from local.state import Home
from tests.iam import files, model, people
from tests.iam.bench import Bench
from tests.iam.grants import Grant, grants
from tests.iam.scenarios import SCENARIOS, Scenario
from tests.iam.unenforced import reason

ROOMS = (files, model, people)  # whose import fills SCENARIOS


CONSOLE = Console(width=200)


def say(line: str) -> None:
    """Prints a line as it is."""
    CONSOLE.print(line, soft_wrap=True, markup=False, highlight=False)


def title(scenario: Scenario) -> str:
    """A scenario's name as a sentence."""
    return scenario.__name__.replace("_", " ")


def works(bench: Bench, scenario: Scenario) -> str:
    """Empty if the scenario came about, else what happened instead."""
    bench.answers.clear()
    try:
        return "" if scenario(bench) else f"it did not: {complaints(bench)}"
    except Exception as error:  # noqa: BLE001 - whatever a missing right leads to is a failure to be shown
        return f"{type(error).__name__}: {error}"[:100]


def complaints(bench: Bench) -> str:
    """What the functions said of it."""
    return ", ".join(answer.complaint for answer in bench.answers) or "refused"


def check(bench: Bench, wanted: str) -> Iterator[tuple[Grant, str, str, bool]]:
    """For each right: the scenario that needs it, what became of that without it, whether that is well."""
    sound: dict[Scenario, str] = {}
    for grant in grants():
        if wanted not in str(grant) or reason(grant):
            continue
        scenario = SCENARIOS[str(grant)]
        if scenario not in sound:
            sound[scenario] = works(bench, scenario)
        if sound[scenario]:
            yield grant, title(scenario), f"not even with all rights: {sound[scenario]}", False
            continue
        with bench.lacking(grant):
            failure = works(bench, scenario)
        yield grant, title(scenario), failure or "IDLE: it came about all the same", bool(failure)


def run(bench: Bench, wanted: str) -> int:
    """Prints the table; how many rights are not as they should be."""
    table = Table("function", "statement", "action", "resource", "what needs it", "without it")
    faults, began = 0, time.monotonic()
    for grant, scenario, outcome, well in check(bench, wanted):
        faults += not well
        name = grant.function.removesuffix("Function")
        resource = grant.resource.rpartition(":")[2]
        say(f"{'ok  ' if well else 'BAD '} {grant}: {scenario}: {outcome}")
        table.add_row(name, grant.sid, grant.action, resource, scenario, outcome, style="" if well else "red")
    CONSOLE.print(table)
    for grant in grants():
        if wanted in str(grant) and (why := reason(grant)):
            say(f"not enforced here: {grant}: {why}")
    say(f"{table.row_count} rights, {faults} idle or unsound, {time.monotonic() - began:.0f} s")
    return faults


def main(arguments: list[str] | None = None) -> int:
    """Runs on a stack of its own, or on one that is up already."""
    parser = argparse.ArgumentParser(prog="tests.iam", description=__doc__)
    parser.add_argument("--only", default="", help="part of a right, for example 'NotifyRole Tell'")
    parser.add_argument("--home", type=Path, help="the folder of a stack to use, which stays up")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Home(asked.home.resolve() if asked.home else Path(folder))
        try:
            stack = local_stack.up(home, parameters={"ResultsFormat": "csv+parquet"})
            return 1 if run(Bench(stack), asked.only) else 0
        finally:
            if asked.home is None:
                local_stack.down(home)


if __name__ == "__main__":
    sys.exit(main())
