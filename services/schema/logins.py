"""Logins of others than the owner: the functions' changes rows and no table, the readers' reads the views."""

import json
from collections.abc import Callable

import pymysql

from shared.contracts.errors import PermanentError
from shared.platform.database import Database, Secret, Transaction
from shared.platform.mysql_errors import DatabaseRefused
from shared.platform.settings import DatabaseSettings

VIEWS = (
    "category_share_by_month",
    "category_team",
    "email_routed",
    "execution_summary",
    "feedback_latest",
    "feedback_mentions",
    "product_page",
    "rows_by_model",
)
"""What the readers' login may read; docs/data.md says what each holds."""

READERS_CONNECTIONS = 20
"""How many connections readers may have open, so that dashboards leave enough to the functions."""

_USER = "%(username)s@'%%'"

Grants = Callable[[str], list[str]]
"""The SQL that gives `%(username)s` its rights in the database of this name."""


class LoginError(PermanentError):
    """The owner's login may not make another one, or the server refuses its name or password."""


def make_login(database: Database, settings: DatabaseSettings, secret: Secret, grants: Grants) -> None:
    """Makes the user whom the secret names, or gives it the secret's password, and tries the login.

    Args:
        database: with the owner's login.
        settings: the database that the user gets rights in, and whether it comes by TLS.
        secret: the user and password.
        grants: what the user may do. Rights that it has already stay.

    Raises:
        LoginError: the server refused a statement.
        DatabaseUnavailable: the new login is denied.
    """
    login = json.loads(secret(fresh=True))
    try:
        for statement in statements(settings.database_name, grants, tls=settings.database_tls):
            database.transact(Transaction.execute, query=statement, args=login)
    except (pymysql.Error, DatabaseRefused) as error:
        # The server's own words may quote the password.
        code = error.code if isinstance(error, DatabaseRefused) else error.args[0]
        raise LoginError(
            f"MySQL refused (error {code}) to make the login {login['username']}: the owner's user needs"
            " CREATE USER and GRANT OPTION, or name a login as DatabaseFunctionsSecretArn"
        ) from None
    tried = Database(settings, secret)
    tried.connection()
    tried.close()


def statements(database: str, grants: Grants, *, tls: bool) -> list[str]:
    """The SQL that makes a login; `username` and `password` are its arguments. Again it changes nothing."""
    return [
        f"CREATE USER IF NOT EXISTS {_USER} IDENTIFIED BY %(password)s",
        f"ALTER USER {_USER} IDENTIFIED BY %(password)s REQUIRE {'SSL' if tls else 'NONE'}",
        *grants(database),
    ]


def functions_grants(database: str) -> list[str]:
    """The functions read and write rows of every table."""
    return [f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_pattern(database)}.* TO {_USER}"]


def readers_grants(database: str) -> list[str]:
    """Readers read the views, which show nothing but results, and leave connections to the functions."""
    name = _quoted(database)
    return [
        f"ALTER USER {_USER} WITH MAX_USER_CONNECTIONS {READERS_CONNECTIONS}",
        *(f"GRANT SELECT ON {name}.`{view}` TO {_USER}" for view in VIEWS),
    ]


def _pattern(database: str) -> str:
    """The database's name as a GRANT on all of it takes it, where `_` and `%` would stand for others too."""
    return _quoted(database.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%"))


def _quoted(name: str) -> str:
    """The name as an identifier, in SQL whose arguments are filled in by `%`."""
    return "`" + name.replace("`", "``").replace("%", "%%") + "`"
