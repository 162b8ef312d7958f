from collections.abc import Iterator

import pytest

from local.state import Login
from tests.conftest import _empty, open_login
from tests.hostile.stage import Stage


@pytest.fixture(scope="module")
def stage(migrated_login: Login) -> Iterator[Stage]:
    """One pipeline for all inputs of a module: each must leave it as it was for the next."""
    _empty(migrated_login)
    database = open_login(migrated_login)
    with pytest.MonkeyPatch.context() as patch:
        yield Stage(database, patch)
    database.close()
