"""What is installed is what was locked: every requirement by version and hash."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ELSEWHERE = {"layer": "shared/requirements.txt"} | {
    name: f"services/{name}/requirements.txt" for name in ("categorize", "classify", "ingest", "notify")
}
NAMES = sorted(path.stem for path in (ROOT / "requirements").glob("*.in"))


def locked(name: str) -> str:
    return (ROOT / ELSEWHERE.get(name, f"requirements/{name}.txt")).read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_requirement_is_locked_by_version_and_hash(name: str) -> None:
    requirements = re.findall(r"^[a-z].*(?:\n .*)*", locked(name), re.MULTILINE | re.IGNORECASE)
    assert requirements
    assert [each for each in requirements if "==" not in each or "--hash=sha256:" not in each] == []


def test_make_lock_locks_every_one_where_it_is_read() -> None:
    command = ["make", "--silent", "--dry-run", "lock"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    compiled = dict(re.findall(r"requirements/([a-z]+)\.in +-o (\S+);", said))
    assert compiled == {name: ELSEWHERE.get(name, f"requirements/{name}.txt") for name in NAMES}


def test_only_the_set_up_installs_and_only_what_is_locked() -> None:
    rules = [path.read_text("utf-8") for path in [ROOT / "Makefile", *ROOT.glob("*/*.mk")]]
    assert [line for rule in rules for line in re.findall(r".*\bpip install.*", rule)] == []


@pytest.mark.parametrize("name", ["run", "dev", "model", "eval", "bertopic"])
def test_torch_is_never_installed(name: str) -> None:
    assert "torch" not in re.findall(r"^[a-z-]+", locked(name), re.MULTILINE)


def test_development_has_what_the_demo_has() -> None:
    run, dev = (set(re.findall(r"^\S+==\S+", locked(name), re.MULTILINE)) for name in ("run", "dev"))
    assert run < dev


@pytest.mark.parametrize("checker", ["mypy", "ruff", "pytest", "moto", "cfn-lint", "boto3-stubs"])
def test_a_demo_installs_no_checker(checker: str) -> None:
    assert not re.search(rf"^{checker}==", locked("run"), re.MULTILINE)
    assert re.search(rf"^{checker}==", locked("dev"), re.MULTILINE)
