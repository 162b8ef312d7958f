"""Brings the database to the newest schema: numbered migrations, forward only, each applied once.

MySQL commits before and after every DDL statement, so a migration that dies half way stays half done. It
is noted as started before its first statement; the next run starts it again from the top and passes over
what is there already.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymysql.constants import ER

from services.schema.statements import split_statements
from shared.contracts.errors import PermanentError
from shared.platform.database import Database, Transaction
from shared.platform.mysql_errors import DatabaseRefused
from shared.platform.named_lock import named_lock

FOLDER = Path(__file__).parent / "migrations"

_FILE_NAME = re.compile(r"(?P<number>\d{3})_(?P<name>[a-z0-9_]+)\.sql")
_FORMER = {
    26: "735b63b55dcab233bad018e94de47cffd53680fdf6587374a5e28527bfede529",
    27: "872c65b5de3d7cc9854d713a307263e20f09a05e5713dd1230f245115ad72d2d",
}
"""Checksums of two migrations as they were on 2026-11-28: together they left what they do now."""
_ALREADY_THERE = (ER.TABLE_EXISTS_ERROR, ER.DUP_FIELDNAME, ER.DUP_KEYNAME)

_TABLE = """
    CREATE TABLE IF NOT EXISTS schema_migration (
        number      INT UNSIGNED NOT NULL PRIMARY KEY,
        name        VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        checksum    CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                    COMMENT 'SHA-256 of the statements, comments not counted',
        started_at  DATETIME(3)  NOT NULL,
        finished_at DATETIME(3)  NULL COMMENT 'null: it began and did not end'
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
"""
_APPLIED = "SELECT number, checksum, finished_at FROM schema_migration"
_BEGIN = """
    INSERT INTO schema_migration (number, name, checksum, started_at)
    VALUES (%(number)s, %(name)s, %(checksum)s, NOW(3))
    ON DUPLICATE KEY UPDATE name = VALUES(name), checksum = VALUES(checksum), started_at = VALUES(started_at)
"""
_END = "UPDATE schema_migration SET finished_at = NOW(3) WHERE number = %(number)s"


class SchemaError(PermanentError):
    """The migrations' numbers are not valid, or one was changed after it had been applied."""


@dataclass(frozen=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    statements: tuple[str, ...]

    @property
    def checksum(self) -> str:
        """Of what it does; another comment is not another migration."""
        return hashlib.sha256(";\n".join(self.statements).encode()).hexdigest()


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """The migrations in `folder`, lowest number first.

    Raises:
        SchemaError: a file is not called NNN_name.sql, or two have the same number.
        UnreadableMigration: a file's quotations or comments are not closed.
    """
    migrations = [_read(path) for path in sorted(folder.glob("*.sql"))]
    numbers = [migration.number for migration in migrations]
    if len(set(numbers)) != len(numbers):
        raise SchemaError(f"two migrations have the same number: {numbers}")
    return migrations


def migrate(database: Database, migrations: Sequence[Migration], patience: int = 300) -> list[int]:
    """Applies the migrations that this database does not have yet; returns their numbers.

    Args:
        patience: seconds to wait for another deployment that is migrating the same database.

    Raises:
        LockBusy: it did not finish in that time.
        SchemaError: an applied migration was changed.
    """
    with named_lock(database, "schema", patience):
        database.transact(Transaction.execute, _TABLE)
        applied = {row["number"]: row for row in database.transact(_applied)}
        _refuse_changed(migrations, applied)
        waiting = [m for m in migrations if not applied.get(m.number, {}).get("finished_at")]
        for migration in waiting:
            _apply(database, migration, again=migration.number in applied)
    return [migration.number for migration in waiting]


def _read(path: Path) -> Migration:
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise SchemaError(f"{path.name}: a migration is called NNN_name.sql")
    return Migration(int(match["number"]), match["name"], tuple(split_statements(path.read_text("utf-8"))))


def _applied(tx: Transaction) -> list[dict[str, Any]]:
    tx.execute(_APPLIED)
    return tx.fetchall()


def _refuse_changed(migrations: Sequence[Migration], applied: dict[int, dict[str, Any]]) -> None:
    for migration in migrations:
        before = applied.get(migration.number)
        same = (migration.checksum, _FORMER.get(migration.number))
        if before and before["finished_at"] and before["checksum"] not in same:
            raise SchemaError(
                f"migration {migration.number:03} was changed after it was applied: add a new one"
            )


def _apply(database: Database, migration: Migration, *, again: bool) -> None:
    row = {"number": migration.number, "name": migration.name, "checksum": migration.checksum}
    database.transact(Transaction.execute, _BEGIN, row)
    for statement in migration.statements:
        _run(database, statement, forgiving=again)
    database.transact(Transaction.execute, _END, {"number": migration.number})


def _run(database: Database, statement: str, *, forgiving: bool) -> None:
    try:
        database.transact(Transaction.execute, statement)
    except DatabaseRefused as error:
        if not (forgiving and error.code in _ALREADY_THERE):
            # The statement is ours, and who wrote it needs the server's words.
            raise error.__cause__ or error from None
