"""The README is a promise: what it names exists."""

import re

import pytest

from local.setup import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
LINKS = sorted(set(re.findall(r"\]\(([^)#]+)\)", README)))
RULES = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "Makefile", *ROOT.glob("*/*.mk")])
TARGETS = sorted(set(re.findall(r"\bmake ([a-z-]+)", README)))
PARAMETERS = sorted(
    set(re.findall(r"`([A-Z][A-Za-z]+(?:Email|Id|Minute|USD|Approval|Database))(?:=\w+)?`", README))
)


@pytest.mark.parametrize("link", LINKS)
def test_what_the_readme_links_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("target", TARGETS)
def test_a_command_of_the_readme_is_a_target(target: str) -> None:
    assert re.search(rf"^{target}:", RULES, re.MULTILINE)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_parameter_of_the_readme_is_in_the_template(parameter: str) -> None:
    assert re.search(rf"^  {parameter}:", (ROOT / "template.yaml").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_names_links_commands_and_parameters() -> None:
    assert {"docs/design.md", "LICENSE", "samples/"} <= set(LINKS)
    assert {"demo", "test", "down"} <= set(TARGETS)
    assert {"NotificationEmail", "ModelId", "ManagedDatabase"} <= set(PARAMETERS)
