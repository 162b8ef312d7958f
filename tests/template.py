"""The template as CloudFormation gets it: loops (Fn::ForEach) unrolled, Globals merged into each function.

`python -m tests.template` prints it as JSON, for tools that read neither.
"""

import copy
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.decode import decode  # type: ignore[import-untyped]
from cfnlint.template import Template  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]
FILE = ROOT / "template.yaml"


def read(path: Path) -> Template:
    """The template in this file. Of one that differs from ours in resources alone, those are transformed.

    cfn-lint takes half a second for the transform of all, and more than a hundred tests change one resource.
    """
    template = written(path)
    if _but_resources(template) != _but_resources(_ours_written()):
        return transformed(path)
    known = _ours_written()["Resources"]
    made = [
        _made_of_ours(entry) if its == known.get(entry) else _made(path, template, entry)
        # What loops make comes behind all else.
        for entry, its in sorted(template["Resources"].items(), key=lambda each: _is_loop(each[0]))
    ]
    resources = {name: its for each in made for name, its in each.items()}
    assert len(resources) == sum(map(len, made)), "two resources of one name"
    return Template(str(path), {**ours().template, "Resources": resources}, ["us-east-1"])


def written(path: Path) -> dict[str, Any]:
    """The content of this file."""
    template: dict[str, Any]
    template, errors = decode(str(path))
    assert not errors, errors
    return template


def transformed(path: Path, template: dict[str, Any] | None = None) -> Template:
    """What cfn-lint makes of all that is in this file, or of a part of it."""
    cfn = Template(str(path), written(path) if template is None else template, ["us-east-1"])
    assert not (errors := cfn.transform()), errors
    return cfn


@cache
def ours() -> Template:
    """Our own template."""
    return transformed(FILE)


@cache
def _ours_written() -> dict[str, Any]:
    return written(FILE)


def _but_resources(template: dict[str, Any]) -> dict[str, Any]:
    return {section: its for section, its in template.items() if section != "Resources"}


def _is_loop(entry: str) -> bool:
    return entry.startswith("Fn::ForEach::")


def _made(path: Path, template: dict[str, Any], entry: str) -> dict[str, Any]:
    """The resource that an entry is, or those that it is a loop for."""
    alone = {**template, "Outputs": {}, "Resources": {entry: template["Resources"][entry]}}
    made: dict[str, Any] = transformed(path, copy.deepcopy(alone)).template["Resources"]
    return made


@cache
def _made_of_ours(entry: str) -> dict[str, Any]:
    if _is_loop(entry):
        return _made(FILE, _ours_written(), entry)
    return {entry: ours().template["Resources"][entry]}


def resources(*kinds: str) -> dict[str, dict[str, Any]]:
    """Our resources of these types, by logical id."""
    found: dict[str, dict[str, Any]] = ours().get_resources(list(kinds))
    return found


def properties(*kinds: str) -> dict[str, dict[str, Any]]:
    """The properties of our resources of these types, by logical id."""
    return {name: resource.get("Properties", {}) for name, resource in resources(*kinds).items()}


def break_it(folder: Path, resource: str, old: str, new: str) -> Path:
    """Our template with the first `old` within this resource replaced."""
    text = FILE.read_text()
    block = re.search(rf"^  {resource}:\n(?:(?!  \w).*\n)*", text, re.MULTILINE)
    assert block is not None, resource
    assert old in block.group(), f"{resource} has no {old!r}"
    broken = folder / "template.yaml"
    broken.write_text(text.replace(block.group(), block.group().replace(old, new, 1)))
    return broken


if __name__ == "__main__":
    printed = {section: body for section, body in ours().template.items() if section != "Globals"}
    json.dump(printed, sys.stdout, indent=1)
