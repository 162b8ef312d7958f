"""Connections that die and transactions that conflict."""

import pymysql
import pytest

from shared.contracts.errors import DatabaseUnavailable
from shared.platform.database import Database, Transaction
from tests.integration.lifecycle_world import find, start


def test_a_connection_that_died_while_idle_is_replaced(database: Database) -> None:
    start(database, rows=1)
    database.connection()._force_close()  # type: ignore[attr-defined]
    assert find(database).accepted == 1


def test_a_connection_killed_by_the_server_is_replaced(database: Database) -> None:
    start(database, rows=1)
    victim = database.connection().thread_id()  # type: ignore[no-untyped-call]
    connection = database._connect(fresh=False)
    with connection.cursor() as cursor:
        cursor.execute(f"KILL {victim}")
    connection.close()
    assert find(database).accepted == 1


def test_a_deadlock_is_tried_once_more(database: Database) -> None:
    start(database, rows=1)
    attempts = []

    def work(tx: Transaction) -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise pymysql.OperationalError(1213, "Deadlock found when trying to get lock")
        return tx.execute("SELECT 1")

    database.transact(work)
    assert len(attempts) == 2


def test_a_server_that_became_read_only_is_a_database_that_is_away(database: Database) -> None:
    def work(tx: Transaction) -> int:
        raise pymysql.OperationalError(1290, "The MySQL server is running with the --read-only option")

    with pytest.raises(DatabaseUnavailable):
        database.transact(work)
