"""Looks the locked dependencies up among published vulnerabilities and withdrawn releases: `make audit`.

Withdrawn (yanked), or gone, or with other files than were locked: so much every registry answers.
Vulnerabilities are known to PyPI's own and to OSV alone: where neither answers, the output says that they
were not looked up, since silence is no all-clear.

0: nothing was found; 1: something was; 2: with --must-answer, nobody answered.
"""

from __future__ import annotations

import argparse
import re
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
    "VULNERABILITIES WERE NOT LOOKED UP: the service that knows them does not answer here. It needs"
    " https://pypi.org/pypi/<name>/<version>/json, or --service osv: https://api.osv.dev. Below are withdrawn"
    " releases only."
)
_YANKED = re.compile(r"yanked version: '([^']+)' candidate \(version (\S+)")
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


def pip(arguments: Sequence[str]) -> tuple[int, str]:
    """Runs pip, which asks the registry: its exit code, and what it printed."""
    command = [str(TOOLS["audit"].python), "-m", "pip", "--no-input", "--disable-pip-version-check"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


def withdrawn(run: Run, file: Path) -> list[str]:
    """What the registry says against the releases of a file: withdrawn, gone, or not what was locked."""
    dry = ["install", "--dry-run", "--quiet", "--no-deps", "--ignore-installed", "--require-hashes"]
    code, said = run([*dry, "--requirement", str(file)])
    found = [f"{name} {version} is withdrawn" for name, version in _YANKED.findall(said)]
    return found + [line for line in said.splitlines() if code and line.startswith("ERROR")]


def answers(run: Run, service: str) -> bool:
    """Whether the service knows what everybody knows."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "canary.txt"
        file.write_text(CANARY + "\n")
        code, said = run(["--service", service, "--no-deps", "--requirement", str(file)])
    return code == 1 and "jinja2" in said and "Traceback" not in said


def vulnerable(run: Run, service: str, file: Path) -> list[str]:
    """What pip-audit says against a file."""
    # --strict: a package that the service does not know is a failure, too.
    code, said = run(["--service", service, "--strict", "--require-hashes", "--requirement", str(file)])
    return [said] if code else []


def audit(run: Run, registry: Run, service: str, files: Sequence[Path], *, must_answer: bool = False) -> int:
    """Checks each file; the exit code."""
    known = answers(run, service)
    if not known:
        _CONSOLE.print(SILENCE)
        if must_answer:
            return 2
    worst = 0
    for file in files:
        found = withdrawn(registry, file) + (vulnerable(run, service, file) if known else [])
        well = "well" if known else "nothing withdrawn"
        _CONSOLE.print(f"{file.relative_to(ROOT)}: {'NOT WELL' if found else well}")
        for each in found:
            _CONSOLE.print(each)
        worst |= bool(found)
    return worst


def main(arguments: list[str] | None = None) -> int:
    """Runs it on every locked file."""
    parser = argparse.ArgumentParser(prog="tests.audit", description=__doc__)
    parser.add_argument(
        "--service", choices=["pypi", "osv"], default="pypi", help="who knows vulnerabilities"
    )
    parser.add_argument(
        "--must-answer", action="store_true", help="fail if vulnerabilities cannot be looked up"
    )
    options = parser.parse_args(arguments)
    return audit(pip_audit, pip, options.service, list(locks()), must_answer=options.must_answer)


if __name__ == "__main__":
    sys.exit(main())
