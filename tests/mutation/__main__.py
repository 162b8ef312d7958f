"""Runs mutmut and reports: `python -m tests.mutation services/classify/pacing.py` (see `make mutate`).

What is mutated, and by which tests it is judged, stands in pyproject.toml. mutmut works on a copy, the
folder `mutants`, which stays: `.venv-mutate/bin/mutmut browse` shows each mutant and what came of it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from local import mysql as private_mysql
from local.environments import TOOLS
from local.setup import ROOT, logged
from tests.conftest import private_server
from tests.mutation.report import change, complaints, mutants, reasons, table

MUTMUT = str(TOOLS["mutate"].folder / "bin" / "mutmut")
SURVIVORS = Path(__file__).with_name("survivors.toml")


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """The environment with a database in it, one for all mutants: each makes its tables anew."""
    if private_mysql.external_login():
        yield dict(os.environ)
        return
    with private_server(ROOT / ".local" / "logs" / "mutate-mysql.log") as login:
        password = quote(login.password, safe="")
        url = f"mysql://{login.user}:{password}@{login.host}:{login.port}/{login.database}"
        yield dict(os.environ) | {"DATABASE_URL": url}


def run(arguments: Sequence[str], seconds: float) -> None:
    """Tries the mutants until the time is over; what was not tried by then, mutmut remembers as such."""
    # What an earlier run found is not kept: it does not see that a test was changed.
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    command = [MUTMUT, "run", *arguments]
    with logged("mutate") as log, database() as environment:
        mutmut = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            code = mutmut.wait(seconds)
        except subprocess.TimeoutExpired:
            code = 0
        finally:
            end(mutmut)
    if code:
        raise SystemExit(f"mutmut could not run: see {ROOT / '.local' / 'logs' / 'mutate.log'}")


def end(process: subprocess.Popen[bytes]) -> None:
    """Stops mutmut and the tests it runs, as Ctrl-C would, and then for good."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                continue


def ask(*arguments: str) -> str:
    """What mutmut says of its last run."""
    return subprocess.run([MUTMUT, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def main() -> int:
    """0 if enough mutants were killed and each survivor has its reason; else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="only these; else all in pyproject.toml")
    parser.add_argument("--seconds", type=float, default=1200, help="after which it is over")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="mutants at a time")
    arguments = parser.parse_args()
    started = time.monotonic()
    os.nice(10)
    # However it is told to stop, nothing may be left running.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    print(f"mutating, at most {arguments.seconds:.0f} s (progress: .local/logs/mutate.log) …", flush=True)
    only = [module.removesuffix(".py").replace("/", ".") + ".x*" for module in arguments.modules]
    run(["--max-children", str(arguments.workers), *only], arguments.seconds)
    found = mutants(ask("results", "--all", "true"), arguments.modules)
    survivors = [change(each.module, ask("show", each.name)) for each in found if each.survives]
    print(*table(found), f"{time.monotonic() - started:.0f} s", sep="\n", flush=True)
    failed = complaints(found, survivors, reasons(SURVIVORS))
    print("\n".join(failed), file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
