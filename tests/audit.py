"""Looks the locked dependencies up among published vulnerabilities: `make audit`.

0 if none is known, 1 if one is, 2 if whoever knows them does not answer: silence is no all-clear.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console

from local.environments import TOOLS
from local.setup import ROOT

Run = Callable[[Sequence[str]], tuple[int, str]]

CANARY = "jinja2==2.4.1"
"""Of this version several vulnerabilities are known: who does not name them knows nothing."""
SILENCE = (
    "The service that knows vulnerabilities does not answer here, so nothing was checked."
    " It needs https://pypi.org/pypi/<name>/<version>/json, or --service osv: https://api.osv.dev."
)
_CONSOLE = Console(soft_wrap=True, markup=False, highlight=False)


def locks(root: Path = ROOT) -> Iterator[Path]:
    """Every hash-locked requirement file."""
    for pattern in ("requirements/*.txt", "shared/requirements.txt", "services/*/requirements.txt"):
        yield from sorted(root.glob(pattern))


def pip_audit(arguments: Sequence[str]) -> tuple[int, str]:
    """Runs the tool: its exit code, and what it printed."""
    command = [str(TOOLS["audit"].folder / "bin" / "pip-audit"), "--disable-pip", "--progress-spinner", "off"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


def answers(run: Run, service: str) -> bool:
    """Whether the service knows what everybody knows."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "canary.txt"
        file.write_text(CANARY + "\n")
        code, said = run(["--service", service, "--no-deps", "--requirement", str(file)])
    return code == 1 and "jinja2" in said and "Traceback" not in said


def audit(run: Run, service: str, files: Sequence[Path]) -> int:
    """Checks each file; the exit code."""
    if not answers(run, service):
        _CONSOLE.print(SILENCE)
        return 2
    worst = 0
    for file in files:
        # --strict: a package that the service does not know is a failure, too.
        code, said = run(["--service", service, "--strict", "--require-hashes", "--requirement", str(file)])
        _CONSOLE.print(f"{file.relative_to(ROOT)}: {'well' if code == 0 else 'NOT WELL'}")
        if code:
            _CONSOLE.print(said)
        worst = max(worst, min(code, 1))
    return worst


def main(arguments: list[str] | None = None) -> int:
    """Runs it on every locked file."""
    parser = argparse.ArgumentParser(prog="tests.audit", description=__doc__)
    parser.add_argument(
        "--service", choices=["pypi", "osv"], default="pypi", help="who knows vulnerabilities"
    )
    return audit(pip_audit, parser.parse_args(arguments).service, list(locks()))


if __name__ == "__main__":
    sys.exit(main())
