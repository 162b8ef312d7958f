import platform
from pathlib import Path

import pytest

from local import build
from local.build import AWS_ARCHITECTURE, AWS_RUNTIME, fingerprint, sources
from local.setup import Interpreter
from tests.template import FILE, properties, read, resources

TEMPLATE = "Architectures: [x86_64]"


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
    assert fingerprint(TEMPLATE, tree) == fingerprint(TEMPLATE, tree)


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
    before = fingerprint(TEMPLATE, tree)

    (tree / name).write_text("second")

    assert fingerprint(TEMPLATE, tree) != before


def test_a_moved_source_is_another_fingerprint(tree: Path) -> None:
    before = fingerprint(TEMPLATE, tree)

    (tree / "shared/contracts/records.py").rename(tree / "shared/rows.py")

    assert fingerprint(TEMPLATE, tree) != before


def test_another_interpreter_or_processor_is_another_fingerprint(tree: Path) -> None:
    assert fingerprint("Architectures: [arm64]", tree) != fingerprint(TEMPLATE, tree)


def test_what_python_leaves_behind_and_what_is_not_deployed_do_not_count(tree: Path) -> None:
    before = fingerprint(TEMPLATE, tree)

    for name in ("services/ingest/__pycache__/handler.pyc", "tests/test_handler.py", "README.md"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("anything")

    assert fingerprint(TEMPLATE, tree) == before
    assert len(list(sources(tree))) == 4


def test_the_template_is_built_for_the_interpreter_and_processor_of_this_machine() -> None:
    layer = resources("AWS::Serverless::LayerVersion")["SharedLayer"]
    functions = properties("AWS::Serverless::Function").values()

    assert (
        {function["Runtime"] for function in functions} == {layer["Metadata"]["BuildMethod"]} == {AWS_RUNTIME}
    )
    assert [function["Architectures"] for function in functions] == [[AWS_ARCHITECTURE]] * len(functions)
    assert layer["Metadata"]["BuildArchitecture"] == AWS_ARCHITECTURE
    assert layer["Properties"]["CompatibleRuntimes"] == [AWS_RUNTIME]
    assert layer["Properties"]["CompatibleArchitectures"] == [AWS_ARCHITECTURE]


def test_here_it_is_built_for_this_machines_interpreter_and_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(build, "probe", lambda _: Interpreter("python", (3, 12), can_make_venvs=True))
    monkeypatch.setattr(platform, "machine", lambda: "AMD64")

    here = build.local_template(FILE.read_text())

    assert here.count("python3.12") == 3
    assert here.count("x86_64") == 3
    assert AWS_RUNTIME not in here
    assert AWS_ARCHITECTURE not in here


def test_what_the_emulator_does_not_know_is_left_out_and_nothing_else(tmp_path: Path) -> None:
    here = tmp_path / "template.yaml"
    here.write_text(build.local_template(FILE.read_text()))

    missing = resources().keys() - read(here).get_resources().keys()
    assert missing == resources("AWS::Logs::QueryDefinition").keys()
