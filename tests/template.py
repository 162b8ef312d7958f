"""The template as CloudFormation gets it: loops (Fn::ForEach) unrolled, Globals merged into each function.

`python -m tests.template` prints it as JSON, for tools that read neither.
"""

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
    """The template in this file."""
    template, errors = decode(str(path))
    assert not errors, errors
    cfn = Template(str(path), template, ["us-east-1"])
    assert not (errors := cfn.transform()), errors
    return cfn


@cache
def ours() -> Template:
    """Our own template."""
    return read(FILE)


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
    written_out = {section: body for section, body in ours().template.items() if section != "Globals"}
    json.dump(written_out, sys.stdout, indent=1)
