"""A named lock on a real server: one holder, gone with its connection."""

import pytest

from local.state import Login
from shared.platform.database import Database
from shared.platform.named_lock import LockBusy, named_lock
from tests.conftest import open_login


@pytest.fixture
def other(migrated_login: Login) -> Database:
    return open_login(migrated_login)


def test_one_holds_it_and_another_is_turned_away(database: Database, other: Database) -> None:
    with named_lock(database, "report e"), pytest.raises(LockBusy), named_lock(other, "report e"):
        pass
    with named_lock(other, "report e"):
        pass
    other.close()


def test_other_names_are_free(database: Database, other: Database) -> None:
    with named_lock(database, "report e"), named_lock(other, "report " + "f" * 100):
        pass
    other.close()


def test_it_is_given_back_when_the_work_fails(database: Database, other: Database) -> None:
    with pytest.raises(RuntimeError), named_lock(database, "report e"):
        raise RuntimeError
    with named_lock(other, "report e"):
        pass
    other.close()


def test_it_ends_with_the_connection_of_its_holder(database: Database, other: Database) -> None:
    with named_lock(database, "report e"):
        database.close()
        with named_lock(other, "report e", wait_seconds=5):
            pass
    other.close()


def test_a_connection_that_died_while_idle_is_replaced(database: Database) -> None:
    database.transact(lambda tx: tx.execute("SELECT 1"))
    database.connection()._force_close()  # type: ignore[attr-defined]
    with named_lock(database, "report e"):
        pass
