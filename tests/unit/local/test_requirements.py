"""What is installed is what was locked: every requirement by version and hash."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ELSEWHERE = {"layer": "shared/requirements.txt"} | {
    name: f"services/{name}/requirements.txt" for name in ("categorize", "ingest", "notify")
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


def test_the_evaluation_installs_nothing_without_a_hash_and_no_torch() -> None:
    installs = re.findall(r"pip install.*", (ROOT / "evaluation" / "eval.mk").read_text("utf-8"))
    assert installs
    assert all("--require-hashes" in each for each in installs)
    assert "torch" not in re.findall(r"^[a-z-]+", locked("eval") + locked("bertopic"), re.MULTILINE)
