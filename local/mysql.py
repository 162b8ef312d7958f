"""A private MariaDB or MySQL: own data folder, own loopback port, own password, up in under a second."""

import os
import secrets
import shutil
import ssl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql

from local.processes import Process, StartError, free_port, plain_environment, spawn, wait_until
from local.setup import SetupError, install_packages, logged
from local.state import Login

Connection: TypeAlias = "pymysql.Connection[pymysql.cursors.DictCursor]"
HOST = "127.0.0.1"
USER = "insights"
DATABASE = "insights"
PACKAGES = ("mariadb-server-core", "mariadb-client-core")
NO_SERVER = (
    "Install MariaDB (Debian/Ubuntu: apt install mariadb-server-core mariadb-client-core; macOS: brew install"
    " mariadb), or set DATABASE_URL=mysql://user:password@host:port/name."
)
# Where packages put servers that an ordinary user's PATH leaves out.
SYSTEM_FOLDERS = (
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/local/mysql/bin",
    "/opt/homebrew/opt/mariadb/bin",
    "/opt/homebrew/opt/mysql/bin",
    "/opt/homebrew/bin",
    "/usr/local/opt/mariadb/bin",
    "/usr/local/opt/mysql/bin",
    "/usr/local/bin",
)


def external_login(url: str | None = None) -> Login | None:
    """The server that DATABASE_URL names, if it does. Raises SetupError if the URL is not of its form."""
    url = os.environ.get("DATABASE_URL", "") if url is None else url
    if not url:
        return None
    parts = urlsplit(url)
    if not parts.scheme.startswith(("mysql", "mariadb")) or not parts.hostname or not parts.username:
        raise SetupError("DATABASE_URL must look like mysql://user:password@host:port/name[?tls=true].")
    return Login(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/") or DATABASE,
        tls=parse_qs(parts.query).get("tls") == ["true"],
    )


def find(*names: str) -> str | None:
    """The path of the first of these programs that is installed."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def ensure_installed() -> str:
    """The server program, installed now if it was missing; SetupError, one sentence, if it cannot be."""
    if server := find("mariadbd", "mysqld"):
        return server
    brew = shutil.which("brew") if sys.platform == "darwin" else None
    if brew:
        print("brew install mariadb", flush=True)
        with logged("brew") as log:
            subprocess.run([brew, "install", "mariadb"], stdout=log, stderr=log, check=False)
    else:
        install_packages(PACKAGES, NO_SERVER)
    if server := find("mariadbd", "mysqld"):
        return server
    raise SetupError(NO_SERVER)


def start(
    folder: Path, log: Path, port: int | None = None, within: Sequence[str] = ()
) -> tuple[Process, Login]:
    """Starts a private server on the data in the folder, made now if there is none.

    Args:
        folder: holds the data, the password and the socket.
        log: where the server writes.
        port: the port it had last time, kept if it is free.
        within: a command that runs the server, which is its last arguments.

    Raises:
        SetupError: no server is installed and none can be.
        StartError: it did not come up.
    """
    server = ensure_installed()
    data = folder / "data"
    if not (data / "mysql").is_dir():
        _initialise(server, data, log)
    while True:
        login = Login(
            host=HOST, port=free_port(port), user=USER, password=_password(folder), database=DATABASE
        )
        command = [*within, *_command(server, folder, login)]
        process = spawn(command, log, plain_environment(), login.port)
        try:
            wait_until(lambda: answers(login), process, log)  # noqa: B023 - called here and now
        except StartError:
            # It takes no port of its own choice, and another stack may have taken this one meanwhile.
            if free_port(login.port) == login.port:
                raise
            continue
        create_database(login)
        return process, login


def _initialise(server: str, data: Path, log: Path) -> None:
    """Makes an empty data folder; what a run that died left of one is cleared first."""
    shutil.rmtree(data, ignore_errors=True)
    data.parent.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    common = ["--no-defaults", f"--datadir={data}", _temporary(data), *_as_user()]
    if _is_mariadb(server):
        maker = find("mariadb-install-db", "mysql_install_db")
        if maker is None:
            raise SetupError(NO_SERVER)
        # Socket authentication makes one root, without a password, whom only this system user can be.
        command = [maker, *common, "--auth-root-authentication-method=socket", "--skip-test-db"]
    else:
        command = [server, *common, "--initialize-insecure"]
    with log.open("ab") as output:
        made = subprocess.run(command, stdout=output, stderr=output, env=plain_environment(), check=False)
    if made.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        # Ubuntu's AppArmor lets its mysqld write to no folder of ours.
        raise StartError(f"The database's data folder could not be made: see {log}, or: {NO_SERVER}")


def _temporary(data: Path) -> str:
    """The option for temporary tables in a folder of its own: a server that starts clears those in /tmp."""
    folder = data.parent / "tmp"
    folder.mkdir(exist_ok=True)
    return f"--tmpdir={folder}"


def _is_mariadb(server: str) -> bool:
    version = subprocess.run(
        [server, "--no-defaults", "--version"], capture_output=True, text=True, check=True
    )
    return "mariadb" in version.stdout.lower()


def _as_user() -> list[str]:
    # The server refuses to run as root unless told to.
    return ["--user=root"] if os.geteuid() == 0 else []


def _password(folder: Path) -> str:
    """The private server's password, made at random the first time and kept for its owner alone."""
    kept = folder / "password"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(24))
    return kept.read_text()


def _command(server: str, folder: Path, login: Login) -> list[str]:
    mariadb = _is_mariadb(server)
    grants = folder / "grants.sql"
    grants.touch(mode=0o600)
    grants.write_text("\n".join(_grants(login)) + "\n")
    return [
        server,
        "--no-defaults",
        *_as_user(),
        f"--datadir={folder / 'data'}",
        _temporary(folder / "data"),
        f"--pid-file={folder / 'mysqld.pid'}",
        f"--init-file={grants}",
        f"--port={login.port}",
        "--bind-address=127.0.0.1",
        "--socket=",  # none: its path must fit 104 characters, and nobody needs it
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_unicode_ci",
        "--max-connections=200",
        *([] if mariadb else ["--mysqlx=OFF"]),
    ]


def _grants(login: Login) -> list[str]:
    """Creates our own user, who may do all; no other can log in. Idempotent: it runs at each start."""
    user = f"'{login.user}'@'127.0.0.1'"
    return [
        f"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY '{login.password}';",
        f"GRANT ALL PRIVILEGES ON *.* TO {user} WITH GRANT OPTION;",
    ]


def connect(login: Login, database: str | None = None) -> Connection:
    """An autocommitting connection with rows as dictionaries; its database may differ, or be none (`""`)."""
    return pymysql.connect(
        host=login.host,
        port=login.port,
        user=login.user,
        password=login.password,
        database=login.database if database is None else database or None,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=5,
        ssl=ssl.create_default_context() if login.tls else None,
        cursorclass=pymysql.cursors.DictCursor,
    )


def answers(login: Login) -> bool:
    """Whether the server lets this login in."""
    # MySQL 8 keeps what it learns from this login, and so lets the functions in without TLS.
    try:
        connect(login, database="").close()
    except pymysql.Error:
        return False
    return True


def create_database(login: Login) -> None:
    """Makes the login's database if it is not there."""
    with connect(login, database="") as connection, connection.cursor() as cursor:
        name = login.database.replace("`", "``")
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")
