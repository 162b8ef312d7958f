"""`make deploy` is by the pinned SAM CLI; a plain `sam build` works, or says that the CLI is too old."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.build import SAM
from local.setup import ROOT
from tools import deploy
from tools.deploy import CONFIG, CannotBuildError, commands


@pytest.fixture
def config() -> dict[str, Any]:
    return tomllib.loads(CONFIG.read_text())


def on_path(monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name in programs else None)
    # One that is found may yet lead nowhere, as pyenv's shims do: it is tried.
    monkeypatch.setattr(deploy, "probe", lambda name: name if name in programs else None)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_first_time_it_asks_and_then_it_knows(
    environment: str, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "python3.13")

    first = commands(config, environment)
    config[environment]["deploy"]["parameters"]["region"] = "eu-west-1"
    again = commands(config, environment)

    build = ["build", "--config-env", environment]
    assert first == [build, ["deploy", "--config-env", environment, "--guided"]]
    assert again == [build, ["deploy", "--config-env", environment]]


def test_a_gradual_deployment_builds_the_template_that_was_written_for_it(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "python3.13")

    build, deployed = commands(config, "prod", gradually=True)

    assert build[-4:] == ["--template-file", "template.gradual.yaml", "--build-dir", ".aws-sam/gradual"]
    assert "--template-file .aws-sam/gradual/template.yaml" in " ".join(deployed)
    assert str(CONFIG) in deployed


@pytest.mark.parametrize(
    "arguments, gradually",
    [(["prod"], True), (["dev"], False), (["prod", "no"], False), (["dev", "yes"], True)],
)
def test_production_is_updated_gradually_unless_one_says_otherwise(
    arguments: list[str], gradually: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_: Any) -> Any:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    on_path(monkeypatch, "python3.13")
    monkeypatch.setattr(deploy, "GRADUAL", tmp_path / "template.gradual.yaml")
    monkeypatch.setattr(sys, "argv", ["tools.deploy", *arguments])
    monkeypatch.setattr(subprocess, "run", run)

    assert deploy.main() == 0

    assert ("--template-file" in ran[0]) == deploy.GRADUAL.exists() == gradually
    if gradually:
        assert "DeploymentPreference:" in deploy.GRADUAL.read_text()


def test_without_the_functions_python_it_builds_in_a_container(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "docker")

    [build, _] = commands(config, "dev")

    assert build[-1] == "--use-container"


def test_with_nothing_to_build_with_it_says_what_to_install(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch)

    with pytest.raises(CannotBuildError, match=r"Install python3\.13"):
        commands(config, "dev")


def test_each_environment_is_a_stack_of_its_own(config: dict[str, Any]) -> None:
    stacks = {name: config[name]["global"]["parameters"]["stack_name"] for name in ("dev", "prod")}

    assert stacks == {"dev": "feedback-insights-dev", "prod": "feedback-insights"}
    for name, stack in stacks.items():
        assert config[name]["deploy"]["parameters"]["s3_prefix"] == stack
        assert config[name]["global"]["parameters"]["language_extensions"]


def test_a_plain_sam_build_and_deploy_say_what_those_of_an_environment_say(config: dict[str, Any]) -> None:
    plain, named = config["default"], config["prod"]

    assert {name: plain[name] for name in named} == named


def test_a_deployment_that_changes_nothing_is_no_failure(config: dict[str, Any]) -> None:
    for environment in ("default", "dev", "prod"):
        assert config[environment]["deploy"]["parameters"]["fail_on_empty_changeset"] is False


def test_a_sam_cli_that_is_too_old_ends_by_naming_a_file_of_no_parameters(config: dict[str, Any]) -> None:
    for environment in ("default", "dev", "prod"):
        overrides = config[environment]["build"]["parameters"]["parameter_overrides"]
        path = overrides.removeprefix("file://")

        assert path != overrides
        assert path.endswith("needs-SAM-CLI-1.160-or-newer.yaml")
        assert yaml.safe_load((ROOT / path).read_text()) == {}


def test_the_sam_cli_of_the_project_is_new_enough() -> None:
    said = subprocess.run([str(SAM), "--version"], capture_output=True, text=True, check=True).stdout
    version = tuple(int(part) for part in said.split()[-1].split("."))

    assert version >= (1, 160)
