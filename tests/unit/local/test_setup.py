import pytest

from local import setup
from local.setup import Interpreter, choose

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
