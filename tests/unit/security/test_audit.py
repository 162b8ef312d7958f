from collections.abc import Sequence
from pathlib import Path

import pytest

from local.setup import ROOT
from tests.audit import CANARY, audit, locks

YANKED = (
    "WARNING: The candidate selected for download or install is a yanked version: '{}' candidate"
    " (version 1.2.3 at https://example.org/x.whl)\nReason for being yanked: broken"
)


class Tool:
    """pip-audit, which knows these packages' vulnerabilities."""

    def __init__(self, *known: str) -> None:
        self.known = known
        self.read: list[str] = []

    def __call__(self, arguments: Sequence[str]) -> tuple[int, str]:
        file = Path(arguments[-1])
        self.read.append(file.name)
        found = [name for name in self.known if name in file.read_text()]
        return (1, f"found {found}") if found else (0, "No known vulnerabilities found")


class Registry:
    """pip, by which a registry says what it holds; of a file of this name, this."""

    def __init__(self, file: str = "", said: str = "", code: int = 0) -> None:
        self.file, self.said, self.code = file, said, code
        self.read: list[str] = []

    def __call__(self, arguments: Sequence[str]) -> tuple[int, str]:
        assert {"--dry-run", "--require-hashes", "--no-deps", "--ignore-installed"} <= set(arguments)
        file = Path(arguments[-1]).name
        self.read.append(file)
        return (self.code, self.said) if file == self.file else (0, "WARNING: a cache is ignored")


FILES = [ROOT / "requirements" / "sam.txt", ROOT / "requirements" / "dev.txt"]


def test_every_locked_file_is_checked() -> None:
    tool, registry = Tool("jinja2==2.4.1"), Registry()

    assert audit(tool, registry, "pypi", FILES) == 0
    assert tool.read == ["canary.txt", "sam.txt", "dev.txt"]
    assert registry.read == ["sam.txt", "dev.txt"]


def test_one_vulnerable_package_is_enough() -> None:
    assert audit(Tool(CANARY, "boto3"), Registry(), "pypi", FILES) == 1


@pytest.mark.parametrize("knows", [True, False])
@pytest.mark.parametrize(
    "said, code, told",
    [
        (YANKED.format("attrs"), 0, "attrs 1.2.3 is withdrawn"),
        ("ERROR: No matching distribution found for rich==99", 1, "No matching distribution found"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", 1, "DO NOT MATCH THE HASHES"),
    ],
)
def test_what_a_registry_says_against_a_release_is_found_whoever_knows_vulnerabilities(
    knows: bool, said: str, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = Tool(CANARY) if knows else Tool()

    assert audit(tool, Registry("dev.txt", said, code), "pypi", FILES) == 1

    printed = capsys.readouterr().out
    assert "requirements/dev.txt: NOT WELL" in printed
    assert told in printed
    assert "requirements/sam.txt: NOT WELL" not in printed


def test_a_service_that_knows_nothing_is_no_all_clear(capsys: pytest.CaptureFixture[str]) -> None:
    tool = Tool()

    assert audit(tool, Registry(), "pypi", FILES) == 0

    assert tool.read == ["canary.txt"]
    printed = capsys.readouterr().out
    assert "VULNERABILITIES WERE NOT LOOKED UP" in printed
    assert "dev.txt: nothing withdrawn" in printed
    assert ": well" not in printed


def test_where_it_must_answer_its_silence_is_a_failure() -> None:
    registry = Registry()

    assert audit(Tool(), registry, "pypi", FILES, must_answer=True) == 2
    assert registry.read == []


def test_the_layers_and_the_services_own_files_are_among_them() -> None:
    names = {str(path.relative_to(ROOT)) for path in locks()}

    assert {"shared/requirements.txt", "services/categorize/requirements.txt"} <= names
    assert {"requirements/dev.txt", "requirements/sam.txt", "requirements/emulator.txt"} <= names
