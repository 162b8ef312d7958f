import os
import shutil
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from local import environments
from local.environments import ENVIRONMENTS, Environment, is_current, stamp_of
from local.setup import Interpreter, SetupError

PYTHON = Interpreter(sys.executable, sys.version_info[:2], can_make_venvs=True)
WORKS = ["true"]
FAILS = ["false"]


@pytest.fixture(autouse=True)
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(environments, "find_python", lambda: PYTHON)
    monkeypatch.delenv("PYTHON", raising=False)
    (tmp_path / "requirements").mkdir()
    for name in ("run", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"{name}==1\n")
    return tmp_path / "requirements"


@pytest.fixture
def lean(locks: Path) -> Environment:
    return Environment(locks.parent / ".venv", ("run",))


@pytest.fixture
def full(lean: Environment) -> Environment:
    return Environment(lean.folder, ("run", "dev"))


def use(monkeypatch: pytest.MonkeyPatch, *installers: Sequence[str]) -> None:
    monkeypatch.setattr(environments, "installers", lambda python: iter(installers))


def test_a_stamp_changes_with_the_requirements_and_with_the_python(locks: Path) -> None:
    before = stamp_of(["run"], (3, 11))

    assert stamp_of(["run"], (3, 12)) != before
    (locks / "run.txt").write_text("run==2\n")
    assert stamp_of(["run"], (3, 11)) != before


def test_an_environment_without_an_interpreter_that_runs_is_not_current(lean: Environment) -> None:
    lean.folder.mkdir()
    lean.stamp.write_text(stamp_of(lean.locks, (3, 11)))

    assert not is_current(lean)


def test_what_is_made_is_current_until_its_requirements_change(lean: Environment, locks: Path) -> None:
    assert environments.make(lean, PYTHON, WORKS)
    assert is_current(lean)

    (locks / "run.txt").write_text("run==2\n")
    assert not is_current(lean)


def test_what_could_not_be_installed_is_not_current(lean: Environment) -> None:
    environments.make(lean, PYTHON, WORKS)
    lean.stamp.write_text("python3.11\nrun of_yesterday\n")

    assert not environments.make(lean, PYTHON, FAILS)
    assert not is_current(lean)


def test_the_demos_environment_is_enough_for_a_demo_only(lean: Environment, full: Environment) -> None:
    environments.make(lean, PYTHON, WORKS)
    assert not is_current(full)

    environments.make(full, PYTHON, WORKS)
    assert is_current(full)
    assert is_current(lean)


def test_what_is_sound_is_added_to(lean: Environment, full: Environment) -> None:
    environments.make(lean, PYTHON, WORKS)
    (lean.folder / "installed").touch()

    environments.make(full, PYTHON, WORKS)

    assert (lean.folder / "installed").exists()


def test_what_is_out_of_date_is_made_anew_with_all_that_was_in_it(
    lean: Environment, full: Environment, locks: Path
) -> None:
    environments.make(full, PYTHON, WORKS)
    (lean.folder / "installed").touch()
    (locks / "run.txt").write_text("run==2\n")

    environments.make(lean, PYTHON, WORKS)

    assert not (lean.folder / "installed").exists()
    assert is_current(full)


def test_another_python_is_taken_when_it_is_named(lean: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    environments.make(lean, PYTHON, WORKS)

    monkeypatch.setenv("PYTHON", sys.executable)
    assert is_current(lean, environments.named_version())
    assert not is_current(lean, (3, 10))


def test_an_environment_is_made_when_it_is_asked_for_and_left_alone_when_it_is_there(
    lean: Environment, full: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, WORKS)

    environments.ensure_environments([lean])
    assert is_current(lean)
    assert not is_current(full)
    assert ".venv ready" in capsys.readouterr().out

    environments.ensure_environments([lean])
    assert capsys.readouterr().out == ""


def test_what_uv_cannot_install_is_left_to_pip(lean: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FAILS, WORKS)

    environments.ensure_environments([lean])

    assert is_current(lean)


def test_an_environment_that_cannot_be_made_ends_the_set_up(
    lean: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, FAILS, FAILS)

    with pytest.raises(SetupError, match=r"\.venv failed: see .*setup\.venv\.log"):
        environments.ensure_environments([lean])


def test_it_says_what_it_waits_for(
    lean: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environments, "SECONDS_BETWEEN_LINES", 0.05)
    slow = ["sh", "-c", "echo Downloading numpy; sleep 0.5", "sh"]
    use(monkeypatch, slow)

    environments.ensure_environments([lean])

    said = capsys.readouterr().out
    assert "making .venv with pip" in said
    assert "Downloading numpy" in said


def test_an_installer_is_told_which_environment(lean: Environment) -> None:
    print_targets = ["sh", "-c", 'echo "$UV_PYTHON $PIP_PYTHON $*"', "sh"]

    environments.make(lean, PYTHON, print_targets)

    files = f"--no-deps --require-hashes -r {environments.lock_file('run')}"
    assert environments.last_line(lean.log) == f"{lean.python} {lean.python} {files}"[:80]


def test_a_command_that_outlives_its_set_up_holds_off_the_next(lean: Environment, tmp_path: Path) -> None:
    began, ended = tmp_path / "began", tmp_path / "ended"
    orphan = ["sh", "-c", f"touch {began}; sleep 0.5; touch {ended}"]
    with environments.one_at_a_time():
        thread = threading.Thread(target=environments.run, args=(orphan, lean))
        thread.start()
        while not began.exists():
            pass

    with environments.one_at_a_time():
        assert ended.exists()
    thread.join()


@pytest.mark.parametrize("found", ["/bin/uv", None])
def test_uv_comes_before_pip(found: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: found)
    monkeypatch.setattr(environments, "make_installers", lambda python, pip: True)
    monkeypatch.setattr(environments, "INSTALLERS", Environment(Path(sys.prefix), ()))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "")

    uv, pip = environments.installers(PYTHON)

    assert uv == [found or str(environments.INSTALLERS.folder / "bin" / "uv"), "pip", "install"]
    assert pip[0] == str(environments.INSTALLERS.python)


def test_pip_installs_where_uv_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(environments, "make_installers", lambda python, pip: False)

    assert [command[0] for command in environments.installers(PYTHON)] == [
        str(environments.INSTALLERS.python)
    ]


def test_uv_takes_packages_from_the_index_that_pip_is_told_to_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(environments, "make_installers", lambda python, pip: True)
    monkeypatch.setattr(environments, "INSTALLERS", Environment(Path(sys.prefix), ()))
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "")
    monkeypatch.delenv("UV_DEFAULT_INDEX")

    next(environments.installers(PYTHON))

    assert os.environ["UV_DEFAULT_INDEX"] == "https://packages.example/simple"


def test_a_demo_needs_no_tests_and_no_checkers() -> None:
    locked = [name for environment in ENVIRONMENTS["demo"] for name in environment.locks]

    assert sorted(locked) == ["emulator", "model", "run", "sam"]
