"""A real database for one run of a measurement."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import mysql
from local.processes import Process, stop
from local.state import Login
from services.schema.migrate import migrate, read_migrations
from tests.conftest import open_login


@contextmanager
def running() -> Iterator[Login]:
    """A private server with today's tables, gone at the end."""
    with serving() as (_, login):
        yield login


@contextmanager
def serving() -> Iterator[tuple[Process, Login]]:
    """The same, with the server's process."""
    with tempfile.TemporaryDirectory() as folder:
        process, login = mysql.start(Path(folder), Path(folder) / "mysql.log")
        try:
            migrate(open_login(login), read_migrations())
            yield process, login
        finally:
            stop(process)
