"""Real servers for the tests that need them. One that cannot be had is an error, never a skip."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pymysql
import pytest
from botocore.loaders import create_loader
from hypothesis import HealthCheck, settings

from local import mysql as private_mysql
from local import stack as local_stack
from local.processes import stop
from local.stack import Stack
from local.state import Home, Login
from services.schema.logins import Grants, functions_grants, make_login, readers_grants
from services.schema.migrate import migrate, read_migrations
from shared.platform.database import Database, Secret
from shared.platform.settings import DatabaseSettings
from tests.faults.plan import PARAMETERS, Plan

# How long an example takes says how busy the machine is, and nothing about what is tested.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")


def pytest_configure() -> None:
    """Ends a session that is told to stop as Ctrl-C would: with its servers stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ["OPENPYXL_LXML"] = "False"  # as services.ingest says; tests import openpyxl before it


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the garbage collector need not look through it each time."""
    gc.collect()
    gc.freeze()


# What Secrets Manager may draw, and what SQL could stumble over.
ODD_PASSWORD = r"""'"`\\%s%(password)s;-- /*"""


def secret_of(login: Login) -> Secret:
    """The secret that holds this login."""

    def secret(*, fresh: bool) -> str:
        return json.dumps({"username": login.user, "password": login.password})

    return secret


def database_settings(login: Login) -> DatabaseSettings:
    """What a function's environment says of the database that a login is for."""
    return DatabaseSettings(
        database_host=login.host,
        database_port=login.port,
        database_name=login.database,
        database_secret_arn="arn:aws:secretsmanager:us-east-1:000000000000:secret:test",
        database_tls=False,
    )


def open_login(login: Login) -> Database:
    """The services' own view of a database that a test has the login of."""
    return Database(database_settings(login), secret_of(login))


@pytest.fixture(autouse=True, scope="session")
def no_aws_account() -> None:
    """No test can reach anyone's AWS account, whatever the shell that started it is set up for."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }


@pytest.fixture(autouse=True, scope="session")
def read_once() -> Iterator[None]:
    """What each session of boto3 and each connection to MySQL would read anew: AWS's models, certificates."""
    without_tls = cache(lambda: make_context(None, {}))

    def context(connection: Any, given: Any) -> Any:
        return make_context(connection, given) if given else without_tls()

    with pytest.MonkeyPatch.context() as patch:
        make_context: Any = pymysql.connections.Connection._create_ssl_ctx  # type: ignore[attr-defined]
        patch.setattr(pymysql.connections.Connection, "_create_ssl_ctx", context)
        patch.setattr("botocore.session.create_loader", cache(create_loader))
        yield


@pytest.fixture(scope="session")
def mysql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    """A MariaDB or MySQL server: the one that DATABASE_URL names, else a private one for this session."""
    external = private_mysql.external_login()
    if external is not None:
        yield external
        return
    with private_server(tmp_path_factory.mktemp("mysql") / "mysql.log") as login:
        yield login


@contextmanager
def private_server(log: Path) -> Iterator[Login]:
    """A database server with nothing in it; its data are gone afterwards, and its log stays."""
    with TemporaryDirectory(dir=_in_memory()) as folder:
        process, login = private_mysql.start(Path(folder), log)
        try:
            yield login
        finally:
            stop(process)


def _in_memory() -> str | None:
    """A folder in memory, where tables are made ten times faster; None if there is none with room enough."""
    shared = "/dev/shm"  # noqa: S108 - a new folder with a random name is made in it
    return shared if os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 2**30 else None


@pytest.fixture(scope="session")
def stack_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The folder of the session's stack: its ports, data and state are no running demo's."""
    return Home(tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="session")
def fault_plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """What goes wrong within the functions; nothing, until a test says so."""
    return Plan(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="session")
def stack(stack_home: Home, fault_plan: Plan) -> Iterator[Stack]:
    """The real template, built by SAM CLI and deployed to a fresh emulator that enforces IAM and TLS."""
    try:
        yield local_stack.up(stack_home, parameters=PARAMETERS, environment=fault_plan.environment)
    finally:
        local_stack.down(stack_home)


@pytest.fixture
def empty_login(mysql: Login) -> Iterator[Login]:
    """A new database without a table in it, gone after the test."""
    login = mysql.model_copy(update={"database": f"test_{os.getpid()}_empty"})
    with _new_database(login):
        yield login


@pytest.fixture(scope="session")
def migrated_login(mysql: Login) -> Iterator[Login]:
    """A database with today's tables, shared by the session's tests; `database` empties it for each."""
    login = mysql.model_copy(update={"database": f"test_{os.getpid()}"})
    with _new_database(login):
        migrate(open_login(login), read_migrations())
        yield login


@pytest.fixture(scope="session")
def functions_login(migrated_login: Login) -> Iterator[Login]:
    """The login that the schema function makes for the others, to the database with today's tables."""
    with _made_login(migrated_login, "functions", functions_grants) as made:
        yield made


@pytest.fixture(scope="session")
def readers_login(migrated_login: Login) -> Iterator[Login]:
    """The login that the schema function makes for people and their programs."""
    with _made_login(migrated_login, "readers", readers_grants) as made:
        yield made


@contextmanager
def _made_login(owner: Login, name: str, grants: Grants) -> Iterator[Login]:
    made = owner.model_copy(update={"user": f"test_{os.getpid()}_{name}", "password": ODD_PASSWORD})
    make_login(open_login(owner), database_settings(made), secret_of(made), grants)
    yield made
    with private_mysql.connect(owner) as connection, connection.cursor() as cursor:
        cursor.execute("DROP USER IF EXISTS %s", (made.user,))


@pytest.fixture
def database(migrated_login: Login, functions_login: Login) -> Iterator[Database]:
    """The services' database with today's tables and nothing in them, by the functions' own login."""
    _empty(migrated_login)
    opened = open_login(functions_login)
    yield opened
    opened.close()


@contextmanager
def _new_database(login: Login) -> Iterator[None]:
    _drop_database(login)
    private_mysql.create_database(login)
    yield
    _drop_database(login)


def _drop_database(login: Login) -> None:
    with private_mysql.connect(login, database="") as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{login.database}`")


def _empty(login: Login) -> None:
    with private_mysql.connect(login) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        tables = {str(next(iter(row.values()))) for row in cursor.fetchall()} - {"schema_migration"}
        found = (
            f"SELECT '{table}' AS name FROM DUAL WHERE EXISTS (SELECT 1 FROM `{table}`)" for table in tables
        )
        cursor.execute(" UNION ALL ".join(found))
        for row in cursor.fetchall():
            # Faster than TRUNCATE, which makes each table's file anew.
            cursor.execute(f"DELETE FROM `{row['name']}`")
