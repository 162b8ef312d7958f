"""A real database for one run of a benchmark."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import mysql
from local.processes import stop
from local.state import Login
from services.schema.migrate import migrate, read_migrations
from tests.conftest import open_login


@contextmanager
def running() -> Iterator[Login]:
    """A private server with today's tables, gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        process, login = mysql.start(Path(folder), Path(folder) / "mysql.log")
        try:
            migrate(open_login(login), read_migrations())
            yield login
        finally:
            stop(process)
