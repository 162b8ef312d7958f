"""The README and the pages for contributors are promises: what they name exists."""

import re

import pytest

from local.setup import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = "\n".join(
    (ROOT / f"{name}.md").read_text(encoding="utf-8")
    for name in ("README", "CONTRIBUTING", "SECURITY", "CHANGELOG")
)
LINKS = sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGES)))
RULES = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "Makefile", *ROOT.glob("*/*.mk")])
TARGETS = sorted(set(re.findall(r"(?:^|`)make ([a-z-]+)", PAGES, re.MULTILINE)))
PARAMETERS = sorted(
    set(re.findall(r"`([A-Z][A-Za-z]+(?:Email|Id|Minute|USD|Approval|Database))(?:=\w+)?`", README))
)


@pytest.mark.parametrize("link", LINKS)
def test_what_a_page_links_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("target", TARGETS)
def test_a_command_of_a_page_is_a_target(target: str) -> None:
    assert re.search(rf"^{target}:", RULES, re.MULTILINE)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_parameter_of_the_readme_is_in_the_template(parameter: str) -> None:
    assert re.search(rf"^  {parameter}:", (ROOT / "template.yaml").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_names_links_commands_and_parameters() -> None:
    assert {"docs/design.md", "LICENSE", "samples/"} <= set(LINKS)
    assert {"demo", "test", "down"} <= set(TARGETS)
    assert {"NotificationEmail", "ModelId", "ManagedDatabase"} <= set(PARAMETERS)
