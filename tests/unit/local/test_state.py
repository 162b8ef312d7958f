import stat
from pathlib import Path

from local.processes import Process
from local.stack import status
from local.state import Home, StackState

STATE = StackState(bedrock=Process(pid=2**22 - 1, started="never", port=1))


def test_a_saved_state_is_loaded_as_it_was(tmp_path: Path) -> None:
    home = Home(tmp_path)

    home.save(STATE)

    assert home.load() == STATE


def test_only_its_owner_can_read_the_state_file(tmp_path: Path) -> None:
    home = Home(tmp_path)

    home.save(STATE)

    assert stat.S_IMODE(home.state_file.stat().st_mode) == 0o600


def test_a_home_without_a_state_file_has_nothing_up(tmp_path: Path) -> None:
    assert Home(tmp_path).load() == StackState()


def test_a_state_file_of_another_form_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"mysql": 3306}')

    assert Home(tmp_path).load() == StackState()


def test_a_state_file_that_outlived_its_servers_says_down(tmp_path: Path) -> None:
    home = Home(tmp_path)

    home.save(STATE)

    assert [line.split()[1] for line in status(home)] == ["down", "down", "down", "not"]
