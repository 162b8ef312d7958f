from pathlib import Path

import pytest

from local import setup
from local.setup import Environment, Interpreter, choose, is_current, stamp_of

OLD = Interpreter("/old", (3, 10), can_make_venvs=True)
BARE = Interpreter("/bare", (3, 12), can_make_venvs=False)
GOOD = Interpreter("/good", (3, 11), can_make_venvs=True)


def test_an_old_python_is_passed_over() -> None:
    assert choose([OLD, GOOD]) == GOOD


def test_a_python_that_can_make_environments_comes_first() -> None:
    assert choose([BARE, GOOD]) == GOOD


def test_a_bare_python_is_better_than_none() -> None:
    assert choose([OLD, BARE]) == BARE
    assert choose([OLD]) is None


def test_a_command_that_leads_nowhere_is_no_interpreter() -> None:
    assert setup.probe("/nowhere/python3") is None


def test_no_python_is_one_sentence_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON", "/nowhere/python3")

    with pytest.raises(setup.SetupError, match=r"Install Python 3\.11 or newer"):
        setup.find_python()


def test_without_root_the_sentence_takes_the_place_of_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "as_root", lambda: None)

    with pytest.raises(setup.SetupError, match=r"^install it yourself$"):
        setup.install_packages(["thing"], "install it yourself")


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").write_text("one==1\n")
    return tmp_path / "requirements"


def test_a_stamp_changes_with_the_requirements_and_with_the_python(locks: Path) -> None:
    environment = Environment(locks.parent / ".venv", ("dev",))
    before = stamp_of(environment, (3, 11))

    assert stamp_of(environment, (3, 12)) != before
    (locks / "dev.txt").write_text("one==2\n")
    assert stamp_of(environment, (3, 11)) != before


def test_an_environment_without_an_interpreter_that_runs_is_not_current(locks: Path) -> None:
    environment = Environment(locks.parent / ".venv", ("dev",))
    environment.folder.mkdir()
    (environment.folder / ".stamp").write_text(stamp_of(environment, (3, 11)))

    assert not is_current(environment)


def test_a_tools_environment_is_made_when_it_is_asked_for_and_no_sooner(
    locks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(setup, "LOCAL", locks.parent)
    monkeypatch.setattr(setup, "is_current", lambda environment: environment.folder.name == ".venv-sam")
    monkeypatch.setattr(setup, "find_python", lambda: GOOD)
    monkeypatch.setattr(setup, "make", lambda environment, python: made.append(environment.folder.name))

    setup.ensure_environments()
    assert sorted(made) == [".venv", ".venv-emulator"]

    made.clear()
    setup.ensure_environments(["checkov"])
    assert sorted(made) == [".venv", ".venv-checkov", ".venv-emulator"]


def test_an_environment_that_cannot_be_made_ends_the_set_up(
    locks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(environment: Environment, python: Interpreter) -> None:
        raise setup.SetupError(environment.folder.name)

    monkeypatch.setattr(setup, "LOCAL", locks.parent)
    monkeypatch.setattr(setup, "is_current", lambda environment: environment.folder.name != ".venv-sam")
    monkeypatch.setattr(setup, "find_python", lambda: GOOD)
    monkeypatch.setattr(setup, "make", fail)

    with pytest.raises(setup.SetupError, match=r"\.venv-sam"):
        setup.ensure_environments()
