"""The functions' own login: it reads and writes rows, and changes no table."""

import json
from functools import partial

import pymysql

from shared.contracts.errors import PermanentError
from shared.platform.database import Database, DatabaseRefused, Secret, Transaction
from shared.platform.settings import DatabaseSettings

_USER = "%(username)s@'%%'"


class LoginError(PermanentError):
    """The owner's login may not make the functions' one, or the server refuses its name or password."""


def make_login(database: Database, settings: DatabaseSettings, secret: Secret) -> None:
    """Makes the user whom the secret names, or gives it the secret's password, and tries the login.

    Args:
        database: with the owner's login.
        settings: the database that the functions use, and whether they come by TLS.
        secret: the functions' user and password.

    Raises:
        LoginError: the server refused a statement.
        DatabaseUnavailable: the new login is denied.
    """
    login = json.loads(secret(fresh=True))
    try:
        for statement in statements(settings.database_name, tls=settings.database_tls):
            database.transact(partial(Transaction.execute, query=statement, args=login))
    except (pymysql.Error, DatabaseRefused) as error:
        # The server's own words may quote the password.
        code = error.code if isinstance(error, DatabaseRefused) else error.args[0]
        raise LoginError(
            f"MySQL refused (error {code}) to make the functions' login: the owner's user needs"
            " CREATE USER and GRANT OPTION, or name a login as DatabaseFunctionsSecretArn"
        ) from None
    tried = Database(settings, secret)
    tried.connection()
    tried.close()


def statements(database: str, *, tls: bool) -> list[str]:
    """The SQL that makes the login; `username` and `password` are its arguments. Again it changes nothing."""
    return [
        f"CREATE USER IF NOT EXISTS {_USER} IDENTIFIED BY %(password)s",
        f"ALTER USER {_USER} IDENTIFIED BY %(password)s REQUIRE {'SSL' if tls else 'NONE'}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_pattern(database)}.* TO {_USER}",
    ]


def _pattern(database: str) -> str:
    """The database's name as GRANT takes it, where `_` and `%` would stand for other databases too."""
    literal = database.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%%").replace("`", "``")
    return f"`{literal}`"
