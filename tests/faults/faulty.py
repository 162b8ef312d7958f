"""A deployed stack on which things go wrong: the database, the model, the functions, the deliveries."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pymysql

from local import mysql
from local.processes import Process, free_port, stop
from local.setup import ROOT
from local.stack import Stack
from local.state import Home, Login
from tests.faults import ledger
from tests.faults.deliveries import Deliveries
from tests.faults.ledger import QUEUES
from tests.faults.plan import Plan

VISIBILITY_SECONDS = {"Categorize": 60, "Notify": 30}
"""Of the queues whose messages are worked on for longer than a few seconds; the others' is 20."""
SWEEP_SECONDS = 10
SMALL_DISK = Path(__file__).parent / "small_disk.sh"
ROOM_MEGABYTES = 48
LEFT_OVER_SECONDS = 10
"""Age at which the sweeper publishes what a dead function left behind."""


class Faulty(Deliveries):
    """The world of a user, and the hands of someone who means harm.

    Args:
        stack: deployed with the plan's environment.
        home: the folder of the stack's servers.
        plan: what goes wrong within the functions.
    """

    def __init__(self, stack: Stack, home: Home, plan: Plan) -> None:
        super().__init__(stack)
        self.home = home
        self.plan = plan

    # --- time

    def hasten(self) -> None:
        """Makes waiting shorter than on AWS: what a dead function held comes back after seconds."""
        for queue in QUEUES:
            self._hide(queue, VISIBILITY_SECONDS.get(queue, 20))
        self.configure("Sweep", LEFT_OVER_AFTER_SECONDS=LEFT_OVER_SECONDS)

    def clear_queues(self) -> None:
        """Takes away what a test that failed has left: it is no later test's."""
        for name in ledger.left_in_queues(self):
            self.sqs.purge_queue(QueueUrl=self.output(name))

    @contextmanager
    def hidden_for(self, **seconds: int) -> Iterator[None]:
        """Shorter still, by queue: for scenarios in which one message has to come back several times."""
        for queue, time_hidden in seconds.items():
            self._hide(queue, time_hidden)
        try:
            yield
        finally:
            for queue in seconds:
                self._hide(queue, VISIBILITY_SECONDS.get(queue, 20))

    def _hide(self, queue: str, seconds: int) -> None:
        url = self.output(f"{queue}QueueUrl")
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})

    def configure(self, function: str, **variables: object) -> dict[str, str | None]:
        """Sets variables of a function, or with None takes them away; returns what they were."""
        client = self.stack.client("lambda")
        name = self.stack.deployment.resources[f"{function}Function"]
        now = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        wanted = now | {key: str(value) for key, value in variables.items() if value is not None}
        for key in (key for key, value in variables.items() if value is None):
            wanted.pop(key, None)
        client.update_function_configuration(FunctionName=name, Environment={"Variables": wanted})
        return {key: now.get(key) for key in variables}

    @contextmanager
    def configured(self, function: str, **variables: object) -> Iterator[None]:
        """The function with these variables, for as long as this lasts."""
        before = self.configure(function, **variables)
        try:
            yield
        finally:
            self.configure(function, **before)

    def order(self, kind: str, **more: Any) -> None:
        """Sends an order to the sweep queue, as a person does."""
        body = json.dumps({"kind": kind} | more)
        self.sqs.send_message(QueueUrl=self.output("SweepQueueUrl"), MessageBody=body)

    @contextmanager
    def sweeping(self) -> Iterator[None]:
        """Sends the schedule's order to sweep every few seconds, where AWS does it each minute."""
        over = threading.Event()

        def tick() -> None:
            while not over.wait(SWEEP_SECONDS):
                self.sweep("sweep")

        ticking = threading.Thread(target=tick)
        ticking.start()
        try:
            yield
        finally:
            over.set()
            ticking.join()

    # --- what people set

    def new_profile(self, name: str, without: str = "") -> str:
        """A profile with the shipped categories alone; returns where its files are to be put.

        What discovery found in an earlier scenario is known for good; here there is something to find.

        Args:
            without: the name of a category to leave out; so it is retired, if it was there.
        """
        shipped = json.loads((ROOT / "samples" / "categories.json").read_text())
        wanted = [category for category in shipped if category["name"] != without]
        self.upload(f"categories/{name}/list.json", json.dumps(wanted))
        self.wait(lambda: len(self._active(name)) == len(wanted), f"the categories of {name}", 180)
        return f"incoming/{name}/"

    def _active(self, profile: str) -> list[dict[str, Any]]:
        return self.query(
            "SELECT name FROM customer_feedback_category"
            " WHERE profile = %s AND status = 'active' AND origin = 'manual'",
            profile,
        )

    def limit_budgets(self, execution: str = "0", month: str = "0") -> None:
        """Sets ExecutionBudgetUSD and MonthlyBudgetUSD; 0 is no limit."""
        for function in ("Ingest", "Classify", "Sweep"):
            self.configure(function, EXECUTION_BUDGET_USD=execution, MONTHLY_BUDGET_USD=month)

    # --- the database

    def stop_database(self, *, kill: bool = False) -> None:
        """Ends the database's server, in order or by SIGKILL."""
        process = self._database()
        if kill:
            _kill(process)
        stop(process)

    def start_database(self, *within: str) -> None:
        """Starts it again on the same data and port."""
        state, port = self.home.load(), self._database().port
        # Threads of a killed server may hold it a little longer, and its functions know no other.
        self.wait(lambda: free_port(port) == port, "the database's port to be free")
        process, _ = mysql.start(self.home.folder / "mysql", self.home.log("mysql"), port, within)
        self.home.save(state.model_copy(update={"mysql": process}))

    def functions_login(self) -> Login:
        """The login by which the functions use the database."""
        secrets = self.stack.client("secretsmanager")
        value = secrets.get_secret_value(SecretId=self.output("FunctionsSecretArn"))
        secret = json.loads(value["SecretString"])
        return self.stack.login.model_copy(
            update={"user": secret["username"], "password": secret["password"]}
        )

    @contextmanager
    def small_disk(self) -> Iterator[Path]:
        """The database's data on a small filesystem, which is seen from here at this path."""
        data = self.home.folder / "mysql" / "data"
        unshare = shutil.which("unshare")
        assert unshare, "this scenario mounts a filesystem of its own by util-linux' unshare"
        self.stop_database()
        self.start_database(unshare, "-rm", str(SMALL_DISK), str(ROOM_MEGABYTES), str(data))
        try:
            yield Path(f"/proc/{self._database().pid}/root{data}")
        finally:
            self.stop_database()
            self.start_database()

    @contextmanager
    def full(self, disk: Path) -> Iterator[None]:
        """That filesystem filled to the last byte."""
        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        with ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 9))
        try:
            yield
        finally:
            ballast.unlink()

    def end_connections(self) -> None:
        """Ends every connection that functions have to it, whatever they are about to do."""
        open_ones = "SELECT id FROM information_schema.processlist WHERE user = %s"
        for row in self.query(open_ones, self.functions_login().user):
            with suppress(pymysql.OperationalError):  # it ended by itself meanwhile
                self.execute("KILL %s", row["id"])

    def _database(self) -> Process:
        process = self.home.load().mysql
        if process is None:
            raise AssertionError("this test ends and starts the database, so it needs one of its own")
        return process

    # --- what is seen

    def rows(self, key: str) -> list[dict[str, Any]]:
        """The rows of a file that are in MySQL."""
        return self.query(
            "SELECT f.* FROM customer_feedback f JOIN execution e USING (execution_id)"
            " WHERE e.source_key = %s",
            key,
        )

    # --- the model

    def model_fails(self, *rules: dict[str, Any], seed: int = 0) -> None:
        """These rules of faults from now on; see the model server's `/faults`."""
        self.model("PUT", "/faults", {"rules": list(rules), "seed": seed})

    def struck(self) -> list[int]:
        """How many calls each of the rules has struck."""
        return [int(count) for count in self.model("GET", "/faults")["struck"]]

    def model_is_well(self) -> None:
        self.model("DELETE", "/faults")

    @contextmanager
    def slow_model(self, seconds: float) -> Iterator[None]:
        """Each answer takes so long: a file stays under way while things go wrong."""
        self.model("PUT", "/latency", {"fixed_seconds": seconds})
        try:
            yield
        finally:
            self.model("PUT", "/latency", {})

    def calls(self) -> int:
        """Calls that the model has had, answered or not."""
        return int(self.model("GET", "/stats")["calls"])

    def is_taking(self) -> bool:
        """Whether classify's mappings are enabled: false while the circuit breaker is open."""
        client, name = self.stack.client("lambda"), self.stack.deployment.resources["ClassifyFunction"]
        mappings = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        return all(mapping["State"] in ("Enabled", "Enabling") for mapping in mappings)


def _kill(process: Process) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    while process.is_running():
        time.sleep(0.02)
