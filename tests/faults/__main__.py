"""All scenarios in five sessions side by side, each with a stack of its own, and one table: `make faults`.

Most of a scenario is waiting, for a time-out, a schedule, a delay: five take little longer than one.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from local.setup import LOCAL
from tests.faults.scenario import Table

FOLDER = Path(__file__).parent
APART = (
    ("test_changes.py", "test_database.py"),
    ("test_kills.py", "test_queues.py", "test_telling.py"),
    ("test_deployment.py", "test_ingest_budget.py", "test_lifecycle.py"),
    ("test_model.py",),
)
"""The files of the first sessions, so that each takes about as long. The last session has the rest."""


def main() -> int:
    """Runs all; returns 0 if every scenario held."""
    begun = time.monotonic()
    files = sorted(FOLDER.glob("test_*.py"))
    parts = [[file for file in files if file.name in names] for names in APART]
    parts.append([file for file in files if not any(file in part for part in parts)])
    sessions = [_start(number, part) for number, part in enumerate(parts, 1)]
    results = [session.wait() for session in sessions]
    table = Table()
    for number in range(1, len(parts) + 1):
        if _kept(number).exists():
            table.add(_kept(number).read_text())
    lines = [*table.lines(), f"all of it took {time.monotonic() - begun:.0f} s"]
    (LOCAL / "faults.txt").write_text("\n".join([*lines, ""]))
    print("\n".join(lines))
    for number, result in enumerate(results, 1):
        if result:
            print(f"session {number} failed: see {_log(number)}", file=sys.stderr)
    return max(results)


def _start(number: int, files: list[Path]) -> subprocess.Popen[bytes]:
    _kept(number).unlink(missing_ok=True)
    _log(number).parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", *map(str, files), f"--table={_kept(number)}"]
    print(f"session {number}: {', '.join(file.stem for file in files)}; log: {_log(number)}", flush=True)
    with _log(number).open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def _kept(number: int) -> Path:
    return LOCAL / f"faults-{number}.json"


def _log(number: int) -> Path:
    return LOCAL / "logs" / f"faults-{number}.log"


if __name__ == "__main__":
    sys.exit(main())
