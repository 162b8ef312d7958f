"""Finds a Python on this machine, and installs system packages where that works without asking.

Like `local.environments`, which builds on it, it imports the standard library alone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
OLDEST = (3, 11)
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3.14", "python3")
NO_PYTHON = "Install Python 3.11 or newer with venv (Debian: apt install python3-venv), or set PYTHON=."

# Prints one line: version, whether it can make a venv, the interpreter behind any shim or environment.
PROBE = (
    "import sys, importlib.util as u;"
    "can = all(u.find_spec(m) for m in ('venv', 'ensurepip'));"
    "print(*sys.version_info[:2], int(can), getattr(sys, '_base_executable', sys.executable))"
)


class SetupError(Exception):
    """The machine lacks something; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that was found: its path, its version, and whether it can make virtual environments."""

    path: str
    version: tuple[int, int]
    can_make_venvs: bool


def probe(command: str) -> Interpreter | None:
    """The interpreter a command leads to; None if there is none (a pyenv shim may lead nowhere)."""
    try:
        answer = subprocess.run([command, "-c", PROBE], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    major, minor, can, path = answer.strip().split(" ", 3)
    return Interpreter(path, (int(major), int(minor)), can == "1")


def choose(found: Sequence[Interpreter]) -> Interpreter | None:
    """The first that is new enough, one that can make virtual environments before one that cannot."""
    usable = [python for python in found if python.version >= OLDEST]
    return next((python for python in usable if python.can_make_venvs), usable[0] if usable else None)


def find_python() -> Interpreter:
    """The interpreter to build with: PYTHON, or the first good candidate; SetupError if there is none."""
    named = os.environ.get("PYTHON")
    chosen = choose([found for command in ([named] if named else CANDIDATES) if (found := probe(command))])
    if chosen is None:
        raise SetupError(NO_PYTHON)
    return chosen


def as_root() -> list[str] | None:
    """The prefix that makes a command run as root without asking for a password; None if there is none."""
    if os.geteuid() == 0:
        return []
    asked = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n"] if asked and asked.returncode == 0 else None


def install_packages(packages: Sequence[str], otherwise: str) -> None:
    """Installs Debian packages where that works without asking; SetupError with the given sentence if not."""
    prefix = as_root()
    if prefix is None or not shutil.which("apt-get"):
        raise SetupError(otherwise)
    print(f"apt-get install {' '.join(packages)}", flush=True)
    apt = [
        *prefix,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-qq",
        "-o",
        "DPkg::Lock::Timeout=120",
    ]
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    with logged("apt") as log:
        # A fresh machine may have no package lists, or old ones: an update costs time only when needed.
        if subprocess.run(install, stdout=log, stderr=log, check=False).returncode == 0:
            return
        subprocess.run([*apt, "update"], stdout=log, stderr=log, check=False)
        if subprocess.run(install, stdout=log, stderr=log, check=False).returncode != 0:
            raise SetupError(f"{otherwise} (apt-get failed: see {LOCAL / 'logs' / 'apt.log'})")


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Holds off whoever else locks that file; yields its descriptor."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


@contextmanager
def logged(name: str) -> Iterator[int]:
    """A log file under .local/logs, as a file descriptor for a child process."""
    (LOCAL / "logs").mkdir(parents=True, exist_ok=True)
    with (LOCAL / "logs" / f"{name}.log").open("ab") as log:
        yield log.fileno()
