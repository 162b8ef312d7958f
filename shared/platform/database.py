"""One MySQL connection per warm function, and transactions that roll back unless they end well.

What a transaction announces is published after its commit, by one policy for everybody: a failure is
logged and left to the sweeper, because the change itself is done.
"""

import json
import logging
import ssl
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

import pymysql
from pymysql.cursors import DictCursor

from shared.contracts.errors import DatabaseConflict, DatabaseUnavailable
from shared.platform import outbox
from shared.platform.mysql_errors import LostBeforeCommit, code_of, in_our_words, is_denied
from shared.platform.outbox import Outgoing, Transaction
from shared.platform.publisher import Publisher
from shared.platform.settings import DatabaseSettings
from shared.platform.telemetry import describe

__all__ = ["Database", "Secret", "Transaction"]

T = TypeVar("T")
P = ParamSpec("P")
_LOG = logging.getLogger(__name__)

# READ COMMITTED: no gap locks, so that parallel inserts into one table do not deadlock.
_SESSION = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO',"
    " time_zone = '+00:00', innodb_lock_wait_timeout = 10, transaction_isolation = 'READ-COMMITTED'"
)
_SESSION_MARIADB = _SESSION.replace("transaction_isolation", "tx_isolation")
_CERTIFICATES = Path(__file__).parent / "certificates" / "rds-global-bundle.pem"


class Secret(Protocol):
    """Reads the secret `{"username": …, "password": …}`; `fresh` passes the cache by."""

    def __call__(self, *, fresh: bool) -> str: ...


class Database:
    """MySQL as the services see it.

    Args:
        settings: host, port, name, and whether TLS is demanded.
        secret: reads user and password; called again, fresh, when a login is denied, so that a
            rotated password needs no restart.
        timeout: seconds that one statement may take.
        publisher: takes what transactions announce to the bus and the queues; without one, all of it is
            left to the sweeper.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        secret: Secret,
        timeout: int = 60,
        publisher: Publisher | None = None,
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._timeout = timeout
        self.publisher = publisher
        self._connection: pymysql.Connection[Any] | None = None

    def transact(
        self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs `work` with these arguments in one transaction, commits it, and publishes what it announced.

        `work` may run twice (after a deadlock, or when a kept connection turns out to be dead), so it
        does nothing but SQL. A connection lost *during the commit* is not tried again here: whether it
        was kept is unknown, and the queue's redelivery finds out by the business key.

        Raises:
            DatabaseUnavailable: no server, or it refuses everybody, or the outcome of the commit is unknown.
            DatabaseConflict: a deadlock or lock wait time-out, twice.
            pymysql.Error: the statement's own values are to blame.
        """
        result, announced = self._commit(lambda tx: work(tx, *args, **kwargs))
        try:
            self._publish(announced)
        except Exception as error:  # noqa: BLE001  # the change is done; the sweeper publishes what is left
            _LOG.warning("announcements left to the sweeper", extra=describe(error))
        return result

    def publish_left_over(self, older_than: timedelta, limit: int = 500) -> int:
        """Publishes what others announced and left behind; returns how many arrived.

        Raises:
            ClientError, BotoCoreError: the last of what went wrong, when all that arrived is marked.
        """
        rows, _ = self._commit(partial(outbox.left_over, older_than=older_than, limit=limit))
        return self._publish(rows)

    def _publish(self, rows: Sequence[Outgoing]) -> int:
        arrived, failure = 0, None
        for ids, error in self.publisher.send(rows) if self.publisher and rows else ():
            # Marked before the next destination is tried, so that an invocation's end repeats little.
            if ids:
                self._commit(partial(outbox.mark_published, ids=ids))
            arrived, failure = arrived + len(ids), error or failure
        if failure is not None:
            raise failure
        return arrived

    def close(self) -> None:
        """Closes the connection, if there is one; the next transaction opens another."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.open:
            try:
                connection.close()
            except pymysql.Error:
                _LOG.debug("the connection was already gone")

    def _commit(self, work: Callable[[Transaction], T]) -> tuple[T, list[Outgoing]]:
        try:
            return self._attempt(work)
        except (DatabaseConflict, LostBeforeCommit):
            return self._attempt(work)

    def _attempt(self, work: Callable[[Transaction], T]) -> tuple[T, list[Outgoing]]:
        connection = self.connection()
        try:
            connection.begin()
            with connection.cursor() as cursor:
                tx = Transaction(cast(DictCursor, cursor))
                result = work(tx)
        except pymysql.Error as error:
            raise self._translate(error) from error
        except BaseException:  # also an interrupt: an open transaction would hold its locks
            self._roll_back(connection)
            raise
        try:
            connection.commit()
        except pymysql.Error as error:
            self.close()
            raise DatabaseUnavailable("connection lost during commit; the outcome is unknown") from error
        return result, tx.announced

    def connection(self) -> "pymysql.Connection[Any]":
        """The open connection, made now if there is none. For named locks; use `transact` for the rest."""
        if self._connection is None or not self._connection.open:
            try:
                self._connection = self._connect(fresh=False)
            except pymysql.Error as error:
                if not is_denied(error):
                    raise DatabaseUnavailable(f"cannot connect ({code_of(error)})") from error
                self._connection = self._connect_again()
        return self._connection

    def _connect_again(self) -> "pymysql.Connection[Any]":
        try:
            return self._connect(fresh=True)
        except pymysql.Error as error:
            raise DatabaseUnavailable(f"login denied ({code_of(error)})") from error

    def _connect(self, *, fresh: bool) -> "pymysql.Connection[Any]":
        login = json.loads(self._secret(fresh=fresh))
        settings = self._settings
        connection = pymysql.connect(
            host=settings.database_host,
            port=settings.database_port,
            database=settings.database_name,
            user=login["username"],
            password=login["password"],
            charset="utf8mb4",
            connect_timeout=5,
            read_timeout=self._timeout,
            write_timeout=self._timeout,
            autocommit=False,
            cursorclass=DictCursor,
            ssl=_tls() if settings.database_tls else None,
        )
        version: str = connection.get_server_info()  # type: ignore[no-untyped-call]
        mariadb = "mariadb" in version.lower()
        with connection.cursor() as cursor:
            cursor.execute(_SESSION_MARIADB if mariadb else _SESSION)
        return connection

    def _translate(self, error: pymysql.Error) -> Exception:
        ours = in_our_words(error)
        if isinstance(ours, DatabaseConflict):
            self._roll_back(self._connection)
        else:
            self.close()
        return ours

    def _roll_back(self, connection: "pymysql.Connection[Any] | None") -> None:
        try:
            if connection is not None:
                connection.rollback()
        except pymysql.Error:
            # The server rolls back by itself when the connection ends.
            self.close()


def _tls() -> ssl.SSLContext:
    """Checks certificate and host name, by RDS's authorities and the system's."""
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=_CERTIFICATES)
    return context
