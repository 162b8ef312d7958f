"""The logins that the schema function makes for others, on a real server."""

import secrets
from contextlib import ExitStack

import pymysql
import pytest
from pymysql.constants import ER

from local.mysql import connect
from local.state import Login
from services.schema.logins import (
    READERS_CONNECTIONS,
    VIEWS,
    LoginError,
    functions_grants,
    make_login,
)
from tests.conftest import ODD_PASSWORD, database_settings, open_login, secret_of

REFUSED = (
    ER.TABLEACCESS_DENIED_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
    ER.ACCESS_DENIED_ERROR,
    1370,  # not allowed to alter or execute a routine
)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE other (id INT)",
        "CREATE TEMPORARY TABLE other (id INT)",
        "DROP TABLE outbox",
        "ALTER TABLE outbox ADD COLUMN other INT",
        "TRUNCATE TABLE outbox",
        "CREATE INDEX other ON outbox (destination)",
        "CREATE VIEW other AS SELECT 1",
        "CREATE PROCEDURE other() SELECT 1",
        "CREATE TRIGGER other BEFORE INSERT ON outbox FOR EACH ROW SET @other = 1",
        "CREATE DATABASE other",
        "CREATE USER other IDENTIFIED BY 'other'",
        "GRANT SELECT ON outbox TO CURRENT_USER()",
        "SELECT authentication_string FROM mysql.user",
        "SELECT 1 INTO OUTFILE 'other'",
        "RENAME TABLE outbox TO other",
        "CREATE EVENT other ON SCHEDULE EVERY 1 DAY DO SELECT 1",
        "SET GLOBAL max_connections = 1",
        "SHUTDOWN",
        "FLUSH PRIVILEGES",
        "SET PASSWORD FOR 'root'@'localhost' = PASSWORD('other')",
        "CREATE OR REPLACE VIEW feedback_latest AS SELECT 1",
        "CREATE FUNCTION other() RETURNS INT RETURN 1",
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE outbox",
        "LOCK TABLES outbox WRITE",
    ],
)
def test_it_changes_no_table_and_nobodys_rights(functions_login: Login, statement: str) -> None:
    refusal = pytest.raises(pymysql.MySQLError)
    with connect(functions_login) as connection, connection.cursor() as cursor, refusal as refused:
        cursor.execute(statement)

    assert refused.value.args[0] in REFUSED, refused.value


def test_it_reaches_its_own_database_and_none_whose_name_is_like_it(
    mysql: Login, functions_login: Login
) -> None:
    # A `_` in GRANT stands for any character.
    neighbour = mysql.model_copy(update={"database": functions_login.database.replace("_", "x")})
    with connect(mysql, database="") as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{neighbour.database}`")
        try:
            with pytest.raises(pymysql.MySQLError):
                connect(functions_login, database=neighbour.database)
        finally:
            cursor.execute(f"DROP DATABASE `{neighbour.database}`")


def test_made_again_it_has_the_secrets_new_password_and_the_old_one_is_refused(
    migrated_login: Login, functions_login: Login
) -> None:
    changed = functions_login.model_copy(update={"password": secrets.token_urlsafe(24)})
    owner = open_login(migrated_login)
    try:
        make_login(owner, database_settings(changed), secret_of(changed), functions_grants)

        connect(changed).close()
        with pytest.raises(pymysql.OperationalError):
            connect(functions_login)
    finally:
        make_login(owner, database_settings(functions_login), secret_of(functions_login), functions_grants)
    connect(functions_login).close()


def test_an_owner_who_may_not_make_users_is_told_so_without_the_password(functions_login: Login) -> None:
    other = functions_login.model_copy(update={"user": "nobody_makes"})

    with pytest.raises(LoginError, match="CREATE USER and GRANT OPTION") as refused:
        make_login(open_login(functions_login), database_settings(other), secret_of(other), functions_grants)

    assert ODD_PASSWORD not in str(refused.value)
    assert refused.value.__suppress_context__


def test_readers_read_the_views_and_nothing_else(readers_login: Login) -> None:
    with connect(readers_login) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        assert sorted(str(next(iter(row.values()))) for row in cursor.fetchall()) == sorted(VIEWS)
        for view in VIEWS:
            cursor.execute(f"SELECT * FROM {view}")
        for statement in (
            "SELECT * FROM customer_feedback",
            "SELECT execution_key FROM execution",
            "SELECT * FROM outbox",
            "DELETE FROM feedback_latest",
            "UPDATE feedback_latest SET title = 'other'",
            "INSERT INTO execution_summary (execution_id) VALUES ('other')",
            "DROP VIEW feedback_latest",
            "CREATE TABLE other (id INT)",
            "SELECT authentication_string FROM mysql.user",
        ):
            with pytest.raises(pymysql.MySQLError) as refused:
                cursor.execute(statement)
            assert refused.value.args[0] in REFUSED, (statement, refused.value)


def test_readers_leave_connections_to_the_functions(readers_login: Login) -> None:
    with ExitStack() as opened:
        for _ in range(READERS_CONNECTIONS):
            opened.enter_context(connect(readers_login))
        with pytest.raises(pymysql.MySQLError) as refused:
            connect(readers_login)
    assert refused.value.args[0] == ER.USER_LIMIT_REACHED
