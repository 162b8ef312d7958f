"""One discovery at a time per profile: a named lock that ends with the connection."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql

from shared.database import Database, Transaction
from shared.errors import TransientError
from shared.records import Profile


class DiscoveryBusy(TransientError):
    """Another discovery of this profile is running, or our hold on the lock ended with its connection."""


@contextmanager
def alone(database: Database, profile: Profile) -> Iterator[None]:
    """Holds the profile's lock while the block runs.

    Raises:
        DiscoveryBusy: someone else holds it.
    """
    try:
        held = _ask(database, "SELECT GET_LOCK(%s, 0) AS answer", profile)
    except pymysql.Error as error:
        database.close()
        raise DiscoveryBusy("the lock could not be asked for") from error
    if held != 1:
        raise DiscoveryBusy(f"another discovery of profile {profile} is running")
    try:
        yield
    finally:
        try:
            _ask(database, "SELECT RELEASE_LOCK(%s) AS answer", profile)
        except pymysql.Error:
            # The lock ends with its connection.
            database.close()


def assert_alone(tx: Transaction, profile: Profile) -> None:
    """Raises DiscoveryBusy if this transaction's connection is not the one that took the lock."""
    tx.execute("SELECT IS_USED_LOCK(%s) = CONNECTION_ID() AS ours", (_name(profile),))
    row = tx.fetchone()
    if not (row and row["ours"]):
        raise DiscoveryBusy("the connection that held the lock is gone")


def _ask(database: Database, query: str, profile: Profile) -> Any:
    with database.connection().cursor() as cursor:
        cursor.execute(query, (_name(profile),))
        row: Any = cursor.fetchone()
    return row["answer"]


def _name(profile: Profile) -> str:
    """At most 64 characters, which a profile's name alone may have."""
    return "discovery-" + hashlib.sha256(profile.encode()).hexdigest()[:32]
