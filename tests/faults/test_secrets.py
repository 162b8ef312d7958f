"""The database's password, rotated while functions use it: in either order, with a gap between the halves."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from local.deploy import SECRET
from tests.faults.faulty import Faulty
from tests.faults.scenario import Scenario

KEY = "incoming/secrets.csv"


class Keys:
    """The database user's password and what Secrets Manager says of it, which are changed one at a time."""

    def __init__(self, faulty: Faulty) -> None:
        self._faulty = faulty

    def change_the_password(self, password: str) -> None:
        """In the database, ending every connection that was made with the old one."""
        changed = self._faulty.stack.login.model_copy(update={"password": password})
        (me,) = self._faulty.query("SELECT CURRENT_USER() AS name")
        user, _, host = str(me["name"]).rpartition("@")
        self._faulty.execute("ALTER USER %s@%s IDENTIFIED BY %s", user, host, password)
        # From here on this test itself needs the new one.
        self._faulty.stack = replace(self._faulty.stack, login=changed)
        self._faulty.end_connections()

    def change_the_secret(self, password: str) -> None:
        """In Secrets Manager."""
        value = json.dumps({"username": self._faulty.stack.login.user, "password": password})
        self._faulty.stack.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=value)

    def denied(self) -> int:
        """Logins that the server has refused since it started."""
        return int(self._faulty.query("SHOW GLOBAL STATUS LIKE 'Aborted_connects'")[0]["Value"])


@contextmanager
def changing(faulty: Faulty) -> Iterator[Keys]:
    """The keys, which are as they were afterwards."""
    before, keys = faulty.stack, Keys(faulty)
    try:
        yield keys
    finally:
        keys.change_the_password(before.login.password)
        keys.change_the_secret(before.login.password)
        faulty.stack = before


@pytest.mark.short
def test_a_rotated_password_needs_no_restart_whichever_half_comes_first(
    begin: Callable[[str], Scenario],
) -> None:
    scenario = begin("11 the password rotated twice")
    faulty = scenario.faulty
    first, second = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    with changing(faulty) as keys:
        scenario.upload(KEY, rows=1500)
        scenario.wait_for_rows(KEY, 150)
        workers = faulty.plan.processes("ClassifyFunction")

        # The database first: until the secret follows, every login is refused.
        refused = keys.denied()
        keys.change_the_password(first)
        faulty.wait(lambda: keys.denied() >= refused + 3, "functions to be refused")
        written = scenario.rows(KEY)
        keys.change_the_secret(first)
        scenario.wait_for_rows(KEY, written + 100)

        # The secret first: until the database follows, warm functions go on with what they know.
        keys.change_the_secret(second)
        faulty.end_connections()
        scenario.wait_for_rows(KEY, scenario.rows(KEY) + 100)
        refused = keys.denied()
        keys.change_the_password(second)
        scenario.mended()
        scenario.wait_for_rows(KEY, scenario.rows(KEY) + 100)
        assert keys.denied() > refused
        assert workers
        assert workers <= faulty.plan.processes("ClassifyFunction")
        scenario.finish()
