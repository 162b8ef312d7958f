"""The README and the pages for contributors are promises: what they name exists."""

import re

import pytest

from local.setup import ROOT

PATHS = [*(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY", "CHANGELOG"))]
PATHS += sorted((ROOT / "docs").glob("*.md"))
TEXTS = {path: path.read_text(encoding="utf-8") for path in PATHS}
README = TEXTS[ROOT / "README.md"]
PAGES = "\n".join(TEXTS.values())
LINKS = sorted(
    (str(path.relative_to(ROOT)), link)
    for path, text in TEXTS.items()
    for link in set(re.findall(r"\]\((?!https?:)([^)]+)\)", text))
)
RULES = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "Makefile", *ROOT.glob("*/*.mk")])
TARGETS = sorted(set(re.findall(r"(?:^|`)make ([a-z-]+)", PAGES, re.MULTILINE)))
PARAMETERS = sorted(set(re.findall(r"`([A-Z][a-z]+[A-Z][A-Za-z]+)(?:=[\w+]+)?`", README)))


def anchors(text: str) -> set[str]:
    """What GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each).strip().lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page,link", LINKS)
def test_what_a_page_links_to_is_there(page: str, link: str) -> None:
    name, _, anchor = link.partition("#")
    target = (ROOT / page).parent / name if name else ROOT / page
    assert target.exists()
    assert not anchor or anchor in anchors(target.read_text(encoding="utf-8"))


@pytest.mark.parametrize("target", TARGETS)
def test_a_command_of_a_page_is_a_target(target: str) -> None:
    assert re.search(rf"^{target}:", RULES, re.MULTILINE)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_parameter_or_output_that_the_readme_names_is_in_the_template(parameter: str) -> None:
    assert re.search(rf"^  {parameter}:", (ROOT / "template.yaml").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_names_links_commands_and_parameters() -> None:
    assert {"docs/design.md", "LICENSE", "samples/"} <= {link for page, link in LINKS if page == "README.md"}
    assert {"demo", "test", "down"} <= set(TARGETS)
    assert {"NotificationEmail", "ModelId", "ManagedDatabase"} <= set(PARAMETERS)
