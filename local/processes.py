"""Starts, recognises and ends the local runtime's servers, each the leader of a process group of its own."""

import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from local.setup import ROOT
from shared.contracts.base import Tolerant

STOP_SECONDS = 15.0
# Those that this very process started: only their parent can reap them.
_children: dict[int, subprocess.Popen[bytes]] = {}


class StartError(Exception):
    """A server did not come up; the message names its log."""


class Process(Tolerant):
    """A server that was started, as the state file remembers it.

    Attributes:
        pid: its process id, which is also its process group's.
        started: when the system says it started; tells it from a stranger that got the same id later.
        port: the loopback port it answers on.
    """

    pid: int
    started: str
    port: int

    def is_running(self) -> bool:
        """Whether that very process is still there."""
        return bool(self.started) and start_time(self.pid) == self.started


def start_time(pid: int) -> str:
    """When a process started, in the system's words; empty if there is none or it has ended (a zombie)."""
    try:
        # Linux: after the name in brackets the state and, 19 fields on, ticks since boot; `ps` rounds them.
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if state == "Z" else fields[18]
    except FileNotFoundError:
        return "" if Path("/proc/self").exists() else _start_time_by_ps(pid)


def _start_time_by_ps(pid: int) -> str:
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    state, _, started = asked.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()


def free_port(wanted: int | None = None) -> int:
    """A loopback port that nobody listens on: the wanted one if it is free, else any."""
    for port in [wanted, 0] if wanted else [0]:
        with socket.socket() as probe:
            # As the servers do: a port whose last connections are only fading is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartError("There is no free port on 127.0.0.1.")


def spawn(command: Sequence[str], log: Path, environment: Mapping[str, str], port: int = 0) -> Process:
    """Starts a server in the background and in our folder, its output going to the log, its input closed."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env=dict(environment),
            start_new_session=True,
        )
    _children[child.pid] = child
    return Process(pid=child.pid, started=start_time(child.pid), port=port)


def spawn_telling(command: Sequence[str], log: Path, environment: Mapping[str, str], told: Path) -> Process:
    """Starts a server that takes a port itself, and waits until it has told which: the number in this file.

    A port that is found free here may be another stack's by the time that the server takes it.
    """
    told.unlink(missing_ok=True)
    process = spawn(command, log, environment)
    wait_until(lambda: told.exists() and told.read_text() != "", process, log)
    return process.model_copy(update={"port": int(told.read_text())})


def wait_until(ready: Callable[[], bool], process: Process, log: Path, seconds: float = 30.0) -> None:
    """Waits for a server to answer. Raises StartError if it ends or stays silent, after stopping it."""
    deadline = time.monotonic() + seconds
    try:
        while not ready():
            if not is_alive(process.pid):
                raise StartError(f"{log.stem} ended at once: see {log}")
            if time.monotonic() > deadline:
                raise StartError(f"{log.stem} did not answer within {seconds:.0f} s: see {log}")
            time.sleep(0.05)
    except BaseException:  # also an interrupt: nothing may be left running that no state file knows
        stop(process)
        raise


def is_well(ready: Callable[[], bool], process: Process | None, seconds: float = 30.0) -> bool:
    """Whether a server that was started before is running and answers, be it late: the machine is busy."""
    deadline = time.monotonic() + seconds
    while process is not None and process.is_running():
        if ready():
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return False


def answers(url: str, trusted: str | None = None) -> bool:
    """Whether a server is ready: 200 by HTTP or, with the path of a trusted certificate, by HTTPS."""
    context = ssl.create_default_context(cafile=trusted) if trusted else None
    try:
        with urllib.request.urlopen(url, timeout=5, context=context) as answer:  # noqa: S310 - of our own
            return bool(answer.status == 200)
    except OSError:
        return False


def is_alive(pid: int) -> bool:
    """Whether a process is there and has not ended (a child of ours is reaped on the way)."""
    child = _children.get(pid)
    return child.poll() is None if child is not None else bool(start_time(pid))


def stop(process: Process, seconds: float = STOP_SECONDS) -> None:
    """Ends a server and its children: SIGTERM, then SIGKILL. A stranger with the same id is left alone."""
    if process.is_running():
        _signal_group(process.pid, signal.SIGTERM)
        _wait_for_end(process.pid, seconds)
    elif start_time(process.pid):
        return
    # Whoever is left of the group after its leader has gone can only be the leader's own children:
    # the system gives no process an id that is still in use as a group's.
    _signal_group(process.pid, signal.SIGKILL)
    _wait_for_end(process.pid, seconds=5.0)


def _wait_for_end(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)


def home_mark(folder: Path) -> list[str]:
    """Python arguments without effect, by which `find` recognises the servers of a home."""
    return ["-X", f"home={folder}/"]


def find(marker: str) -> list[Process]:
    """Every running process of which the marker is an argument, or the beginning of one."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    )
    found = [line.split(None, 1) for line in listed.stdout.splitlines() if f" {marker}" in line]
    return [Process(pid=int(pid), started=start_time(int(pid)), port=0) for pid, _ in found]


def _signal_group(group: int, what: signal.Signals) -> None:
    # Nobody is left; or the group is ending, of which macOS says that it is not permitted.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, what)


def plain_environment(**more: str) -> dict[str, str]:
    """What a server needs of our environment, and no more: no one's AWS account, profile or Python path."""
    kept = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "USER")
    return {name: os.environ[name] for name in kept if name in os.environ} | more
