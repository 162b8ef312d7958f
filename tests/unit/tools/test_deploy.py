"""`make deploy` is by the pinned SAM CLI; a plain `sam build` says so, whatever its version."""

import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize("command", ["build", "deploy --guided"])
def test_a_plain_sam_command_ends_in_a_sentence(command: str, tmp_path: Path) -> None:
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, tmp_path)

    done = subprocess.run(
        [str(SAM), *command.split()], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "Run `make deploy ENV=dev`" in done.stdout + done.stderr
