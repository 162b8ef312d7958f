"""The private database server: made, started again on the same data, and gone after stop."""

from pathlib import Path

import pymysql
import pytest

from local import mysql
from local.processes import start_time, stop
from local.setup import SetupError


def test_data_and_password_outlive_a_restart_on_the_same_port(tmp_path: Path) -> None:
    log = tmp_path / "mysql.log"
    process, login = mysql.start(tmp_path / "server", log)
    with mysql.connect(login) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n INT)")
        cursor.execute("INSERT INTO kept VALUES (7)")
    stop(process)

    again, same_login = mysql.start(tmp_path / "server", log, process.port)

    try:
        assert same_login == login
        with mysql.connect(login) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT n FROM kept")
            assert list(cursor.fetchall()) == [{"n": 7}]
    finally:
        stop(again)
    assert start_time(again.pid) == ""


def test_nobody_gets_in_without_the_password(tmp_path: Path) -> None:
    process, login = mysql.start(tmp_path / "server", tmp_path / "mysql.log")
    try:
        for user, password in (("root", ""), (login.user, "wrong"), ("", "")):
            stranger = login.model_copy(update={"user": user, "password": password})
            with pytest.raises(pymysql.err.OperationalError, match=r"Access denied|1045|1698"):
                mysql.connect(stranger)
    finally:
        stop(process)


def test_a_data_folder_left_half_made_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "server" / "data").mkdir(parents=True)
    (tmp_path / "server" / "data" / "ibdata1").write_text("cut short")

    process, login = mysql.start(tmp_path / "server", tmp_path / "mysql.log")

    try:
        assert mysql.answers(login)
    finally:
        stop(process)


def test_a_database_url_is_taken_apart() -> None:
    login = mysql.external_login("mysql://ann:p%40ss@db.example:3307/reviews")

    assert login is not None
    assert login.model_dump() == {
        "host": "db.example",
        "port": 3307,
        "user": "ann",
        "password": "p@ss",
        "database": "reviews",
        "tls": False,
    }


def test_a_database_url_can_demand_tls() -> None:
    login = mysql.external_login("mysql://ann@db.example/reviews?tls=true")

    assert login is not None
    assert login.tls


@pytest.mark.parametrize("url", ["postgres://a:b@c/d", "mysql://", "localhost:3306"])
def test_a_database_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match="DATABASE_URL must look like"):
        mysql.external_login(url)


def test_without_a_database_url_there_is_no_external_server() -> None:
    assert mysql.external_login("") is None
