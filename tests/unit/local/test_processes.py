import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.processes import (
    Process,
    StartError,
    find,
    free_port,
    home_mark,
    is_alive,
    is_well,
    plain_environment,
    spawn,
    start_time,
    stop,
    wait_until,
)

SLEEP = "import time; time.sleep(60)"
# A server whose child does as it likes about SIGTERM, and which dies before it.
WITH_CHILD = f"""
import subprocess, sys
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); "
child = subprocess.Popen([sys.executable, "-c", deaf + "time.sleep(60)"], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
{SLEEP}
"""


def python(code: str, log: Path, *arguments: str) -> Process:
    return spawn([sys.executable, *arguments, "-c", code], log, plain_environment(), port=0)


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    process = python(SLEEP, tmp_path / "log")
    yield process
    stop(process)


def test_a_process_is_known_by_id_and_start(sleeper: Process) -> None:
    assert sleeper.is_running()
    assert not sleeper.model_copy(update={"started": "another time"}).is_running()


def test_a_stopped_process_is_gone(sleeper: Process) -> None:
    stop(sleeper)

    assert not sleeper.is_running()
    assert not is_alive(sleeper.pid)


def test_a_stranger_with_the_same_id_is_left_alone(sleeper: Process) -> None:
    stop(sleeper.model_copy(update={"started": "another time"}))

    assert sleeper.is_running()


def test_a_process_that_ignores_the_polite_way_is_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = python(
        f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); {SLEEP}", log
    )
    wait_until(lambda: bool(log.read_text()), process, log)

    stop(process, seconds=0.2)

    assert not is_alive(process.pid)


def test_what_a_killed_server_left_behind_is_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = python(WITH_CHILD, log)
    wait_until(lambda: log.read_text().endswith("\n"), process, log)
    child = int(log.read_text())
    os.kill(process.pid, signal.SIGKILL)

    stop(process)

    assert_ended(child)


def assert_ended(pid: int) -> None:
    deadline = time.monotonic() + 5
    while start_time(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_server_that_ends_at_once_is_an_error_that_names_its_log(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    process = python("", log)

    with pytest.raises(StartError, match=r"server ended at once: see .*server\.log"):
        wait_until(lambda: False, process, log)


def test_a_silent_server_is_stopped_and_an_error(sleeper: Process, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="did not answer"):
        wait_until(lambda: False, sleeper, tmp_path / "log", seconds=0.1)

    assert not is_alive(sleeper.pid)


def test_a_server_that_answers_late_is_well_and_one_that_ended_or_stays_silent_is_not(
    sleeper: Process,
) -> None:
    late = iter([False, False, True])

    assert is_well(lambda: next(late), sleeper)
    assert not is_well(lambda: False, sleeper, seconds=0.1)
    assert not is_well(lambda: True, None)
    stop(sleeper)
    assert not is_well(lambda: True, sleeper)


def test_an_interrupt_while_waiting_leaves_nothing_running(sleeper: Process, tmp_path: Path) -> None:
    def interrupted() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait_until(interrupted, sleeper, tmp_path / "log")

    assert not is_alive(sleeper.pid)


def test_a_servers_home_is_read_off_the_list_of_processes(tmp_path: Path) -> None:
    mark = home_mark(tmp_path)
    log = tmp_path / "log"
    process = python(f"print(1, flush=True); {SLEEP}", log, *mark)
    wait_until(lambda: bool(log.read_text()), process, log)  # only then does the list have its arguments
    try:
        assert [found.pid for found in find(mark[1])] == [process.pid]
        assert find(home_mark(tmp_path / "other")[1]) == []
    finally:
        stop(process)


def test_a_wanted_port_is_kept_if_it_is_free_and_replaced_if_it_is_not() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert free_port(port) != port

    assert free_port(port) == port


def test_a_server_inherits_no_aws_account_and_no_python_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")

    environment = plain_environment(MORE="1")

    assert environment["PATH"] == os.environ["PATH"]
    assert environment["MORE"] == "1"
    assert not {"AWS_PROFILE", "PYTHONPATH"} & set(environment)


def test_a_process_that_never_was_has_no_start_time() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert start_time(ended.pid) == ""
