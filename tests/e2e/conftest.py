"""The real template, built by SAM CLI and deployed to a fresh emulator that enforces IAM."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import stack as local_stack
from local.stack import Stack
from local.state import Home


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole stack of this session's own: its ports, data and state are no running demo's."""
    home = Home(tmp_path_factory.mktemp("stack"))
    try:
        yield local_stack.up(home, auth=True)
    finally:
        local_stack.down(home)
