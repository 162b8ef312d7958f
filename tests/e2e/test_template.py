"""The template as SAM CLI builds it and as it stands on the emulator, IAM and TLS enforced."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import decode  # type: ignore[import-untyped]

from local import deploy
from local.build import build_folder
from local.emulator import PYTHON
from local.setup import ROOT
from local.state import Home
from services.schema.migrate import read_migrations
from tests.e2e.world import World
from tests.template import ours, properties, resources

FUNCTIONS = properties("AWS::Serverless::Function")
LAYER = build_folder() / "SharedLayer" / "python"


# --- the build


def built_folder(function: str) -> Path:
    built = decode(str(build_folder() / "template.yaml"))[0]["Resources"][function]["Properties"]["CodeUri"]
    return build_folder() / str(built)


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_imports_from_the_build_and_the_layer_and_from_nothing_else(function: str) -> None:
    module, _, name = FUNCTIONS[function]["Handler"].rpartition(".")
    program = (
        f"import sys; sys.path[:0] = {[str(LAYER), str(built_folder(function))]!r};"
        f"import importlib; assert callable(importlib.import_module({module!r}).{name})"
    )

    # -I and -S: no folder of ours, no environment, and none of the emulator's packages.
    done = subprocess.run(
        [str(PYTHON), "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("stack")
def test_the_layer_holds_what_it_needs() -> None:
    locked = (ROOT / "shared" / "requirements.txt").read_text()
    wanted = {name.replace("-", "_").lower() for name in re.findall(r"^([\w.-]+)==", locked, re.MULTILINE)}
    held = {path.name.partition("-")[0].lower() for path in LAYER.glob("*.dist-info")}

    assert wanted <= held
    for path in (ROOT / "shared").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert (LAYER / path.relative_to(ROOT)).is_file(), path


@pytest.mark.usefixtures("stack")
def test_a_function_carries_its_own_service_and_no_other() -> None:
    for function, its in FUNCTIONS.items():
        service = its["Handler"].split(".")[1]
        packaged = {path.name for path in (built_folder(function) / "services").iterdir()}
        assert packaged - {"__init__.py", "__pycache__"} == {service}


# --- the schema


def applied(world: World) -> dict[int, Any]:
    rows = world.query("SELECT number, finished_at FROM schema_migration")
    return {row["number"]: row["finished_at"] for row in rows}


def test_every_migration_was_applied_while_the_stack_was_deployed(world: World) -> None:
    done = applied(world)

    assert {m.number for m in read_migrations()} <= done.keys()
    assert all(done.values())


def test_a_migration_that_is_added_is_applied_by_the_next_deployment(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a build with one migration more
    build = build_folder(tmp_path)
    shutil.copytree(build_folder(), build, symlinks=True)
    shutil.copytree(ROOT / "statemachine", tmp_path / "statemachine")
    shutil.copy(ROOT / "template.yaml", tmp_path)
    migrations = build / "SchemaFunction" / "services" / "schema" / "migrations"
    (migrations / "900_later.sql").write_text("CREATE TABLE IF NOT EXISTS later (id INT);")
    monkeypatch.setattr(deploy, "build", lambda log, root: "with one migration more")

    # WHEN it is deployed over the running stack
    stack = world.stack
    deploy.deploy(Home(tmp_path), stack.emulator, stack.login, None, {}, tmp_path)

    # THEN it is there
    assert applied(world)[900]
    assert world.query("SELECT COUNT(*) AS `rows` FROM later") == [{"rows": 0}]


# --- what is deployed


def test_all_that_the_template_stands_for_is_deployed(world: World) -> None:
    """SAM CLI and CloudFormation unroll the template's loops as our tests do."""
    # A layer has another name there; the emulator knows no queries of Logs Insights.
    elsewhere = ("AWS::Serverless::LayerVersion", "AWS::Logs::QueryDefinition")
    wanted = {
        name
        for name, resource in resources().items()
        if "Condition" not in resource and resource["Type"] not in elsewhere
    }

    assert wanted <= world.stack.deployment.resources.keys()
    outputs = ours().template["Outputs"]
    always = {name for name, output in outputs.items() if "Condition" not in output}
    assert always <= world.stack.deployment.outputs.keys() <= outputs.keys()


def test_the_nested_template_is_packaged_and_no_stack_of_it_made_for_nobody(
    world: World, tmp_path: Path
) -> None:
    deployed = world.stack.client("cloudformation").get_template(StackName=deploy.STACK)["TemplateBody"]
    url = deployed["Resources"]["QuickSight"]["Properties"]["TemplateURL"]
    bucket, key = url.removeprefix(f"{world.stack.emulator.url}/").split("/")
    packaged = tmp_path / "packaged.yaml"
    packaged.write_bytes(world.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    assert decode(str(packaged))[0] == decode(str(ROOT / "quicksight.yaml"))[0]
    assert "QuickSight" not in world.stack.deployment.resources


# --- the API


@pytest.mark.parametrize(
    "method, path", [("GET", "/executions/reviews-1"), ("POST", "/feedback")], ids=["execution", "feedback"]
)
def test_a_caller_without_a_signature_is_turned_away(world: World, method: str, path: str) -> None:
    assert world.api(method, path, {} if method == "POST" else None, signed=False).status == 403
