"""A lock by name across all functions, held by a database connection and ended with it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql

from shared.contracts.errors import TransientError
from shared.platform.database import Database, Transaction

_TAKE = "SELECT GET_LOCK(%s, %s) AS held"
_RELEASE = "SELECT RELEASE_LOCK(%s) AS released"
_HELD = "SELECT IS_USED_LOCK(%s) = CONNECTION_ID() AS held"


class LockBusy(TransientError):
    """Somebody else holds the lock, or the server could not give it."""


@contextmanager
def named_lock(database: Database, name: str, wait_seconds: int = 0) -> Iterator[None]:
    """Holds the lock `name` for the length of a `with` block.

    The lock ends with the connection. A block that outlives its connection may therefore meet another
    holder, so what it does last must still be guarded by a row, or by `assert_held`.

    Raises:
        LockBusy: it was not free within `wait_seconds`.
    """
    key = _key(name)
    if _ask(database, _TAKE, (key, wait_seconds)) != 1:
        raise LockBusy("the same work is being done by another function")
    try:
        yield
    finally:
        _release(database, key)


def assert_held(tx: Transaction, name: str) -> None:
    """Raises LockBusy if this transaction's connection is not the one that took the lock `name`."""
    tx.execute(_HELD, (_key(name),))
    row = tx.fetchone()
    if not (row and row["held"]):
        raise LockBusy("the connection that held the lock is gone")


def _key(name: str) -> str:
    # MySQL: at most 64 characters.
    return f"insights-{hashlib.sha256(name.encode()).hexdigest()[:40]}"


def _ask(database: Database, query: str, arguments: tuple[object, ...]) -> object:
    try:
        return _value(database, query, arguments)
    except (pymysql.OperationalError, pymysql.InterfaceError):
        # A kept connection that the server has closed; a new one is made once.
        database.close()
    try:
        return _value(database, query, arguments)
    except pymysql.Error as error:
        database.close()
        raise LockBusy("the database gave no lock") from error


def _value(database: Database, query: str, arguments: tuple[object, ...]) -> object:
    with database.connection().cursor() as cursor:
        cursor.execute(query, arguments)
        row: Any = cursor.fetchone()
    return next(iter(row.values()))


def _release(database: Database, key: str) -> None:
    try:
        _value(database, _RELEASE, (key,))
    except (pymysql.Error, TransientError):
        # The connection is gone, and the lock with it.
        database.close()
