from pathlib import Path

import pytest

from local.build import fingerprint, sources

PARAMETERS = {"Architecture": "x86_64"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "services/ingest/handler.py",
        "shared/contracts/records.py",
        "statemachine/tracker.asl.json",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first")
    (tmp_path / "template.yaml").write_text("first")
    return tmp_path


def test_the_same_tree_has_the_same_fingerprint(tree: Path) -> None:
    assert fingerprint(PARAMETERS, tree) == fingerprint(PARAMETERS, tree)


@pytest.mark.parametrize(
    "name",
    [
        "template.yaml",
        "services/ingest/handler.py",
        "shared/contracts/records.py",
        "statemachine/tracker.asl.json",
    ],
)
def test_any_changed_source_is_another_fingerprint(tree: Path, name: str) -> None:
    before = fingerprint(PARAMETERS, tree)

    (tree / name).write_text("second")

    assert fingerprint(PARAMETERS, tree) != before


def test_a_moved_source_is_another_fingerprint(tree: Path) -> None:
    before = fingerprint(PARAMETERS, tree)

    (tree / "shared/contracts/records.py").rename(tree / "shared/rows.py")

    assert fingerprint(PARAMETERS, tree) != before


def test_another_interpreter_or_processor_is_another_fingerprint(tree: Path) -> None:
    assert fingerprint({"Architecture": "arm64"}, tree) != fingerprint(PARAMETERS, tree)


def test_what_python_leaves_behind_and_what_is_not_deployed_do_not_count(tree: Path) -> None:
    before = fingerprint(PARAMETERS, tree)

    for name in ("services/ingest/__pycache__/handler.pyc", "tests/test_handler.py", "README.md"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("anything")

    assert fingerprint(PARAMETERS, tree) == before
    assert len(list(sources(tree))) == 4
