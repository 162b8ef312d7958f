"""The template as cfn-lint's rules read it."""

from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.decode import decode  # type: ignore[import-untyped]
from cfnlint.template import Template  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[3]
FILE = ROOT / "template.yaml"


def read(path: Path) -> Template:
    """The template in this file."""
    template, errors = decode(str(path))
    assert not errors, errors
    return Template(str(path), template, ["us-east-1"])


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
