"""A later version of this very checkout, and what tells which version the functions run."""

from __future__ import annotations

import shutil
from pathlib import Path

from local import build
from local.setup import ROOT
from tests.e2e.world import World

MIGRATION = """
ALTER TABLE customer_feedback ADD COLUMN later VARCHAR(20) NULL;
ALTER TABLE execution ADD COLUMN later VARCHAR(20) NULL;
CREATE INDEX later ON customer_feedback (later);
"""


def later_sources(root: Path) -> Path:
    """A checkout that is a little further: the prompt, the layer and the schema are others."""
    for name in build.SOURCES:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, root / name)
    (root / "services" / "schema" / "migrations" / "910_later.sql").write_text(MIGRATION)
    for changed in ("shared/model/prompts/label.md", "shared/contracts/errors.py"):
        with (root / changed).open("a") as file:
            file.write("\n# Later.\n")
    return root


def code(faulty: World) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What each function runs: the hash of its code, and its layers with their versions."""
    functions = faulty.stack.client("lambda").get_paginator("list_functions").paginate()
    return {
        each["FunctionName"]: (each["CodeSha256"], tuple(layer["Arn"] for layer in each.get("Layers", [])))
        for page in functions
        for each in page["Functions"]
    }
