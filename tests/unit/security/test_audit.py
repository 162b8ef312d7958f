from collections.abc import Sequence
from pathlib import Path

import pytest

from local.setup import ROOT
from tests.audit import CANARY, audit, locks


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


FILES = [ROOT / "requirements" / "sam.txt", ROOT / "requirements" / "dev.txt"]


def test_every_locked_file_is_checked() -> None:
    tool = Tool("jinja2==2.4.1")

    assert audit(tool, "pypi", FILES) == 0
    assert tool.read == ["canary.txt", "sam.txt", "dev.txt"]


def test_one_vulnerable_package_is_enough() -> None:
    assert audit(Tool(CANARY, "boto3"), "pypi", FILES) == 1


def test_a_service_that_knows_nothing_is_no_all_clear(capsys: pytest.CaptureFixture[str]) -> None:
    tool = Tool()

    assert audit(tool, "pypi", FILES) == 2
    assert tool.read == ["canary.txt"]
    assert "nothing was checked" in capsys.readouterr().out


def test_the_layers_and_the_services_own_files_are_among_them() -> None:
    names = {str(path.relative_to(ROOT)) for path in locks()}

    assert {"shared/requirements.txt", "services/categorize/requirements.txt"} <= names
    assert {"requirements/dev.txt", "requirements/sam.txt", "requirements/emulator.txt"} <= names
