"""The database's password, rotated while functions use it: in either order, with a gap between the halves."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.faults.faulty import Faulty
from tests.faults.scenario import Scenario

KEY = "incoming/secrets.csv"


class Keys:
    """The functions' password and what Secrets Manager says of it, which are changed one at a time."""

    def __init__(self, faulty: Faulty) -> None:
        self._faulty = faulty

    def change_the_password(self, password: str) -> None:
        """In the database, ending every connection that was made with the old one."""
        user = self._faulty.functions_login().user
        self._faulty.execute("ALTER USER %s@'%%' IDENTIFIED BY %s", user, password)
        self._faulty.end_connections()

    def change_the_secret(self, password: str) -> None:
        """In Secrets Manager."""
        stack = self._faulty.stack
        value = json.dumps({"username": self._faulty.functions_login().user, "password": password})
        secret = stack.deployment.outputs["FunctionsSecretArn"]
        stack.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=value)

    def run_the_schema_function(self) -> None:
        """By hand, as a person does who has changed the secret: the database follows."""
        stack = self._faulty.stack
        function = stack.deployment.outputs["SchemaFunctionName"]
        answer = stack.client("lambda").invoke(FunctionName=function, Payload=b"{}")
        assert not answer.get("FunctionError"), answer["Payload"].read()

    def denied(self) -> int:
        """Logins that the server has refused since it started."""
        return int(self._faulty.query("SHOW GLOBAL STATUS LIKE 'Aborted_connects'")[0]["Value"])


@contextmanager
def changing(faulty: Faulty) -> Iterator[Keys]:
    """The keys, which are as they were afterwards."""
    before, keys = faulty.functions_login().password, Keys(faulty)
    try:
        yield keys
    finally:
        keys.change_the_secret(before)
        keys.run_the_schema_function()


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
        keys.run_the_schema_function()
        faulty.end_connections()
        scenario.mended()
        scenario.wait_for_rows(KEY, scenario.rows(KEY) + 100)
        assert keys.denied() > refused
        assert workers
        assert workers <= faulty.plan.processes("ClassifyFunction")
        scenario.finish()
