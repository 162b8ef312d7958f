"""The workflows run on machines that no test here sees; what can be checked of it is."""

import re
import subprocess
from typing import Any

import pytest
import yaml

from local.setup import OLDEST, ROOT

WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))
WORKFLOWS = [
    yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
]
STEPS: list[dict[str, Any]] = [
    step for workflow in WORKFLOWS for job in workflow["jobs"].values() for step in job["steps"]
]
RULES = "\n".join(path.read_text("utf-8") for path in [ROOT / "Makefile", *ROOT.glob("*/*.mk")])


@pytest.mark.parametrize("action", sorted({step["uses"] for step in STEPS if "uses" in step}))
def test_an_action_is_pinned_to_one_version(action: str) -> None:
    assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", action)


@pytest.mark.parametrize("script", sorted({step["run"] for step in STEPS if "run" in step}))
def test_a_step_is_a_script_of_commands_that_there_are(script: str) -> None:
    subprocess.run(["bash", "-n", "-c", script], check=True)
    for target in re.findall(r"^make ([\w-]+)", script, re.MULTILINE):
        assert re.search(rf"^{target}:", RULES, re.MULTILINE)


def test_what_is_locked_is_audited_each_week_and_silence_is_a_failure_there() -> None:
    [audit] = [workflow for workflow in WORKFLOWS if workflow["name"] == "audit"]
    runs = " ".join(step.get("run", "") for step in audit["jobs"]["audit"]["steps"])

    assert "schedule" in audit[True]  # YAML's own reading of `on`
    assert "make audit" in runs
    assert "--must-answer" in runs


def test_no_workflow_may_write() -> None:
    assert [workflow["permissions"] for workflow in WORKFLOWS] == [{"contents": "read"}] * len(WORKFLOWS)


def test_it_runs_all_tests_with_the_oldest_python_on_both_systems() -> None:
    matrix = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]
    assert "{}.{}".format(*OLDEST) in matrix["python"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos"}
    assert any(step.get("run", "").startswith("make test ") for step in WORKFLOW["jobs"]["test"]["steps"])


def test_the_commit_hooks_run_tools_of_the_projects_own_environment() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert [hook["id"] for hook in hooks if not hook["entry"].startswith(".venv/bin/")] == []
