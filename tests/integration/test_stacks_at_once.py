"""Several stacks started at the same moment, which all find the same ports free."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from local import emulator, mysql
from local import stack as local_stack
from local.processes import Process, StartError, free_port, stop
from local.state import Emulator, Home, Login, StackState

AT_ONCE = 3
Started = TypeVar("Started")


@pytest.fixture
def port() -> int:
    """A free one, which all want."""
    return free_port()


@pytest.fixture
def ending() -> Iterator[ExitStack]:
    with ExitStack() as ending:
        yield ending


def at_once(start: Callable[[int], Started]) -> list[Started]:
    with ThreadPoolExecutor(AT_ONCE) as several:
        return list(several.map(start, range(AT_ONCE)))


def assert_apart(processes: list[Process], port: int, ending: ExitStack) -> None:
    for process in processes:
        ending.callback(stop, process)
    ports = {process.port for process in processes}
    assert all(process.is_running() for process in processes)
    assert len(ports) == AT_ONCE
    assert port in ports, "one of them is to have what it wanted"


def test_emulators_find_ports_of_their_own(tmp_path: Path, port: int, ending: ExitStack) -> None:
    def start(number: int) -> Emulator:
        folder = tmp_path / str(number)
        return emulator.start(folder / "emulator", folder / "aws.log", "http://127.0.0.1:9", port=port)

    started = at_once(start)

    assert_apart([each.process for each in started], port, ending)
    for number, each in enumerate(started):
        emulator.client(each, "s3").create_bucket(Bucket=f"of-{number}")
        assert [b["Name"] for b in emulator.client(each, "s3").list_buckets()["Buckets"]] == [f"of-{number}"]
    assert len({(each.access_key, each.secret_key) for each in started}) == AT_ONCE


def test_databases_find_ports_of_their_own(tmp_path: Path, port: int, ending: ExitStack) -> None:
    def start(number: int) -> tuple[Process, Login]:
        return mysql.start(tmp_path / str(number), tmp_path / f"{number}.log", port)

    started = at_once(start)

    assert_apart([process for process, _ in started], port, ending)
    assert all(mysql.answers(login) for _, login in started)


def test_model_servers_find_ports_of_their_own(tmp_path: Path, port: int, ending: ExitStack) -> None:
    def start(number: int) -> StackState:
        before = StackState(bedrock=Process(pid=2**22 - 1, started="never", port=port))
        return local_stack._with_model(Home(tmp_path / str(number)), before)

    started = at_once(start)

    assert_apart([each.bedrock for each in started if each.bedrock], port, ending)
    assert len({each.model_key for each in started}) == AT_ONCE


def test_a_database_that_cannot_start_for_another_reason_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data" / "mysql").mkdir(parents=True)  # made, it seems, and empty

    with pytest.raises(StartError, match="ended at once"):
        mysql.start(tmp_path, tmp_path / "mysql.log")
